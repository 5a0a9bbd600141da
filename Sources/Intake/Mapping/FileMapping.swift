package import Documents
package import Groundwork
package import Registry

/// A file layout as data: which column feeds which attribute, from `profiles/<country>/mappings/<layout>.json`.
package struct FileMapping: Sendable {
    /// How a cell is read.
    package enum CellType: String, Sendable {
        case text, code, codes, date, integer, decimal, boolean, area, identifiers, phones
    }

    /// What a column is about.
    package enum Subject: String, Sendable {
        case person, household, membership
        /// What a programme reported of a person or household.
        case participation
        /// A code of an area in another system of codes.
        case area
    }

    /// What one row of the file is.
    package enum Content: String, Sendable {
        /// A person with the household, rows of a household together.
        case registry
        /// A household without its people.
        case households
        /// A person, who finds the household by the key under which an earlier file brought it.
        case people
        /// An enrolment or a benefit, as a programme reported it.
        case participation
        /// A code of an area.
        case areas

        /// Whether every row stands for itself.
        var isSingle: Bool { self != .registry }
        /// Whether rows speak of whom earlier files brought.
        var isLinked: Bool { self == .people || self == .participation || self == .areas }

        /// The words without which nothing can be made of a row.
        var needed: [String] {
            switch self {
            case .registry: ["household_key", "person_key", "role"]
            case .households: ["household_key"]
            case .people: ["person_key", "role"]
            case .participation: ["report_programme", "report_kind", "report_key", "observed_on"]
            case .areas: ["code_system", "code_code", "code_area"]
            }
        }
    }

    /// Which rows of a household speak of the household.
    package enum HouseholdLines: String, Sendable {
        /// The head's; the others say nothing or the same.
        case same
        /// The head's; what the others say is passed over.
        case head
        /// The first; what the others say is passed over.
        case first
    }

    /// One column of the layout, or one value made of several.
    package struct Column: Sendable {
        /// Header of the column; of a computed value the first column that it reads, or its attribute.
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
        /// Written in exports, and passed over when a file is read.
        var isInformation: Bool = false
        /// Nil for a plain cell.
        var value: CellExpression?
    }

    /// Something the file does not say, told by whoever imports it.
    package struct Parameter: Sendable {
        package var name: String
        package var summary: String
        package var isDate: Bool
        package var standard: String?
    }

    package let code: String
    package let content: Content
    /// Whether the keys of the file are ids of the registry.
    let usesRegistryKeys: Bool
    package let version: Int
    package let title: String
    /// What the layout says; a file is looked at before it is believed.
    package let separator: UInt8
    package let columns: [Column]
    package let parameters: [Parameter]
    /// Columns that a file of this layout must have.
    package let requiredColumns: [String]
    package let householdLines: HouseholdLines
    /// Whether a spreadsheet's formula without a kept result, and one with it, is refused.
    package let refusesFormulas: Bool
    /// Word of the role that makes a row the head's.
    package let headValue: String
    /// Every column that it reads, with all names.
    let knownColumns: Set<String>

    /// - Throws: `.mapping` with everything that is wrong with the document.
    package init(_ json: JSON, dictionary: AttributeDictionary) throws(IntakeFault) {
        code = json["code"]?.string ?? "plain"
        content = json["content"]?.string.flatMap(Content.init(rawValue:)) ?? .registry
        usesRegistryKeys = json["keys"]?.string == "registry"
        version = json["version"]?.int ?? 1
        title = json["title"]?.string ?? code
        let sign = json["separator"]?.string.map { CSVShape.separator(named: $0) } ?? UInt8(ascii: ",")
        separator = sign ?? UInt8(ascii: ",")
        headValue = json["grouping"]?["head"]?["value"]?.string ?? "head"
        householdLines = json["grouping"]?["household"]?.string.flatMap(HouseholdLines.init(rawValue:)) ?? .same
        refusesFormulas = json["formulas"]?.string == "refuse"
        var reading = MappingReading(json, dictionary: dictionary)
        columns = reading.columns()
        if sign == nil {
            reading.note(
                FieldPath(["separator"]), "No cells can be parted by this; say comma, semicolon, tab, pipe or one sign."
            )
        }
        parameters = reading.parameters
        knownColumns = Set(
            columns.flatMap { column in column.value.map { $0.columns.flatMap { $0 } } ?? [column.name] })
        requiredColumns =
            columns.filter { $0.isRequired && $0.value == nil }.map(\.name)
            + (json["required_columns"]?.array ?? []).compactMap(\.string)
        for (place, name) in (json["required_columns"]?.array ?? []).enumerated()
        where !knownColumns.contains(name.string ?? "") {
            reading.note(FieldPath(["required_columns", String(place)]), "No value of the layout reads this column.")
        }
        guard reading.findings.isEmpty else { throw .mapping(reading.findings) }
    }

    /// Attributes that the layout states in a form of its own.
    static let special: Set<String> = [
        "household_key", "person_key", "birth_date", "birth_precision", "age", "identifiers", "phones", "role",
        "relationship", "recipient", "observed_on", "due_on", "status",
    ]

    /// Attributes of subjects that the profile's dictionary does not hold, with the types in which they are read.
    static let stated: [Subject: [String: [CellType]]] = [
        .participation: [
            "programme": [.text, .code], "kind": [.code, .text], "key": [.text], "status": [.code, .text],
            "from": [.date], "to": [.date], "amount": [.decimal], "amount_minor": [.integer], "currency": [.text],
            "detail": [.text, .code, .integer, .decimal, .date, .boolean],
        ],
        .area: ["system": [.text], "code": [.text], "area": [.area]],
    ]
}

extension FileMapping {
    /// What was told beside the file, with the standards of the layout for what was not.
    ///
    /// - Throws: `.parameters` naming what is missing, unknown or no day.
    func parameters(_ given: [String: String]) throws(IntakeFault) -> [String: String] {
        let (values, findings) = told(given)
        guard findings.isEmpty else { throw .parameters(findings) }
        return values
    }

    /// What is missing, unknown or no day in what was told beside the file.
    package func findings(in given: [String: String]) -> [Finding] { told(given).findings }

    private func told(_ given: [String: String]) -> (values: [String: String], findings: [Finding]) {
        var findings: [Finding] = []
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let value = given[parameter.name] ?? parameter.standard else {
                findings.append(
                    Finding(
                        FieldPath([parameter.name]), code: "parameter.missing",
                        "The layout \(code) must be told \(parameter.name): \(parameter.summary)"))
                continue
            }
            if parameter.isDate, CalendarDate(value) == nil {
                findings.append(
                    Finding(
                        FieldPath([parameter.name]), code: "parameter.date",
                        "\(parameter.name) is a day, written YYYY-MM-DD."))
            }
            values[parameter.name] = value
        }
        for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
            findings.append(
                Finding(
                    FieldPath([name]), code: "parameter.unknown", "The layout \(code) has no parameter \(name)."))
        }
        return (values, findings)
    }
}

extension FileMapping.Column {
    /// The attribute, keys told apart by what they are keys of.
    var plain: String {
        switch subject {
        case .participation: return attribute == "observed_on" ? attribute : "report_" + attribute
        case .area: return "code_" + attribute
        case .person, .household, .membership: break
        }
        guard attribute == "source_key" else { return attribute }
        return subject == .household ? "household_key" : "person_key"
    }
}

/// A mapping being read, with what is wrong with it.
struct MappingReading {
    private let json: JSON
    private let dictionary: AttributeDictionary
    private var expressions: ExpressionReader
    private var own: [Finding] = []
    let parameters: [FileMapping.Parameter]

    var findings: [Finding] { own + expressions.findings }

    init(_ json: JSON, dictionary: AttributeDictionary) {
        (self.json, self.dictionary) = (json, dictionary)
        var tables: [String: WordTable] = [:]
        var broken: [Finding] = []
        for (name, table) in json["tables"]?.object ?? [:] {
            tables[name] = ExpressionReader.table(table)
            if tables[name] == nil {
                broken.append(
                    Finding(
                        FieldPath(["tables", name]), code: "mapping.table",
                        "A table is an object of word and meaning, both texts."))
            }
        }
        parameters = (json["parameters"]?.object ?? [:]).map { name, words in
            FileMapping.Parameter(
                name: name, summary: words["summary"]?.string ?? name, isDate: words["type"]?.string == "date",
                standard: words["default"]?.string)
        }
        expressions = ExpressionReader(
            dictionary: dictionary, tables: tables, parameters: Set(parameters.map(\.name)))
        own = broken
    }

    mutating func note(_ path: FieldPath, code: String = "mapping.column", _ summary: String) {
        own.append(Finding(path, code: code, summary))
    }

    mutating func columns() -> [FileMapping.Column] {
        var columns: [FileMapping.Column] = []
        for (place, item) in (json["columns"]?.array ?? []).enumerated() {
            let path = FieldPath(["columns", String(place)])
            guard let column = column(item, at: path) else { continue }
            check(column, at: path)
            columns.append(column)
        }
        let content = json["content"]?.string.flatMap(FileMapping.Content.init(rawValue:)) ?? .registry
        for word in content.needed where !columns.contains(where: { $0.plain == word }) {
            note("columns", code: "mapping.missing", "No column gives \(word).")
        }
        return columns
    }

    private mutating func column(_ json: JSON, at path: FieldPath) -> FileMapping.Column? {
        guard let subject = json["subject"]?.string.flatMap(FileMapping.Subject.init(rawValue:)),
            let attribute = json["attribute"]?.string,
            let type = json["type"]?.string.flatMap(FileMapping.CellType.init(rawValue:)),
            (json["column"]?.string == nil) != (json["value"] == nil)
        else {
            note(path, "A column needs subject, attribute, type, and either column or value.")
            return nil
        }
        var value: CellExpression?
        if let own = json["value"] {
            guard let read = expressions.read(own, at: path.appending("value")) else { return nil }
            value = read
        }
        return FileMapping.Column(
            name: json["column"]?.string ?? value?.columns.first?.first ?? attribute, subject: subject,
            attribute: attribute, type: type, list: json["list"]?.string,
            isRequired: json["required"]?.bool ?? false,
            separator: json["separator"]?.string?.utf8.first ?? UInt8(ascii: "|"), minimum: json["minimum"]?.int,
            maximum: json["maximum"]?.int, digits: json["digits"]?.int, maxLength: json["max_length"]?.int,
            isInformation: json["information"]?.bool ?? false, value: value)
    }

    private mutating func check(_ column: FileMapping.Column, at path: FieldPath) {
        if let low = column.minimum, let high = column.maximum, low > high {
            note(path.appending("minimum"), code: "mapping.range", "The minimum lies above the maximum.")
        }
        if let digits = column.digits, !(0...9).contains(digits) {
            note(path.appending("digits"), code: "mapping.range", "Zero to nine digits behind the point are kept.")
        }
        if let list = column.list, list != "identifier_type", dictionary.lists[list] == nil {
            note(path.appending("list"), code: "mapping.attribute", "The code list \(list) is unknown to the profile.")
        }
        if let value = column.value { check(value, of: column, at: path.appending("value")) }
        if column.isInformation || FileMapping.special.contains(column.plain) { return }
        if let forms = FileMapping.stated[column.subject] { return check(column, among: forms, at: path) }
        let kind: SubjectKind = column.subject == .household ? .household : .person
        guard let attribute = dictionary.attributes[kind]?[column.attribute] else {
            return note(
                path.appending("attribute"), code: "mapping.attribute",
                "The attribute \(column.attribute) of a \(column.subject.rawValue) is unknown to the profile.")
        }
        if column.value != nil, attribute.isDerived || !attribute.kind.takes(column.type) {
            note(
                path.appending("type"), code: "mapping.type",
                attribute.isDerived
                    ? "The attribute \(column.attribute) follows from others and is not stated."
                    : "The attribute \(column.attribute) is a \(attribute.kind.rawValue), not a \(column.type.rawValue)."
            )
        }
    }

    /// Attributes that are nobody's in the profile: of what programmes report, and of codes.
    private mutating func check(
        _ column: FileMapping.Column, among forms: [String: [FileMapping.CellType]], at path: FieldPath
    ) {
        let name = column.attribute.hasPrefix("detail.") ? "detail" : column.attribute
        guard let types = forms[name] else {
            let known = forms.keys.sorted().joined(separator: ", ")
            return note(
                path.appending("attribute"), code: "mapping.attribute",
                "\(column.subject.rawValue) has no attribute \(column.attribute), but: \(known).")
        }
        guard !types.contains(column.type) else { return }
        let some = types.map(\.rawValue).joined(separator: ", ")
        note(path.appending("type"), code: "mapping.type", "\(column.attribute) is one of: \(some).")
    }

    /// What a value can be must fit how it is read.
    private mutating func check(_ value: CellExpression, of column: FileMapping.Column, at path: FieldPath) {
        guard value.kind == .text || value.kind.fits(column.type) else {
            return note(
                path, code: "mapping.type",
                "The value is a \(value.kind.rawValue), but read as \(column.type.rawValue).")
        }
        guard [.code, .codes].contains(column.type), let name = column.list, let list = dictionary.lists[name],
            let outcomes = value.outcomes
        else { return }
        for outcome in outcomes where !outcome.isEmpty && list.code(for: outcome) == nil {
            note(path, code: "mapping.code", "The list \(name) has no code \(outcome).")
        }
    }
}

extension CellExpression.Kind {
    fileprivate func fits(_ type: FileMapping.CellType) -> Bool {
        switch self {
        case .text: true
        case .date: type == .date || type == .text
        case .number: [.integer, .decimal, .text].contains(type)
        case .area: type == .area
        case .phone: type == .phones || type == .text
        case .identifiers: type == .identifiers
        }
    }
}

extension Attribute.Kind {
    fileprivate func takes(_ type: FileMapping.CellType) -> Bool {
        switch self {
        case .text, .json: type == .text
        case .texts: false
        case .code: type == .code
        case .codes: type == .codes
        case .date, .partialDate: type == .date
        case .integer: type == .integer
        case .decimal: type == .decimal || type == .integer
        case .boolean: type == .boolean
        case .area: type == .area
        }
    }
}
