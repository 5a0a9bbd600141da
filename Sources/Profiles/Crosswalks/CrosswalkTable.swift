import Documents
import Foundation
package import Registry

/// The files of a crosswalk: rows to lines and back.
package enum CrosswalkTable {
    static let columns: [String] = ["from", "to", "relation", "weight", "confidence", "rule", "evidence"]
    static let unresolvedColumns: [String] = ["geography", "code", "level", "name", "reason", "candidates"]

    /// The file of the lines, ended by line feeds.
    package static func bytes(_ lines: [CrosswalkLine]) -> [UInt8] {
        csv(
            columns,
            lines.map { line in
                [
                    line.from, line.to, line.relation.rawValue, line.weight.map { "\($0)" } ?? "",
                    line.confidence.rawValue, line.rule, line.evidence,
                ]
            })
    }

    /// The file of what the lines leave open.
    package static func bytes(_ units: [UnresolvedUnit]) -> [UInt8] {
        csv(
            unresolvedColumns,
            units.map { unit in
                [
                    unit.geography, unit.code, unit.level, unit.name, unit.reason.rawValue,
                    unit.candidates.joined(separator: "|"),
                ]
            })
    }

    private static func csv(_ header: [String], _ rows: [[String]]) -> [UInt8] {
        var writer = CSVWriter(lineEnd: .lf)
        for row in [header] + rows {
            for cell in row { writer.field(cell) }
            writer.endRow()
        }
        return writer.bytes
    }

    /// One row of a table.
    ///
    /// - Parameter stated: whether it was said by an administration: its rule is that, and its confidence certain unless told.
    /// - Throws: what is wrong with it, in words.
    static func line(_ row: [String: String], stated: Bool) throws(RowMistake) -> CrosswalkLine {
        guard let from = row["from"], !from.isEmpty, let to = row["to"], !to.isEmpty else {
            throw RowMistake(code: "crosswalk.area_missing", summary: "Both areas are needed.")
        }
        guard let relation = row["relation"].flatMap(CrosswalkRelation.init) else {
            throw RowMistake(
                code: "crosswalk.relation",
                summary: "The relation is one of \(CrosswalkRelation.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        let word = row["confidence"] ?? ""
        guard let confidence = word.isEmpty && stated ? .certain : CrosswalkConfidence(rawValue: word) else {
            throw RowMistake(
                code: "crosswalk.confidence",
                summary: "The confidence is one of "
                    + "\(CrosswalkConfidence.allCases.reversed().map(\.rawValue).joined(separator: ", ")).")
        }
        let evidence = row["evidence"] ?? ""
        guard !evidence.isEmpty else {
            throw RowMistake(code: "crosswalk.evidence_missing", summary: "Say in evidence how this is known.")
        }
        return CrosswalkLine(
            from: from, to: to, relation: relation, weight: try weight(row["weight"] ?? ""), confidence: confidence,
            rule: stated ? CrosswalkLine.stated : row["rule"] ?? "", evidence: evidence)
    }

    private static func weight(_ text: String) throws(RowMistake) -> Decimal? {
        guard !text.isEmpty else { return nil }
        // Digits alone: Decimal(string:) would stop at the first strange letter and keep what stands before.
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E } && text.utf8.count <= 11
        guard isPlain, let weight = Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")), weight > 0,
            weight <= 1
        else {
            throw RowMistake(
                code: "crosswalk.weight", summary: "The weight is a share above 0, at most 1, with at most 9 decimals.")
        }
        return weight
    }
}

/// What is wrong with one row.
struct RowMistake: Error {
    var code: String
    var summary: String
}
