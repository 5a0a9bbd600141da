import CHaru
import Foundation

/// A PDF in the making: pages of A4, upright, written with embedded fonts, so that every accent prints as it stands.
///
/// Lengths are points of 1/72 inch, and heights count from the top of the page. The same content gives the same bytes. Not to be
/// shared between tasks.
public final class PrintedDocument {
    public static let width: Double = 595
    public static let height: Double = 841

    private let document: HPDF_Doc
    private let regular: HPDF_Font
    private let bold: HPDF_Font
    private var pages: [HPDF_Page] = []

    /// - Throws: `.font` when a font cannot be loaded.
    public init(title: String, fonts: PrintFonts) throws(PrintFault) {
        guard let document = kith_pdf_new() else { throw .library(0) }
        HPDF_UseUTFEncodings(document)
        kith_pdf_compress(document)
        // In the document's own encoding for information, so that no title is garbled.
        kith_pdf_title(document, title.applyingTransform(.stripDiacritics, reverse: false) ?? title)
        guard let regular = Self.font(fonts.regular, in: document) else {
            HPDF_Free(document)
            throw .font(path: fonts.regular)
        }
        guard let bold = Self.font(fonts.bold, in: document) else {
            HPDF_Free(document)
            throw .font(path: fonts.bold)
        }
        (self.document, self.regular, self.bold) = (document, regular, bold)
    }

    deinit {
        HPDF_Free(document)
    }

    private static func font(_ path: String, in document: HPDF_Doc) -> HPDF_Font? {
        guard FileManager.default.isReadableFile(atPath: path),
            let name = HPDF_LoadTTFontFromFile(document, path, HPDF_BOOL(HPDF_TRUE))
        else { return nil }
        return HPDF_GetFont(document, name, "UTF-8")
    }

    public var pageCount: Int { pages.count }

    /// Begins another page.
    public func beginPage() throws(PrintFault) {
        guard let page = HPDF_AddPage(document) else { throw fault }
        kith_pdf_a4(page)
        pages.append(page)
    }

    /// Writes one line of text on the last page, or on the page of that number from 0.
    ///
    /// - Parameter y: the height of its base line below the top.
    public func write(_ text: String, x: Double, y: Double, size: Double, isBold: Bool = false, page: Int? = nil) {
        guard let page = page.map({ pages[$0] }) ?? pages.last else { return }
        HPDF_Page_BeginText(page)
        HPDF_Page_SetFontAndSize(page, isBold ? bold : regular, HPDF_REAL(size))
        HPDF_Page_TextOut(page, HPDF_REAL(x), HPDF_REAL(Self.height - y), Self.printable(text))
        HPDF_Page_EndText(page)
    }

    /// How wide the text is on paper.
    public func width(of text: String, size: Double, isBold: Bool = false) -> Double {
        guard let page = pages.last else { return 0 }
        HPDF_Page_SetFontAndSize(page, isBold ? bold : regular, HPDF_REAL(size))
        return Double(HPDF_Page_TextWidth(page, Self.printable(text)))
    }

    /// The text, shortened with … where it is wider than that.
    public func fitted(_ text: String, into width: Double, size: Double, isBold: Bool = false) -> String {
        guard self.width(of: text, size: size, isBold: isBold) > width else { return text }
        var short = text
        while !short.isEmpty, self.width(of: short + "…", size: size, isBold: isBold) > width { short.removeLast() }
        return short + "…"
    }

    /// A straight line on the last page.
    public func rule(fromX x: Double, y: Double, toX otherX: Double, y otherY: Double, weight: Double = 0.5) {
        guard let page = pages.last else { return }
        HPDF_Page_SetLineWidth(page, HPDF_REAL(weight))
        HPDF_Page_MoveTo(page, HPDF_REAL(x), HPDF_REAL(Self.height - y))
        HPDF_Page_LineTo(page, HPDF_REAL(otherX), HPDF_REAL(Self.height - otherY))
        HPDF_Page_Stroke(page)
    }

    /// An empty box to tick on the last page.
    public func box(x: Double, y: Double, side: Double) {
        guard let page = pages.last else { return }
        HPDF_Page_SetLineWidth(page, 0.5)
        HPDF_Page_Rectangle(page, HPDF_REAL(x), HPDF_REAL(Self.height - y), HPDF_REAL(side), HPDF_REAL(side))
        HPDF_Page_Stroke(page)
    }

    /// The bytes of the file.
    public func finish() throws(PrintFault) -> [UInt8] {
        guard HPDF_SaveToStream(document) == HPDF_STATUS(HPDF_OK) else { throw fault }
        var size = HPDF_GetStreamSize(document)
        var bytes = [UInt8](repeating: 0, count: Int(size))
        HPDF_ResetStream(document)
        HPDF_ReadFromStream(document, &bytes, &size)
        guard Int(size) == bytes.count else { throw fault }
        return bytes
    }

    private var fault: PrintFault { .library(Int(HPDF_GetError(document))) }

    /// One line, composed, without what the encoding of the library cannot hold.
    private static func printable(_ text: String) -> String {
        let scalars = text.precomposedStringWithCanonicalMapping.unicodeScalars
        return String(String.UnicodeScalarView(scalars.filter { $0.value >= 0x20 && $0.value <= 0xFFFF }))
    }
}
