import Documents
import struct Foundation.Date
import struct Foundation.Decimal
import Groundwork
import Linkage
import Registry
import Search

/// Reads literals by the type of their attribute: senders write numbers as texts, days as instants and codes as labels.
struct LiteralReader: Sendable {
    let context: RegistryContext
    let time: CountryTime

    private enum Kind {
        case text, number, day, instant, flag, area, id
        case code(String?)
    }

    /// Whether the registry itself gives out this type of identifier.
    func isOwn(_ type: String) -> Bool { context.dictionary.identifierTypes[type]?.isOwn ?? false }

    func refusal(_ comparison: Condition.Comparison, _ sentence: String) -> ItemRefusal {
        ItemRefusal(.filterInvalid, "search_criteria.query: \(QueryReader.shown(comparison.attribute)): \(sentence).")
    }

    /// The query that compares one attribute.
    func query(
        _ field: Field, _ comparison: Condition.Comparison, _ areas: AreaIndex
    ) throws(ItemRefusal) -> RegistryQuery {
        guard let kind = kind(of: field) else { throw refusal(comparison, "this attribute cannot be searched") }
        if comparison.relation == .present { return .not(.isMissing(field)) }
        switch kind {
        case .code(let list): return try codes(field, list, comparison)
        case .area: return try place(comparison, areas)
        case .instant: return try instants(field, comparison)
        case .text:
            return try plain(field, comparison) { json throws(ItemRefusal) in .text(try text(json, comparison)) }
        case .id:
            return try plain(field, comparison) { json throws(ItemRefusal) in
                guard let id = ID<Person>(try text(json, comparison)) else {
                    throw refusal(comparison, "an id of 36 characters is expected")
                }
                return .text(id.description)
            }
        case .number:
            return try plain(field, comparison) { json throws(ItemRefusal) in .number(try number(json, comparison)) }
        case .day: return try plain(field, comparison) { json throws(ItemRefusal) in .date(try day(json, comparison)) }
        case .flag:
            return try plain(field, comparison) { json throws(ItemRefusal) in
                guard let truth = Normaliser.truth(json) else { throw refusal(comparison, "true or false is expected") }
                return .boolean(truth)
            }
        }
    }

    private func kind(of field: Field) -> Kind? {
        if let derived = Self.derived[field.name] { return derived }
        guard let attribute = context.dictionary.attributes[field.subject]?[field.name] else { return nil }
        switch attribute.kind {
        case .text: return .text
        case .code, .codes: return .code(attribute.codeList)
        case .date, .partialDate: return .day
        case .integer, .decimal: return .number
        case .boolean: return .flag
        case .area: return .area
        case .texts, .json: return nil
        }
    }

    /// Attributes that follow from others or are the registry's own (Search, FieldShape).
    private static let derived: [String: Kind] = [
        "age": .number, "birth_year": .number, "yob": .number, "size": .number, "birth_date": .day,
        "status": .code(nil),
        "social_id": .text, "id": .id, "household_id": .id, "head_id": .id, "area": .area, "is_disabled": .flag,
        "registered_at": .instant, "updated_at": .instant, "observed_on": .day, "due_on": .day, "consent_on": .day,
        "role": .code("role"), "relationship": .code("relationship"), "recipient": .code("recipient"),
        "kind": .code("group_kind"), "poverty_score": .number, "latitude": .number, "longitude": .number,
    ]

    // MARK: - One value

    func text(_ json: JSON, _ comparison: Condition.Comparison) throws(ItemRefusal) -> String {
        let text = json.string ?? json.number?.text
        guard let text, !text.isEmpty, text.unicodeScalars.count <= 200, MessageReader.isPlain(text) else {
            throw refusal(comparison, "a text of 1 to 200 characters without control characters is expected")
        }
        return text
    }

    private func number(_ json: JSON, _ comparison: Condition.Comparison) throws(ItemRefusal) -> Decimal {
        guard let value = Normaliser.number(json)?.decimal, abs(value) < 1_000_000_000_000_000 else {
            throw refusal(comparison, "a number is expected")
        }
        return value
    }

    /// A day, also out of a date-time, which then means the day it is at the place of the registry.
    private func day(_ json: JSON, _ comparison: Condition.Comparison) throws(ItemRefusal) -> CalendarDate {
        if let text = json.string {
            if let day = CalendarDate(text) { return day }
            if let stamp = Timestamp(text, lenient: true) {
                return stamp.instant.map { time.day(of: $0) } ?? stamp.date
            }
        }
        throw refusal(comparison, "a day is expected, written YYYY-MM-DD or as date-time with offset")
    }

    // MARK: - Comparisons

    private func plain(
        _ field: Field, _ comparison: Condition.Comparison, _ read: (JSON) throws(ItemRefusal) -> Value
    ) throws(ItemRefusal) -> RegistryQuery {
        var values: [Value] = []
        for literal in comparison.literals { values.append(try read(literal)) }
        if comparison.relation == .oneOf { return .oneOf(field, values) }
        guard let symbol = comparison.relation.symbol, let value = values.first else {
            throw refusal(comparison, "a value is expected")
        }
        return .compare(field, symbol, value)
    }

    private func instants(_ field: Field, _ comparison: Condition.Comparison) throws(ItemRefusal) -> RegistryQuery {
        var parts: [RegistryQuery] = []
        for literal in comparison.literals { parts.append(try instant(field, comparison, literal)) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    /// A day stands for its 24 hours at the place of the registry.
    private func instant(
        _ field: Field, _ comparison: Condition.Comparison, _ literal: JSON
    ) throws(ItemRefusal) -> RegistryQuery {
        let symbol = comparison.relation.symbol ?? .eq
        if let instant = literal.string.flatMap({ Timestamp($0) })?.instant {
            return .compare(field, symbol, .instant(instant))
        }
        let day = try day(literal, comparison)
        let (start, end) = (time.start(of: day), time.start(of: day.adding(days: 1)))
        switch symbol {
        case .eq: return .and([.compare(field, .ge, .instant(start)), .compare(field, .lt, .instant(end))])
        case .ne: return .or([.compare(field, .lt, .instant(start)), .compare(field, .ge, .instant(end))])
        case .lt: return .compare(field, .lt, .instant(start))
        case .le: return .compare(field, .lt, .instant(end))
        case .gt: return .compare(field, .ge, .instant(end))
        case .ge: return .compare(field, .ge, .instant(start))
        }
    }

    private func place(_ comparison: Condition.Comparison, _ areas: AreaIndex) throws(ItemRefusal) -> RegistryQuery {
        guard comparison.relation == .equal || comparison.relation == .oneOf else {
            throw refusal(comparison, "places are asked for with eq and in only")
        }
        var ranges: [ClosedRange<Int>] = []
        for literal in comparison.literals {
            let word = try text(literal, comparison)
            if let area = areas.area(word) {
                ranges += try self.ranges(of: area, comparison, areas)
                continue
            }
            // Several areas may bear one name; without a code all of them are meant.
            let named = areas.areas(named: context.names.normaliser.normalised(word))
            guard !named.isEmpty else { throw refusal(comparison, "no area has this code or name") }
            let current = named.filter { $0.geography == areas.current }
            if current.isEmpty {
                for area in named { ranges += try self.ranges(of: area, comparison, areas) }
            } else {
                ranges += named.map(\.range)
            }
        }
        return .within(ranges)
    }

    /// Where records of an area stand: of a former division also those on areas that surely became of it.
    ///
    /// An answer cannot say what it left out, so what the crosswalk leaves open is refused.
    private func ranges(
        of area: Area, _ comparison: Condition.Comparison, _ areas: AreaIndex
    ) throws(ItemRefusal) -> [ClosedRange<Int>] {
        guard let current = areas.current, area.geography != current,
            areas.crosswalk(between: area.geography, and: current) != nil
        else { return [area.range] }
        let open = areas.leftOut(of: area, atLeast: .likely).filter { $0.geography == current }
        guard open.isEmpty else {
            let some = open.prefix(4).map(\.code).joined(separator: ", ")
            throw refusal(
                comparison,
                "what became of \(area.reference) is not known surely enough (\(open.count) areas, as \(some)); "
                    + "ask for areas of \(current)")
        }
        let ranges = areas.ranges(of: area, atLeast: .likely)
        guard ranges.count > 1 else {
            throw refusal(
                comparison,
                "nothing tells what became of \(area.reference) in \(current); ask for areas of \(current)")
        }
        return ranges
    }

    // MARK: - Codes

    private func codes(
        _ field: Field, _ list: String?, _ comparison: Condition.Comparison
    ) throws(ItemRefusal) -> RegistryQuery {
        guard let codes = list.flatMap({ context.dictionary.lists[$0] }) else {
            return try plain(field, comparison) { json throws(ItemRefusal) in .text(try text(json, comparison)) }
        }
        if comparison.relation != .equal, comparison.relation != .oneOf {
            return .oneOf(field, try ordered(field, codes, comparison).map { .text($0) })
        }
        var meant: [String] = []
        for literal in comparison.literals {
            let found = codes.meant(by: try text(literal, comparison))
            guard !found.isEmpty else { throw refusal(comparison, "this code is not in the list \(codes.name)") }
            meant += found.filter { !meant.contains($0) }
        }
        return meant.count == 1 ? .compare(field, .eq, .text(meant[0])) : .oneOf(field, meant.map { .text($0) })
    }

    /// DCI lists whose codes have an order: ISCED levels and the degrees of difficulty.
    private static let orderedAttributes: Set<String> = Set(["education"] + AttributeTable.domains.map(\.attribute))

    private func ordered(
        _ field: Field, _ list: CodeList, _ comparison: Condition.Comparison
    ) throws(ItemRefusal) -> [String] {
        guard Self.orderedAttributes.contains(field.name), let literal = comparison.literals.first else {
            throw refusal(comparison, "the codes of this attribute have no order; use eq or in")
        }
        let word = try text(literal, comparison)
        guard let found = list.meant(by: word).first, let bound = list.dci(for: found).flatMap({ Int($0) }) else {
            throw refusal(comparison, "this code is not in the list \(list.name)")
        }
        return list.codes.filter { code in
            guard let rank = code.dci.flatMap({ Int($0) }) else { return false }
            switch comparison.relation {
            case .less: return rank < bound
            case .lessOrEqual: return rank <= bound
            case .greater: return rank > bound
            case .greaterOrEqual: return rank >= bound
            case .equal, .oneOf, .present: return rank == bound
            }
        }.map(\.code)
    }
}

extension CodeList {
    /// The profile's codes that a word of a DCI message means: all that share the DCI code, since answers show that code
    /// for each of them; else the one code that is known by the word.
    func meant(by word: String) -> [String] {
        func sharing(_ dci: String) -> [String] { codes.filter { $0.dci == dci }.map(\.code) }
        let direct = sharing(word)
        if !direct.isEmpty { return direct }
        guard let code = code(for: word) else { return [] }
        // The first of several stands for all of them in DCI's terms; the others are finer than DCI can say.
        if let dci = code.dci, codes.first(where: { $0.dci == dci })?.code == code.code { return sharing(dci) }
        return [code.code]
    }
}

extension Condition.Relation {
    var symbol: Comparison? {
        switch self {
        case .equal: .eq
        case .less: .lt
        case .lessOrEqual: .le
        case .greater: .gt
        case .greaterOrEqual: .ge
        case .oneOf, .present: nil
        }
    }
}

extension Timestamp {
    /// Nil without an offset.
    var instant: Date? {
        offset.map { Date(timeIntervalSince1970: Double(date.daysSince1970 * 86_400 + second - $0)) }
    }
}
