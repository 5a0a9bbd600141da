import Documents
import Groundwork
import Registry

/// Reads expressions of a mapping, gathering a finding with its place for everything that cannot be understood.
struct ExpressionReader {
    let dictionary: AttributeDictionary
    let tables: [String: WordTable]
    let parameters: Set<String>
    private(set) var findings: [Finding] = []

    init(dictionary: AttributeDictionary, tables: [String: WordTable], parameters: Set<String>) {
        (self.dictionary, self.tables, self.parameters) = (dictionary, tables, parameters)
    }

    mutating func read(_ json: JSON, at path: FieldPath) -> CellExpression? {
        if let name = json.string { return .column([name]) }
        guard let object = json.object else {
            return wrong(path, "An expression is the name of a column or an object.")
        }
        let forms = object.keys.filter { Self.forms[$0] != nil }
        guard forms.count == 1, let form = forms.first, let read = Self.forms[form] else {
            let some = Self.forms.keys.sorted().joined(separator: ", ")
            return wrong(path, "An expression has exactly one of: \(some).")
        }
        let allowed = Self.companions[form] ?? []
        for key in object.keys where key != form && !allowed.contains(key) {
            findings.append(
                Finding(path.appending(key), code: "mapping.expression", "\(form) does not take \(key)."))
        }
        return read(&self, object, path)
    }

    private mutating func wrong<Value>(_ path: FieldPath, _ summary: String) -> Value? {
        findings.append(Finding(path, code: "mapping.expression", summary))
        return nil
    }

    // MARK: The forms

    private typealias Form = @Sendable (inout ExpressionReader, JSONObject, FieldPath) -> CellExpression?

    /// What may stand beside the word of each form.
    private static let companions: [String: Set<String>] = [
        "join": ["with"], "case": ["of"], "replace": ["in"], "part": ["at", "take"], "keep": ["of"],
        "pad": ["to", "with"], "table": ["of", "else"], "date": ["forms", "else"], "phone": ["else"],
        "number": ["decimal", "whole"], "if": ["then", "else"], "area": ["else"],
    ]

    private static let forms: [String: Form] = [
        "column": { $0.column($1, $2) },
        "constant": { reader, object, path in
            guard let text = object["constant"]?.string, !text.isEmpty else {
                return reader.wrong(path.appending("constant"), "A constant is a text.")
            }
            return .constant(text)
        },
        "parameter": { $0.parameter($1, $2) },
        "join": { reader, object, path in
            reader.list(object, "join", path).map { .join($0, with: object["with"]?.string ?? " ") }
        },
        "coalesce": { reader, object, path in reader.list(object, "coalesce", path).map { .first($0) } },
        "digest": { reader, object, path in reader.list(object, "digest", path).map { .digest($0) } },
        "squeeze": { reader, object, path in reader.one(object, "squeeze", path).map { .squeeze($0) } },
        "case": { reader, object, path in
            let letters: CellExpression.LetterCase? = reader.choice(object, "case", path)
            guard let of = reader.one(object, "of", path), let letters else { return nil }
            return .recase(of, letters)
        },
        "replace": { $0.replace($1, $2) },
        "part": { $0.part($1, $2) },
        "keep": { reader, object, path in
            let kept: CellExpression.Kept? = reader.choice(object, "keep", path)
            guard let of = reader.one(object, "of", path), let kept else { return nil }
            return .keep(of, kept)
        },
        "pad": { reader, object, path in
            guard let of = reader.one(object, "pad", path) else { return nil }
            guard let width = object["to"]?.int, (1...64) ~= width else {
                return reader.wrong(path.appending("to"), "The width is a number from 1 to 64.")
            }
            return .pad(of, to: width, with: object["with"]?.string ?? "0")
        },
        "table": { $0.table($1, $2) },
        "date": { $0.date($1, $2) },
        "phone": { reader, object, path in
            let otherwise = reader.otherwise(object, path)
            return reader.one(object, "phone", path).map { .phone($0, otherwise) }
        },
        "number": { reader, object, path in
            let form = CellExpression.NumberForm(
                decimal: object["decimal"]?.string?.first ?? ".", isWhole: object["whole"]?.bool ?? false)
            return reader.one(object, "number", path).map { .number($0, form) }
        },
        "if": { reader, object, path in
            let condition = reader.condition(object["if"] ?? .null, at: path.appending("if"))
            let then = reader.one(object, "then", path)
            var otherwise: CellExpression?
            if object["else"] != nil { otherwise = reader.one(object, "else", path) }
            guard let condition, let then else { return nil }
            return .choose(condition, then: then, otherwise: otherwise)
        },
        "area": { $0.area($1, $2) },
        "identifier": { $0.identifier($1, $2) },
    ]

    // MARK: Parts of forms

    private mutating func one(_ object: JSONObject, _ key: String, _ path: FieldPath) -> CellExpression? {
        guard let json = object[key] else { return wrong(path, "\(key) is missing.") }
        return read(json, at: path.appending(key))
    }

    private mutating func list(_ object: JSONObject, _ key: String, _ path: FieldPath) -> [CellExpression]? {
        guard let items = object[key]?.array, !items.isEmpty else {
            return wrong(path.appending(key), "\(key) takes a list of expressions.")
        }
        var read: [CellExpression] = []
        for (place, item) in items.enumerated() {
            if let expression = self.read(item, at: path.appending(key).appending(place)) { read.append(expression) }
        }
        return read.count == items.count ? read : nil
    }

    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ object: JSONObject, _ key: String, _ path: FieldPath
    ) -> Choice? {
        if let choice = object[key]?.string.flatMap(Choice.init(rawValue:)) { return choice }
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return wrong(path.appending(key), "\(key) is one of: \(all).")
    }

    private mutating func otherwise(_ object: JSONObject, _ path: FieldPath) -> CellExpression.Otherwise {
        guard object["else"] != nil else { return .refuse }
        return choice(object, "else", path) ?? .refuse
    }

    private mutating func column(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        if let name = object["column"]?.string { return .column([name]) }
        let names = (object["column"]?.array ?? []).compactMap(\.string)
        guard !names.isEmpty else { return wrong(path.appending("column"), "A column is a name, or a list of names.") }
        return .column(names)
    }

    private mutating func parameter(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        guard let name = object["parameter"]?.string, parameters.contains(name) else {
            return wrong(path.appending("parameter"), "The mapping declares no such parameter.")
        }
        return .parameter(name)
    }

    private mutating func replace(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        let pairs = (object["replace"]?.array ?? []).map { ($0.array ?? []).compactMap(\.string) }
        let inner = one(object, "in", path)
        guard !pairs.isEmpty, pairs.allSatisfy({ $0.count == 2 && !$0[0].isEmpty }) else {
            return wrong(path.appending("replace"), "replace takes a list of pairs [old, new].")
        }
        return inner.map { .replace($0, pairs.map { CellExpression.Replacement(old: $0[0], new: $0[1]) }) }
    }

    private mutating func part(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        let of = one(object, "part", path)
        let piece: CellExpression.Piece
        switch (object["take"]?.string, object["take"]?.int) {
        case ("first", _): piece = .first
        case ("last", _): piece = .last
        case ("all_but_first", _): piece = .allButFirst
        case ("all_but_last", _): piece = .allButLast
        case (_, let number?) where number >= 1: piece = .number(number)
        default:
            return wrong(
                path.appending("take"), "take is first, last, all_but_first, all_but_last or a number from 1.")
        }
        let mark = object["at"]?.string ?? " "
        guard !mark.isEmpty else { return wrong(path.appending("at"), "at is what stands between the pieces.") }
        return of.map { .part($0, at: mark, piece) }
    }

    private mutating func table(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        let otherwise = otherwise(object, path)
        let table: WordTable?
        if let name = object["table"]?.string {
            table = tables[name]
            if table == nil { findings.append(Self.noTable(name, path.appending("table"))) }
        } else {
            table = Self.table(object["table"] ?? .null)
            if table == nil {
                findings.append(
                    Finding(
                        path.appending("table"), code: "mapping.expression",
                        "A table is a name or an object of word and meaning."))
            }
        }
        guard let of = one(object, "of", path), let table else { return nil }
        return .look(of, table, otherwise)
    }

    private static func noTable(_ name: String, _ path: FieldPath) -> Finding {
        Finding(path, code: "mapping.expression", "The mapping has no table \(name).")
    }

    /// A table of word and meaning; nil when it is none.
    static func table(_ json: JSON) -> WordTable? {
        guard let object = json.object, !object.isEmpty else { return nil }
        var pairs: [(String, String)] = []
        for (word, meaning) in object {
            guard let meaning = meaning.string else { return nil }
            pairs.append((word, meaning))
        }
        return WordTable(pairs)
    }

    private mutating func date(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        let otherwise = otherwise(object, path)
        let of = one(object, "date", path)
        var forms: [DateForm] = []
        for (place, item) in (object["forms"]?.array ?? []).enumerated() {
            guard let form = item.string.flatMap({ DateForm($0) }) else {
                return wrong(
                    path.appending("forms").appending(place),
                    "A form is made of YYYY, MM, DD and signs, with * for a rest at the end; or serial, or serial1904.")
            }
            forms.append(form)
        }
        guard !forms.isEmpty else { return wrong(path.appending("forms"), "Say in which forms the file writes days.") }
        return of.map { .date($0, forms, otherwise) }
    }

    private mutating func area(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        let otherwise = otherwise(object, path)
        let place = path.appending("area")
        guard let words = object["area"]?.object else { return wrong(place, "An area takes code, path or both.") }
        var read = CellExpression.AreaWords(system: words["system"]?.string, geography: words["geography"]?.string)
        for key in ["system", "geography"] where words[key]?.object != nil {
            guard case .parameter(let name)? = one(words, key, place) else {
                return wrong(place.appending(key), "\(key) is a text or a parameter.")
            }
            if key == "system" { read.systemParameter = name } else { read.geographyParameter = name }
        }
        if words["code"] != nil { read.code = one(words, "code", place) }
        if words["path"] != nil { read.path = list(words, "path", place) ?? [] }
        for key in words.keys where !["code", "path", "system", "geography"].contains(key) {
            return wrong(place.appending(key), "area does not take \(key).")
        }
        guard read.code != nil || !read.path.isEmpty else { return wrong(place, "An area takes code, path or both.") }
        return .area(read, otherwise)
    }

    private mutating func identifier(_ object: JSONObject, _ path: FieldPath) -> CellExpression? {
        let place = path.appending("identifier")
        guard let words = object["identifier"]?.object, let type = words["type"]?.string else {
            return wrong(place, "An identifier takes type and of.")
        }
        let of = one(words, "of", place)
        guard dictionary.identifierTypes[type] != nil else {
            let types = dictionary.identifierTypes.keys.sorted().joined(separator: ", ")
            return wrong(place.appending("type"), "The profile knows these types of identifiers: \(types).")
        }
        return of.map { .identifier(type: type, $0) }
    }

    // MARK: Conditions

    private mutating func condition(_ json: JSON, at path: FieldPath) -> CellCondition? {
        guard let object = json.object else { return wrong(path, "A condition is an object.") }
        if object["filled"] != nil { return one(object, "filled", path).map { .filled($0) } }
        if object["empty"] != nil { return one(object, "empty", path).map { .not(.filled($0)) } }
        if object["is"] != nil {
            let words = (object["in"]?.array ?? []).compactMap(\.string)
            let of = one(object, "is", path)
            guard !words.isEmpty else { return wrong(path.appending("in"), "in is a list of words.") }
            return of.map { .isOneOf($0, WordTable(words.map { ($0, $0) })) }
        }
        if object["matches"] != nil {
            let of = one(object, "matches", path)
            guard let source = object["pattern"]?.string, let pattern = try? TextPattern(source) else {
                return wrong(path.appending("pattern"), "The pattern cannot be understood.")
            }
            return of.map { .matches($0, pattern) }
        }
        if let part = object["not"] { return condition(part, at: path.appending("not")).map { .not($0) } }
        for key in ["all", "any"] {
            guard let items = object[key]?.array, !items.isEmpty else { continue }
            var parts: [CellCondition] = []
            for (place, item) in items.enumerated() {
                if let part = condition(item, at: path.appending(key).appending(place)) { parts.append(part) }
            }
            guard parts.count == items.count else { return nil }
            return key == "all" ? .all(parts) : .any(parts)
        }
        return wrong(path, "A condition has one of: filled, empty, is, matches, not, all, any.")
    }
}
