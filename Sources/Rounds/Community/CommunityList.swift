import Foundation
import Groundwork
import Printing
import Registry

/// Prints the lists that a community reads aloud and writes on: one area after the other, each from a page of its own.
struct CommunityList {
    let round: Round
    let policy: RoundPolicy
    let language: String
    let index: AreaIndex

    private static let left = 40.0
    private static let right = 555.0
    private static let top = 150.0
    private static let lineHeight = 24.0
    private static let linesOnPage = 25

    private struct Column {
        var word: String
        var x: Double
        var width: Double
    }

    private static let columns: [Column] = [
        Column(word: "number", x: left, width: 26), Column(word: "social_id", x: left + 28, width: 92),
        Column(word: "head", x: left + 122, width: 188), Column(word: "members", x: left + 312, width: 36),
        Column(word: "validated", x: left + 352, width: 42), Column(word: "objected", x: left + 398, width: 42),
        Column(word: "reason", x: left + 444, width: 70),
    ]

    func print(_ areas: [(Area, [RoundEntry])], fonts: PrintFonts) throws(PrintFault) -> [UInt8] {
        let document = try PrintedDocument(title: round.title, fonts: fonts)
        for (area, entries) in areas { try print(area, entries, on: document) }
        return try document.finish()
    }

    private func word(_ name: String) -> String { policy.word(name, language) }

    private func print(_ area: Area, _ entries: [RoundEntry], on document: PrintedDocument) throws(PrintFault) {
        let chosen = entries.filter { $0.state != .waiting }
        let waiting = entries.filter { $0.state == .waiting }
        let first = document.pageCount
        try printPart("chosen", chosen, area, on: document)
        if !waiting.isEmpty { try printPart("waiting", waiting, area, on: document) }
        sign(on: document)
        let count = document.pageCount - first
        for page in 0..<count {
            let text = "\(area.name) (\(area.code))  ·  \(round.code)  ·  \(word("page")) \(page + 1) / \(count)"
            document.write(text, x: Self.left, y: 815, size: 8, page: first + page)
        }
    }

    private func printPart(
        _ part: String, _ entries: [RoundEntry], _ area: Area, on document: PrintedDocument
    ) throws(PrintFault) {
        var rest = entries[...]
        var number = 0
        repeat {
            try document.beginPage()
            head(part, entries.count, area, on: document)
            var y = Self.top
            for entry in rest.prefix(Self.linesOnPage) {
                number += 1
                write(entry, number, y: y, on: document)
                y += Self.lineHeight
            }
            rest = rest.dropFirst(Self.linesOnPage)
        } while !rest.isEmpty
    }

    private func head(_ part: String, _ count: Int, _ area: Area, on document: PrintedDocument) {
        let path = index.path(to: area).dropFirst().map(\.name).joined(separator: " / ")
        let width = Self.right - Self.left
        let title = document.fitted(round.title, into: width, size: 15, isBold: true)
        document.write(title, x: Self.left, y: 50, size: 15, isBold: true)
        document.write(
            document.fitted("\(word("programme")): \(round.programme)", into: width, size: 10), x: Self.left, y: 68,
            size: 10)
        document.write(
            document.fitted(path.isEmpty ? area.name : path, into: width, size: 12, isBold: true), x: Self.left, y: 88,
            size: 12, isBold: true)
        document.write("\(word(part)): \(count)", x: Self.left, y: 108, size: 11)
        for column in Self.columns {
            document.write(
                document.fitted(word(column.word), into: column.width, size: 8, isBold: true), x: column.x, y: 130,
                size: 8,
                isBold: true)
        }
        document.rule(fromX: Self.left, y: 135, toX: Self.right, y: 135, weight: 1)
    }

    private func write(_ entry: RoundEntry, _ number: Int, y: Double, on document: PrintedDocument) {
        let texts = [String(number), entry.socialID, entry.head ?? "", String(entry.members)]
        for (column, text) in zip(Self.columns, texts) {
            document.write(document.fitted(text, into: column.width, size: 10), x: column.x, y: y, size: 10)
        }
        for column in Self.columns[4...5] { document.box(x: column.x + 12, y: y + 2, side: 12) }
        document.rule(fromX: Self.columns[6].x, y: y + 3, toX: Self.right, y: y + 3, weight: 0.3)
        document.rule(fromX: Self.left, y: y + 8, toX: Self.right, y: y + 8, weight: 0.2)
    }

    /// Where those sign who led the session, at the foot of the last page.
    private func sign(on document: PrintedDocument) {
        for (place, name) in ["held_on", "attendance", "signatures"].enumerated() {
            let x = Self.left + Double(place) * 172
            document.write(word(name), x: x, y: 770, size: 8)
            document.rule(fromX: x, y: 795, toX: x + 155, y: 795)
        }
    }
}
