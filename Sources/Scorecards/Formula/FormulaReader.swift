import Cryptography
public import Documents
public import Groundwork

extension Formula {
    /// Reads and checks a formula whole.
    ///
    /// - Throws: every mistake at once, each with its place and what would mend it: an unknown input, code, feature or unit, bands
    ///   that overlap, a number compared with a code, a stratum that nobody reaches.
    public init(_ json: JSON) throws(InvalidInput) {
        var reader = FormulaReader(json)
        let formula = reader.formula()
        guard let formula, !reader.findings.contains(where: { $0.severity == .blocking }) else {
            throw InvalidInput(reader.findings, code: "scorecards.formula.invalid")
        }
        self = formula
    }

    /// Versions that a formula, or a questionnaire that a binding names, can have.
    static let versions: ClosedRange<Int> = 1...1_000_000

    static func digest(_ json: JSON) -> String {
        var members = json.object ?? [:]
        members.removeValue("$schema")
        return Hex.encode(Digest.sha256(JSON.object(members).canonical()))
    }
}

/// Builds a formula from its document, collecting everything that is wrong.
struct FormulaReader {
    /// Deeper conditions and computations are refused: nobody could read them aloud.
    static let depth: Int = 16

    let json: JSON
    var findings: [Finding] = []
    var inputs: [String: Input] = [:]
    var rowInputs: [String: [String: Input]] = [:]
    var features: [String: Unit?] = [:]
    /// The household's answers that the term being read looks at.
    var used: Set<String> = []
    /// Inputs behind each feature.
    var usedByFeature: [String: Set<String>] = [:]

    init(_ json: JSON) {
        self.json = json
    }

    mutating func report(_ path: FieldPath, _ code: String, _ summary: String) {
        findings.append(Finding(path, code: "scorecards.\(code)", summary))
    }

    mutating func formula() -> Formula? {
        var head = JSONReader(json)
        let kind = head.required("kind", as: Formula.Kind.self)
        let code: String? = head.required("code")
        let version: Int? = head.required("version")
        let source: String? = head.required("source")
        let from: CalendarDate? = head.optional("valid_from")
        let to: CalendarDate? = head.optional("valid_to")
        let poorer = head.required("poorer", as: Formula.Poorer.self)
        head.unknown(allowed: [
            "$schema", "kind", "code", "version", "title", "source", "status", "notes", "valid_from", "valid_to",
            "poorer",
            "inputs", "rows", "features", "stratum", "strata", "output", "classes", "tie_break",
        ])
        findings += head.findings
        if let version, !Formula.versions.contains(version) {
            report("version", "version", "\(version) is no version; count from 1 to 1000000.")
        }
        if let from, let to, to < from { report("valid_to", "dates", "ends before it begins; exchange the two dates.") }
        let inputList = readInputs("inputs")
        for input in inputList { inputs[input.name] = input }
        let rows = readRows()
        let features = readFeatures()
        let selector = readSelector()
        let strata = readStrata(kind)
        check(selector, strata)
        let output = readOutput()
        let classes = readClasses()
        let tieBreak = readTieBreak()
        guard let kind, let code, let version, let source, let poorer, let output else { return nil }
        return Formula(
            kind: kind, code: code, version: version, title: labels(json["title"]), source: source, validFrom: from,
            validTo: to, poorer: poorer, inputs: inputList, rows: rows, features: features, selector: selector,
            strata: strata, output: output, classes: classes, tieBreak: tieBreak, sha256: Formula.digest(json))
    }

    func labels(_ json: JSON?) -> [String: String] {
        var result: [String: String] = [:]
        for (language, text) in json?.object ?? [:] { result[language] = text.string }
        return result
    }

    // MARK: Inputs

    private mutating func readInputs(_ key: String, of parent: JSON? = nil, at path: FieldPath = .root) -> [Input] {
        var names: Set<String> = []
        var result: [Input] = []
        for (index, item) in ((parent ?? json)[key]?.array ?? []).enumerated() {
            let place = path.appending(key).appending(index)
            guard let input = readInput(item, at: place) else { continue }
            guard names.insert(input.name).inserted else {
                report(place, "duplicate", "the input \(input.name) stands here twice; remove one.")
                continue
            }
            result.append(input)
        }
        return result
    }

    private mutating func readInput(_ item: JSON, at path: FieldPath) -> Input? {
        var reader = JSONReader(item, at: path)
        defer { findings += reader.findings }
        let name: String? = reader.required("name")
        let type: String? = reader.required("type")
        let minimum: ExactDecimal? = reader.optional("minimum")
        let maximum: ExactDecimal? = reader.optional("maximum")
        reader.unknown(allowed: [
            "name", "type", "unit", "list", "codes", "geography", "level", "system", "minimum", "maximum", "labels",
        ])
        guard let name, let type else { return nil }
        let kind: Input.Kind
        switch type {
        case "number": kind = .number(reader.optional("unit", as: Unit.self))
        case "code": kind = .code(reader.required("codes") ?? [])
        case "flag": kind = .flag
        case "text": kind = .text
        case "area":
            guard let geography: String = reader.required("geography"), let level: String = reader.required("level")
            else { return nil }
            kind = .area(AreaCodes(geography: geography, level: level, system: reader.optional("system")))
        default:
            reader.report("type", code: "scorecards.type", "must be number, code, area, flag or text.")
            return nil
        }
        let list: String? = reader.optional("list")
        return Input(
            name: name, kind: kind, list: list, minimum: minimum, maximum: maximum, labels: labels(item["labels"]))
    }

    private mutating func readRows() -> [RowSet] {
        var result: [RowSet] = []
        for (index, item) in (json["rows"]?.array ?? []).enumerated() {
            let place = FieldPath("rows").appending(index)
            var reader = JSONReader(item, at: place)
            let name: String? = reader.required("name")
            findings += reader.findings
            let inputs = readInputs("inputs", of: item, at: place)
            guard let name else { continue }
            rowInputs[name] = Dictionary(inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            result.append(RowSet(name: name, inputs: inputs, labels: labels(item["labels"])))
        }
        return result
    }

    private mutating func readFeatures() -> [Formula.Feature] {
        var result: [Formula.Feature] = []
        for (index, item) in (json["features"]?.array ?? []).enumerated() {
            let place = FieldPath("features").appending(index)
            var reader = JSONReader(item, at: place)
            let name: String? = reader.required("name")
            findings += reader.findings
            used = []
            let (value, unit) = expression(item["value"] ?? .null, at: place.appending("value"))
            guard let name, let value else { continue }
            if inputs[name] != nil || features[name] != nil {
                report(place.appending("name"), "duplicate", "\(name) is taken already; choose another name.")
            }
            features[name] = .some(unit)
            usedByFeature[name] = used
            result.append(Formula.Feature(name: name, value: value, unit: unit, labels: labels(item["labels"])))
        }
        return result
    }

    // MARK: Strata

    private mutating func readSelector() -> Formula.Selector? {
        guard let item = json["stratum"], !item.isNull else { return nil }
        var reader = JSONReader(item, at: "stratum")
        defer { findings += reader.findings }
        let input: String? = reader.required("of")
        let when: JSONObject? = reader.required("codes")
        let otherwise: String? = reader.optional("else")
        reader.unknown(allowed: ["of", "codes", "else"])
        guard let input, let when else { return nil }
        var codes: [String: String] = [:]
        for (code, stratum) in when { codes[code] = stratum.string }
        checkCodes(Array(codes.keys), of: input, at: "stratum/codes")
        return Formula.Selector(input: input, codes: codes, otherwise: otherwise)
    }

    private mutating func readStrata(_ kind: Formula.Kind?) -> [Formula.Stratum] {
        var result: [Formula.Stratum] = []
        for (index, item) in (json["strata"]?.array ?? []).enumerated() {
            let place = FieldPath("strata").appending(index)
            var reader = JSONReader(item, at: place)
            let code: String? = reader.required("code")
            let intercept: ExactDecimal? = reader.optional("intercept")
            reader.unknown(allowed: ["code", "intercept", "terms", "labels"])
            findings += reader.findings
            var terms: [Term] = []
            for (number, term) in (item["terms"]?.array ?? []).enumerated() {
                let place = place.appending("terms").appending(number)
                guard let read = self.term(term, at: place) else { continue }
                if terms.contains(where: { $0.name == read.name }) {
                    report(place, "duplicate", "the term \(read.name) stands here twice; give one another name.")
                }
                if kind == .deprivationCount { checkDeprivation(read, at: place) }
                terms.append(read)
            }
            if item["terms"]?.array?.isEmpty ?? true {
                report(place.appending("terms"), "empty", "a stratum needs at least one term.")
            }
            if let code { result.append(Formula.Stratum(code: code, intercept: intercept ?? .zero, terms: terms)) }
        }
        if result.isEmpty { report("strata", "empty", "a formula needs at least one stratum.") }
        return result
    }

    private mutating func checkDeprivation(_ term: Term, at path: FieldPath) {
        let weight: ExactDecimal?
        switch term.kind {
        case .condition(_, let value), .set(_, _, _, let value): weight = value
        case .linear, .bands, .lookup, .ratio: weight = nil
        }
        guard let weight, !(weight < .zero) else {
            report(
                path, "deprivation",
                "a deprivation is a condition or a set with a weight of zero or more; \(term.name) is not.")
            return
        }
    }

    private mutating func check(_ selector: Formula.Selector?, _ strata: [Formula.Stratum]) {
        let codes = strata.map(\.code)
        if Set(codes).count < codes.count {
            report("strata", "duplicate", "two strata have one code; give each its own.")
        }
        guard let selector else {
            if strata.count > 1 {
                report("stratum", "missing", "is required, to tell which of the strata a household belongs to.")
            }
            return
        }
        let named = Set(selector.codes.values).union(selector.otherwise.map { [$0] } ?? [])
        for name in named.subtracting(codes).sorted() {
            report("stratum", "unknown_stratum", "names the stratum \(name), which strata does not have; add it.")
        }
        for code in codes where !named.contains(code) {
            report("stratum", "unreached", "no household can reach the stratum \(code); name its codes.")
        }
        if selector.otherwise == nil, case .code(let all)? = inputs[selector.input]?.kind {
            for code in all where selector.codes[code] == nil {
                report("stratum/codes", "unreached", "the code \(code) leads nowhere; name its stratum, or say else.")
            }
        }
    }

    // MARK: Output

    private mutating func readOutput() -> Formula.Output? {
        let item = json["output"] ?? [:]
        var reader = JSONReader(item, at: "output")
        defer { findings += reader.findings }
        let places: Int? = reader.optional("places")
        let rounding = reader.optional("rounding", as: Rounding.self)
        if places != nil, rounding == nil {
            reader.report(
                "rounding", code: "scorecards.rounding", "is required where places are: say how digits are dropped.")
        }
        if let places, !(0...100).contains(places) {
            reader.report("places", code: "scorecards.places", "must lie between 0 and 100.")
        }
        let output = Formula.Output(
            factor: reader.optional("multiply") ?? .one, addend: reader.optional("add") ?? .zero, places: places,
            rounding: rounding ?? .truncate, minimum: reader.optional("minimum"), maximum: reader.optional("maximum"))
        reader.unknown(allowed: ["multiply", "add", "places", "rounding", "minimum", "maximum"])
        if let low = output.minimum, let high = output.maximum, high < low {
            reader.report("maximum", code: "scorecards.bounds", "lies below the minimum; exchange the two.")
        }
        return output
    }

    private mutating func readClasses() -> [Formula.PercentileClass] {
        var result: [Formula.PercentileClass] = []
        for (index, item) in (json["classes"]?.array ?? []).enumerated() {
            var reader = JSONReader(item, at: FieldPath("classes").appending(index))
            let code: String? = reader.required("code")
            let upTo: ExactDecimal? = reader.required("up_to_percentile")
            if let upTo, let last = result.last, !(last.upTo < upTo) {
                reader.report(
                    "up_to_percentile", code: "scorecards.classes", "must be above that of the class before it.")
            }
            if let upTo, upTo < .zero || 100 < upTo {
                reader.report("up_to_percentile", code: "scorecards.classes", "must lie between 0 and 100.")
            }
            findings += reader.findings
            if let code, let upTo { result.append(Formula.PercentileClass(code: code, upTo: upTo)) }
        }
        if let last = result.last, last.upTo != 100 {
            report("classes", "classes", "the last class must reach percentile 100, so that everybody has one.")
        }
        return result
    }

    private mutating func readTieBreak() -> [Formula.TieBreak] {
        var result: [Formula.TieBreak] = []
        for (index, item) in (json["tie_break"]?.array ?? []).enumerated() {
            guard let rule = item.string.flatMap(Formula.TieBreak.init(rawValue:)) else {
                let known = Formula.TieBreak.allCases.map(\.rawValue).joined(separator: ", ")
                report(FieldPath("tie_break").appending(index), "tie_break", "must be one of \(known).")
                continue
            }
            result.append(rule)
        }
        return result
    }
}
