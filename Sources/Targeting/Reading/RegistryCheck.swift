import Documents
import Groundwork
import Postgres
import Registry
import Scorecards

/// Holds a formula and its binding to this registry: attributes, code lists, the questionnaire, the divisions.
struct RegistryCheck {
    let context: RegistryContext
    let formula: Formula
    let binding: Binding
    private(set) var findings: [Finding] = []

    init(_ formula: Formula, _ binding: Binding, context: RegistryContext) {
        (self.formula, self.binding, self.context) = (formula, binding, context)
    }

    /// Everything that is wrong, and every code of this registry that the formula leaves out, as warnings.
    static func run(
        _ formula: Formula, _ binding: Binding, context: RegistryContext, in tx: borrowing Transaction
    ) async throws -> [Finding] {
        var check = RegistryCheck(formula, binding, context: context)
        check.findings += binding.check(against: formula)
        if binding.source != .registry {
            check.report(
                "source", "source",
                "is \(binding.source.rawValue); a registry is scored by a binding with the source registry.")
        }
        check.inputs()
        check.rows()
        try await check.areas(in: tx)
        if let form = binding.questionnaire { try await check.questionnaire(form, in: tx) }
        return check.findings
    }

    private mutating func report(
        _ path: FieldPath, _ code: String, _ summary: String, severity: Finding.Severity = .blocking
    ) {
        findings.append(Finding(path, code: "targeting.binding.\(code)", severity: severity, summary))
    }

    // MARK: Attributes and codes

    private mutating func inputs() {
        for input in formula.inputs {
            guard let field = binding.inputs[input.name] else { continue }
            let path = FieldPath("inputs").appending(input.name)
            guard let named = RegistryField(field.name) else {
                report(
                    path.appending("field"), "field",
                    "“\(field.name)” names nothing of the registry; say household.<attribute>, household.area, "
                        + "head.<attribute>, members, or members.age with count.")
                continue
            }
            check(input, field, named, at: path)
        }
    }

    private mutating func check(_ input: Input, _ field: Binding.Field, _ named: RegistryField, at path: FieldPath) {
        switch (named, input.kind) {
        case (.members(let attribute), .number):
            if let attribute, attribute != "age" || field.count == nil {
                report(
                    path.appending("field"), "members",
                    "members are counted by age: say members.age with count, or members.")
            }
            if attribute == nil, field.count != nil {
                report(path.appending("count"), "members", "counts members by age; the field is members.age then.")
            }
            if let count = field.count {
                for (name, bound) in [("at_least", count.atLeast), ("below", count.below)] {
                    if let bound, !(0...150).contains(bound.int ?? -1) {
                        report(
                            path.appending("count").appending(name), "bound",
                            "must be a whole number of years up to 150.")
                    }
                }
                if count.atLeast == nil, count.below == nil {
                    report(path.appending("count"), "bound", "needs at_least or below.")
                }
            }
        case (.members, _):
            report(path.appending("field"), "members", "members give a number; \(input.name) is \(input.kind.words).")
        case (.area, .area): break
        case (.area, _), (_, .area):
            report(
                path.appending("field"), "area",
                "an input that is an area is answered by household.area, and no other input is.")
        default: value(input, field, named, at: path)
        }
    }

    /// One attribute of the household or the head.
    private mutating func value(_ input: Input, _ field: Binding.Field, _ named: RegistryField, at path: FieldPath) {
        if case .household("size") = named { return number(input, at: path.appending("field")) }
        if case .head("age") = named { return number(input, at: path.appending("field")) }
        guard let attribute = named.attribute(context.dictionary) else {
            report(
                path.appending("field"), "attribute_unknown",
                "the profile has no attribute \(field.name); correct the name, or add it to registry/attributes.json.")
            return
        }
        fits(input, field, attribute, at: path, place: path.appending("field"))
    }

    private mutating func number(_ input: Input, at path: FieldPath) {
        guard case .number = input.kind else {
            report(path, "type", "gives a number; \(input.name) is \(input.kind.words).")
            return
        }
    }

    /// - Parameters:
    ///   - path: of the bound input, with its `codes`.
    ///   - place: where the attribute is named.
    private mutating func fits(
        _ input: Input, _ field: Binding.Field, _ attribute: Attribute, at path: FieldPath, place: FieldPath
    ) {
        switch (input.kind, attribute.kind) {
        case (.number, .integer), (.number, .decimal), (.flag, .boolean), (.text, .text), (.text, .date): break
        case (.code(let codes), .code), (.code(let codes), .text): self.codes(codes, input, field, attribute, at: path)
        case (.flag, .code) where !field.codes.isEmpty: break
        default:
            report(
                place, "type",
                "is \(attribute.kind.rawValue) in the registry, but \(input.name) is \(input.kind.words).")
        }
    }

    private mutating func codes(
        _ codes: [String], _ input: Input, _ field: Binding.Field, _ attribute: Attribute, at path: FieldPath
    ) {
        guard let name = attribute.codeList, let list = context.dictionary.lists[name] else {
            if attribute.codeList != nil {
                report(path, "list", "the attribute's code list is not loaded; add codes/ of the profile.")
            }
            return
        }
        if let wanted = input.list, wanted != name, field.codes.isEmpty {
            return report(
                path, "list",
                "the formula takes codes of the list \(wanted), the attribute has those of \(name); bind another attribute, or "
                    + "say with codes which word means which code.")
        }
        let known = Set(list.codes.map(\.code))
        let words = field.codes.isEmpty ? codes : field.codes.keys.sorted()
        for word in words where !known.contains(word) {
            let place = field.codes.isEmpty ? path : path.appending("codes").appending(word)
            report(
                place, "code_unknown",
                "“\(word)” is not in the list \(name), so that no household can ever have it; correct the code, map it with "
                    + "codes, or add it to the list.")
        }
        let open = known.subtracting(words).sorted()
        if !open.isEmpty {
            report(
                path, "code_open",
                "the formula knows nothing of \(open.joined(separator: ", ")) in the list \(name): such households cannot be "
                    + "scored until the formula or the binding says what they count for.", severity: .warning)
        }
    }

    // MARK: Lists

    private mutating func rows() {
        for set in formula.rows {
            guard let rows = binding.rows[set.name] else { continue }
            let path = FieldPath("rows").appending(set.name)
            if rows.items.isEmpty {
                if rows.field != "members" {
                    report(path.appending("field"), "rows", "must be members; another list needs items.")
                }
                for input in set.inputs {
                    guard let field = rows.inputs[input.name] else { continue }
                    let place = path.appending("inputs").appending(input.name)
                    if RegistryColumns.derived.contains(field.name) {
                        if field.name == "age" { number(input, at: place.appending("field")) }
                        continue
                    }
                    guard let attribute = context.dictionary.attributes[.person]?[field.name] else {
                        report(
                            place.appending("field"), "attribute_unknown",
                            "people have no attribute \(field.name); correct the name.")
                        continue
                    }
                    fits(input, field, attribute, at: place, place: place.appending("field"))
                }
            } else {
                items(rows, set, at: path)
            }
        }
    }

    private mutating func items(_ rows: Binding.Rows, _ set: RowSet, at path: FieldPath) {
        let names = Set(rows.inputs.values.map(\.name))
        for (place, item) in rows.items.enumerated() {
            let here = path.appending("items").appending(place)
            for name in (Array(item.fixed.keys) + item.fields.keys).sorted() where !names.contains(name) {
                report(here.appending(name), "rows", "no input of \(set.name) has this field; correct the name.")
            }
            for (name, field) in item.fields.sorted(by: { $0.key < $1.key }) {
                let place = here.appending("fields").appending(name)
                guard let named = RegistryField(field), case .household = named,
                    named.attribute(context.dictionary) != nil || named == .household("size")
                else {
                    report(
                        place, "attribute_unknown",
                        "must be household.<attribute> with an attribute of the profile, not “\(field)”.")
                    continue
                }
                for input in set.inputs {
                    guard let bound = rows.inputs[input.name], bound.name == name else { continue }
                    if named == .household("size") {
                        number(input, at: place)
                    } else if let attribute = named.attribute(context.dictionary) {
                        fits(
                            input, bound, attribute, at: path.appending("inputs").appending(input.name), place: place)
                    }
                }
            }
            for input in set.inputs {
                guard let field = rows.inputs[input.name], let word = item.fixed[field.name] else { continue }
                guard !field.answers(word, input) else { continue }
                let isCode = if case .code = input.kind { true } else { false }
                report(
                    here.appending("fixed").appending(field.name), isCode ? "code_unknown" : "type",
                    isCode
                        ? "“\(word)” is none of the formula's codes; correct it, or map it with codes."
                        : "“\(word)” is not \(input.kind.words) that \(input.name) can be; correct it.")
            }
        }
    }

    // MARK: Areas and the questionnaire

    private mutating func areas(in tx: borrowing Transaction) async throws {
        for (place, input) in formula.inputs.enumerated() {
            guard case .area(let codes) = input.kind else { continue }
            let path = FieldPath("inputs").appending(place)
            let index = context.areas.index
            guard index.geographies.contains(codes.geography) else {
                report(path.appending("geography"), "division", "the division \(codes.geography) is not loaded here.")
                continue
            }
            guard let level = index.levels(of: codes.geography).first(where: { $0.name == codes.level })?.level else {
                report(path.appending("level"), "level", "the division \(codes.geography) has no level \(codes.level).")
                continue
            }
            let areas = index.areas.filter { $0.geography == codes.geography && $0.level == level }
            var known = Set(areas.map(\.code))
            if let system = codes.system {
                let others = try await AreaCodeReader.codes(of: system, in: tx)
                known = Set(areas.compactMap { others[$0.id] })
            }
            let places = formula.codes(of: input.name)
            let tables = places.filter(\.isTable).reduce(into: Set<String>()) { $0.formUnion($1.codes) }
            let open = tables.subtracting(known).sorted()
            if !open.isEmpty {
                report(
                    path.appending("system"), "area_codes",
                    "no \(codes.level) of \(codes.geography) has the code \(open.joined(separator: ", ")) of "
                        + "\(codes.system ?? "its own"), so that households there could not be scored; complete the table."
                )
            }
            for place in places where !place.isTable {
                let unknown = place.codes.subtracting(known).sorted()
                guard !unknown.isEmpty else { continue }
                report(
                    place.path, "area_codes",
                    "no \(codes.level) of \(codes.geography) has the code \(unknown.joined(separator: ", ")) of "
                        + "\(codes.system ?? "its own"), so that it holds for nobody; correct the code, or complete the table."
                )
            }
        }
    }

    private mutating func questionnaire(_ form: Binding.Questionnaire, in tx: borrowing Transaction) async throws {
        let rows = try await tx.query(
            """
            SELECT subject_kind, definition FROM registry.questionnaire
            WHERE code = \(form.form) AND version = \(Int32(form.version))
            """)
        guard let row = rows.first else {
            report(
                "questionnaire", "questionnaire",
                "\(form.form) version \(form.version) is not loaded; name a questionnaire of the profile.")
            return
        }
        let definition: JSONB = try row.get(1)
        let questions = Questionnaire(
            code: form.form, version: form.version, subject: SubjectKind(rawValue: try row.get(0)) ?? .household,
            definition: try JSON.parse(definition.bytes))
        let fed = Set(questions.sections.flatMap(\.questions).compactMap(\.feeds))
        var asked: [(path: FieldPath, field: String)] = binding.inputs.sorted { $0.key < $1.key }.map {
            (FieldPath("inputs").appending($0.key).appending("field"), $0.value.name)
        }
        for (name, rows) in binding.rows.sorted(by: { $0.key < $1.key }) {
            let path = FieldPath("rows").appending(name)
            for (place, item) in rows.items.enumerated() {
                let fields = path.appending("items").appending(place).appending("fields")
                asked += item.fields.sorted { $0.key < $1.key }.map { (fields.appending($0.key), $0.value) }
            }
            if rows.items.isEmpty {
                asked += rows.inputs.sorted { $0.key < $1.key }.filter { $0.value.name != "phones" }.map {
                    (path.appending("inputs").appending($0.key).appending("field"), "members.\($0.value.name)")
                }
            }
        }
        for (path, field) in asked {
            guard let feed = RegistryField(field)?.fedBy, !fed.contains(feed) else { continue }
            report(
                path, "not_asked",
                "no question of \(form.form) version \(form.version) feeds \(field); bind what is asked, or name the right "
                    + "questionnaire.")
        }
    }
}
