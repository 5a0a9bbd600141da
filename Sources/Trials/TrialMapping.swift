package import Documents
package import Groundwork

/// How the columns of plain files are read as persons, and where the truth stands.
package struct TrialMapping: Sendable {
    /// How the parts of a date follow each other.
    enum DateOrder: String, CaseIterable, Sendable {
        case ymd, dmy, mdy
    }

    /// Who is who.
    enum Truth: Sendable {
        /// A file with the person of each record.
        case persons(file: String, record: String, person: String)
        /// A file with pairs of records that are one person; whoever is linked by a chain is one.
        case pairs(file: String, left: String, right: String)
        /// Part of a column of the records themselves: of `rec-12-org` cut at `-`, part 1 is `12`.
        case column(String, separator: Character?, part: Int)
    }

    /// The profile whose tables of names and model are used; nil for plain reading.
    package var profile: String?
    var files: [String]
    var separator: UInt8
    /// Whether two files are compared with each other instead of one with itself.
    package var isBetween: Bool
    var id: String
    var given: [String]
    var family: [String]
    var father: [String]
    var mother: [String]
    var sex: String?
    var birth: String?
    var estimated: String?
    var phones: [String]
    /// Type and column.
    var identifiers: [(type: String, column: String)]
    var places: [String]
    var address: [String]
    var household: String?
    var role: String?
    var dateOrder: DateOrder
    /// By field, what a cell means.
    var values: [String: [String: String]]
    var truth: Truth

    /// - Throws: findings for whatever is missing or not understood.
    package init(json: JSON) throws(InvalidInput) {
        var reader = JSONReader(json)
        files = reader.required("files", as: [String].self) ?? []
        profile = json["profile"]?.string
        let columns = json["columns"]
        func texts(_ key: String) -> [String] {
            guard let member = columns?[key] else { return [] }
            return member.string.map { [$0] } ?? (member.array ?? []).compactMap(\.string)
        }
        id = columns?["id"]?.string ?? ""
        (given, family, father, mother) = (texts("given"), texts("family"), texts("father"), texts("mother"))
        (sex, birth, estimated) = (
            columns?["sex"]?.string, columns?["birth"]?.string, columns?["birth_estimated"]?.string
        )
        phones = texts("phones")
        identifiers = (columns?["identifiers"]?.object ?? [:]).compactMap { type, column in
            column.string.map { (type, $0) }
        }
        (places, address) = (texts("places"), texts("address"))
        (household, role) = (columns?["household"]?.string, columns?["role"]?.string)
        dateOrder = json["birth_order"]?.string.flatMap(DateOrder.init) ?? .ymd
        isBetween = json["compare"]?.string == "between"
        let separators = Array((json["separator"]?.string ?? ",").utf8)
        separator = separators.count == 1 && separators[0] < 0x80 ? separators[0] : UInt8(ascii: ",")
        var values: [String: [String: String]] = [:]
        for (field, meanings) in json["values"]?.object ?? [:] {
            for (cell, meaning) in meanings.object ?? [:] { values[field, default: [:]][cell] = meaning.string }
        }
        self.values = values
        var findings = reader.findings
        let truth = Self.truth(json["truth"])
        self.truth = truth ?? .column(id, separator: nil, part: 0)
        func check(_ isRight: Bool, _ path: FieldPath, _ summary: String) {
            if !isRight { findings.append(Finding(path, code: "trial.mapping", summary)) }
        }
        check(!id.isEmpty, "columns/id", "Name the column that holds the key of a record.")
        check(!given.isEmpty || !family.isEmpty, "columns/given", "Name at least one column of names.")
        check(truth != nil, "truth", "Name file, record and person; or file, left and right; or a column.")
        check(!isBetween || files.count == 2, "files", "Comparing between files takes exactly two.")
        check(!files.isEmpty, "files", "Name at least one file.")
        if !findings.isEmpty { throw InvalidInput(findings) }
    }

    private static func truth(_ json: JSON?) -> Truth? {
        guard let json else { return nil }
        if let file = json["file"]?.string {
            if let record = json["record"]?.string, let person = json["person"]?.string {
                return .persons(file: file, record: record, person: person)
            }
            guard let left = json["left"]?.string, let right = json["right"]?.string else { return nil }
            return .pairs(file: file, left: left, right: right)
        }
        return json["column"]?.string.map {
            .column($0, separator: json["separator"]?.string?.first, part: json["part"]?.int ?? 0)
        }
    }
}
