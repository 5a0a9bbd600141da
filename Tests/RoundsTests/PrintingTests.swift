import Groundwork
import Printing
import Testing

@Suite struct `A printed document` {
    private let fonts = PrintFonts(
        regular: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        bold: "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")

    @Test func `holds the letters of names with their accents, composed or not`() throws {
        let document = try PrintedDocument(title: "Première tranche", fonts: fonts)
        try document.beginPage()

        // In this font an accent changes no width, and a letter that it lacks has the width of a box.
        let box = document.width(of: "\u{E000}", size: 10)
        for (accented, plain) in [("é", "e"), ("ç", "c"), ("ñ", "n"), ("ë", "e"), ("ŋ", "ŋ"), ("É", "E")] {
            #expect(document.width(of: accented, size: 10) == document.width(of: plain, size: 10))
            #expect(document.width(of: accented, size: 10) != box, "\(accented)")
        }
        #expect(document.width(of: "e\u{301}", size: 10) == document.width(of: "é", size: 10))
        #expect(
            document.width(of: "Ndayishimiye", size: 10, isBold: true) > document.width(of: "Ndayishimiye", size: 10))
    }

    @Test func `is the same for the same content, and embeds its fonts`() throws {
        func made() throws -> [UInt8] {
            let document = try PrintedDocument(title: "Liste", fonts: fonts)
            try document.beginPage()
            document.write("Espérance Nkurunziza", x: 40, y: 100, size: 12)
            document.box(x: 40, y: 120, side: 10)
            try document.beginPage()
            document.write("2 / 2", x: 40, y: 815, size: 8, page: 1)
            return try document.finish()
        }

        let bytes = try made()
        let text = String(decoding: bytes, as: UTF8.self)

        #expect(bytes == (try made()))
        #expect(text.contains("/FontFile2") && text.contains("/Count 2"))
    }

    @Test func `shortens what does not fit, and says which font it lacks`() throws {
        let document = try PrintedDocument(title: "x", fonts: fonts)
        try document.beginPage()
        let long = String(repeating: "Nshimirimana ", count: 40)

        let short = document.fitted(long, into: 100, size: 10)

        #expect(short.hasSuffix("…") && document.width(of: short, size: 10) <= 100)
        #expect(document.fitted("court", into: 100, size: 10) == "court")
        let fault = #expect(throws: PrintFault.self) {
            try PrintedDocument(title: "x", fonts: PrintFonts(regular: "/nowhere.ttf", bold: fonts.bold))
        }
        #expect(fault?.code == "printing.font" && fault?.summary.contains("/nowhere.ttf") == true)
    }
}
