public import Documents
public import Groundwork

/// Where the inputs of a formula come from, and in which words the answers are written there.
///
/// Shape: `standards/pmt/binding.schema.json`. A code that the binding does not know is never taken for another one: the household
/// is refused with the name of the question.
public struct Binding: Sendable {
    /// Where the answers are kept.
    public enum Source: String, Sendable, CaseIterable {
        /// Rows of a file, in the field names of whoever wrote it.
        case file
        /// Attributes of this registry.
        case registry
    }

    public struct Field: Sendable {
        /// A column, or a path with points through nested objects; for the registry `household.<attribute>` and the like.
        public var name: String
        /// From the words of the source to the codes of the formula; empty when they are the same.
        public var codes: [String: String]
        /// Words of the source that mean that nothing is known.
        public var blank: Set<String>
        /// What a number counts there; must be what the formula counts.
        public var unit: Unit?
        /// Of a registry: the answer is how many members have a number within these bounds.
        public var count: Within?
    }

    /// Bounds of a number that is counted over members, the lower one included, the upper one not.
    public struct Within: Sendable, Hashable {
        public var atLeast: ExactDecimal?
        public var below: ExactDecimal?
        /// What becomes of members of whom the number is not known; refused leaves the whole count unknown.
        public var unknown: Gathering.Unknown
    }

    public struct Rows: Sendable {
        public var field: String
        public var inputs: [String: Field]
        /// Of a registry: one row for each of these, with a fixed answer and an attribute of the household.
        public var items: [Item] = []
    }

    /// One row of a list that the registry keeps as attributes of the household: `{"kind": "radio"}` and where its count is.
    public struct Item: Sendable {
        public var fixed: [String: String]
        public var fields: [String: String]
    }

    /// What a former system did with the same answers, for the migration report alone.
    public struct Former: Sendable {
        /// Columns that may hold its score, by stratum.
        public var scores: [String: [String]]
        /// What it took an empty text for, by input.
        public var empty: [String: String]
        /// The column that names a household, if there is one.
        public var household: String?
    }

    /// The questionnaire whose questions feed the attributes, for a registry.
    public struct Questionnaire: Sendable, Hashable {
        public var form: String
        public var version: Int
    }

    public var code: String
    public var formula: String
    public var version: Int
    public var source: Source
    /// Member that holds the answers, where a row keeps other things beside them.
    public var row: String?
    public var questionnaire: Questionnaire?
    public var inputs: [String: Field]
    public var rows: [String: Rows]
    public var former: Former?

    /// - Throws: every mistake of the document with its place.
    public init(_ json: JSON) throws(InvalidInput) {
        var reader = JSONReader(json)
        let code: String? = reader.required("code")
        let formula: String? = reader.required("formula")
        let version: Int? = reader.required("version")
        let source = reader.required("source", as: Source.self)
        row = reader.optional("row")
        let inputs = Self.fields(&reader, "inputs", isRequired: true)
        var rows: [String: Rows] = [:]
        reader.object("rows", isRequired: false) { (inner: inout JSONReader) in
            for name in inner.json.object?.keys ?? [] {
                inner.object(name) { (item: inout JSONReader) in
                    let field: String? = item.required("field")
                    rows[name] = Rows(
                        field: field ?? name, inputs: Self.fields(&item, "inputs", isRequired: true),
                        items: Self.items(item.json["items"]))
                }
            }
        }
        var questionnaire: Questionnaire?
        reader.object("questionnaire", isRequired: false) { (inner: inout JSONReader) in
            let form: String? = inner.required("form")
            let version: Int? = inner.required("version")
            if let version, !Formula.versions.contains(version) {
                inner.report(
                    "version", code: "scorecards.binding.version",
                    "\(version) is no version; count from 1 to 1000000.")
            }
            if let form, let version { questionnaire = Questionnaire(form: form, version: version) }
        }
        var former: Former?
        reader.object("former", isRequired: false) { (inner: inout JSONReader) in
            former = Former(
                scores: Self.lists(inner.json["scores"]), empty: Self.texts(inner.json["empty"]),
                household: inner.optional("household"))
        }
        reader.unknown(allowed: [
            "$schema", "code", "formula", "version", "title", "source", "row", "questionnaire", "inputs", "rows",
            "former",
            "notes",
        ])
        guard let code, let formula, let version, let source, reader.findings.isEmpty else {
            throw InvalidInput(reader.findings, code: "scorecards.binding.invalid")
        }
        (self.code, self.formula, self.version, self.source) = (code, formula, version, source)
        (self.inputs, self.rows, self.questionnaire, self.former) = (inputs, rows, questionnaire, former)
    }

    /// Every input under its own name, for files that were written for the formula.
    public init(identity formula: Formula) {
        (code, self.formula, version, source) = ("identity", formula.code, 1, .file)
        (row, questionnaire, former) = (nil, nil, nil)
        inputs = Self.own(formula.inputs)
        rows = Dictionary(
            formula.rows.map { ($0.name, Rows(field: $0.name, inputs: Self.own($0.inputs))) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func own(_ inputs: [Input]) -> [String: Field] {
        Dictionary(
            inputs.map { ($0.name, Field(name: $0.name, codes: [:], blank: [], unit: nil, count: nil)) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func items(_ json: JSON?) -> [Item] {
        (json?.array ?? []).map { Item(fixed: texts($0["fixed"]), fields: texts($0["fields"])) }
    }

    private static func texts(_ json: JSON?) -> [String: String] {
        var result: [String: String] = [:]
        for (key, value) in json?.object ?? [:] { result[key] = value.string }
        return result
    }

    private static func lists(_ json: JSON?) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (key, value) in json?.object ?? [:] { result[key] = value.array?.compactMap(\.string) }
        return result
    }

    private static func fields(_ reader: inout JSONReader, _ key: String, isRequired: Bool) -> [String: Field] {
        var result: [String: Field] = [:]
        reader.object(key, isRequired: isRequired) { (inner: inout JSONReader) in
            for name in inner.json.object?.keys ?? [] {
                inner.object(name) { (item: inout JSONReader) in
                    guard let field: String = item.required("field") else { return }
                    let blank: [String]? = item.optional("blank")
                    let unit = item.optional("unit", as: Unit.self)
                    var count: Within?
                    item.object("count", isRequired: false) { (bounds: inout JSONReader) in
                        count = Within(
                            atLeast: bounds.optional("at_least"), below: bounds.optional("below"),
                            unknown: bounds.optional("unknown", as: Gathering.Unknown.self) ?? .refuse)
                        bounds.unknown(allowed: ["at_least", "below", "unknown"])
                    }
                    item.unknown(allowed: ["field", "codes", "blank", "unit", "count", "notes"])
                    result[name] = Field(
                        name: field, codes: texts(item.json["codes"]), blank: Set(blank ?? []), unit: unit,
                        count: count)
                }
            }
        }
        return result
    }
}
