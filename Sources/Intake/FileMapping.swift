package import Documents
import Groundwork
package import Registry

/// A file layout as data: which column feeds which attribute, from `profiles/<country>/mappings/<layout>.json`.
package struct FileMapping: Sendable {
    /// How a cell is read.
    package enum CellType: String, Sendable {
        case text, code, codes, date, integer, decimal, boolean, area, identifiers, phones
    }

    /// What a column is about.
    package enum Subject: String, Sendable { case person, household, membership }

    /// One column of the layout.
    package struct Column: Sendable {
        package var name: String
        package var subject: Subject
        package var attribute: String
        package var type: CellType
        package var list: String?
        package var isRequired: Bool
        package var separator: UInt8
        package var minimum: Int?
        package var maximum: Int?
        package var digits: Int?
        package var maxLength: Int?
    }

    package let code: String
    package let version: Int
    package let separator: UInt8
    package let columns: [Column]
    /// Word of the role that makes a row the head's.
    package let headValue: String

    /// - Throws: `.mapping` with everything that is wrong with the document.
    package init(_ json: JSON, dictionary: AttributeDictionary) throws(IntakeFault) {
        var findings: [Finding] = []
        code = json["code"]?.string ?? "plain"
        version = json["version"]?.int ?? 1
        separator = json["separator"]?.string?.utf8.first ?? UInt8(ascii: ",")
        headValue = json["grouping"]?["head"]?["value"]?.string ?? "head"
        var columns: [Column] = []
        for (place, item) in (json["columns"]?.array ?? []).enumerated() {
            let path = FieldPath(["columns", String(place)])
            guard let column = Self.column(item) else {
                findings.append(
                    Finding(path, code: "mapping.column", "A column needs column, subject, attribute, type."))
                continue
            }
            if let problem = Self.problem(column, dictionary) {
                findings.append(Finding(path, code: "mapping.attribute", problem))
            }
            columns.append(column)
        }
        for needed in ["household_key", "person_key", "role"] where !columns.contains(where: { $0.plain == needed }) {
            findings.append(Finding("columns", code: "mapping.missing", "No column gives \(needed)."))
        }
        self.columns = columns
        guard findings.isEmpty else { throw .mapping(findings) }
    }

    private static func column(_ json: JSON) -> Column? {
        guard let name = json["column"]?.string, let subject = json["subject"]?.string.flatMap(Subject.init(rawValue:)),
            let attribute = json["attribute"]?.string, let type = json["type"]?.string.flatMap(CellType.init(rawValue:))
        else { return nil }
        return Column(
            name: name, subject: subject, attribute: attribute, type: type, list: json["list"]?.string,
            isRequired: json["required"]?.bool ?? false,
            separator: json["separator"]?.string?.utf8.first ?? UInt8(ascii: "|"), minimum: json["minimum"]?.int,
            maximum: json["maximum"]?.int, digits: json["digits"]?.int, maxLength: json["max_length"]?.int)
    }

    /// Attributes that the layout states in a form of its own.
    static let special: Set<String> = [
        "household_key", "person_key", "birth_date", "birth_precision", "age", "identifiers", "phones", "role",
        "relationship", "recipient", "observed_on",
    ]

    private static func problem(_ column: Column, _ dictionary: AttributeDictionary) -> String? {
        if let list = column.list, list != "identifier_type", dictionary.lists[list] == nil {
            return "The code list \(list) is unknown to the profile."
        }
        if special.contains(column.plain) { return nil }
        let kind: SubjectKind = column.subject == .household ? .household : .person
        return dictionary.attributes[kind]?[column.attribute] == nil
            ? "The attribute \(column.attribute) of a \(kind.rawValue) is unknown to the profile." : nil
    }
}

extension FileMapping.Column {
    /// The attribute, keys told apart by what they are keys of.
    var plain: String {
        guard attribute == "source_key" else { return attribute }
        return subject == .household ? "household_key" : "person_key"
    }
}
