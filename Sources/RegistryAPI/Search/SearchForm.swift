import Documents
import Groundwork
import Registry
import Search
import Web

/// What a search asks for, read from a query string or a JSON body.
struct SearchForm {
    var subject: SubjectKind
    var filter: RegistryQuery
    var sort: [Sort]
    /// Records on the page; 0 asks for the count alone.
    var limit: Int
    var after: String?
    var counts: Bool
    var withMembers: Bool
    /// How sure a crosswalk must be; nil when the caller did not say.
    var confidence: CrosswalkConfidence?
    /// The division in which areas are told too.
    var division: DivisionView?
    /// The areas asked for, where a crosswalk has a say.
    var asked: AreaAsked

    static let largestPage: Int = 200
    static let standardPage: Int = 50

    // MARK: From a query string

    /// Parameters with a meaning of their own; all others are attributes.
    private static let own: Set<String> = [
        "identifier", "name", "area", "area_set", "programme", "programme_status", "sort", "limit", "after", "count",
        "members", "division", "confidence",
    ]

    /// - Parameter besides: parameters that the caller reads itself.
    init(
        _ request: Request, of subject: SubjectKind, context: RegistryContext, besides: Set<String> = []
    ) throws(InvalidInput) {
        var query = QueryReader(request)
        for name in besides { _ = query.texts(name) }
        var reader = FilterReader(context: context)
        confidence = query.leastConfidence()
        reader.asked.confidence = confidence
        division = reader.areas.division(&query, least: confidence ?? .possible)
        var parts: [RegistryQuery] = []
        if let text = query.text("identifier") {
            parts += Self.identifier(text, subject, &reader).map { [$0] } ?? []
        }
        if let name = query.text("name") { parts.append(reader.named(name, subject)) }
        let areas = query.texts("area")
        let ranges = areas.flatMap { reader.ranges($0, at: Self.place("area")) ?? [] }
        if !areas.isEmpty { parts.append(reader.asked.query(ranges)) }
        if let set = query.text("area_set"), let within = reader.set(set, at: Self.place("area_set")) {
            parts.append(within)
        }
        let status = query.text("programme_status", longest: 40)
        if let programme = query.text("programme", longest: 60) {
            parts.append(.participates(programme: programme, status: status))
        } else if status != nil {
            query.refuse("programme", "query.missing", "Name the programme whose status is asked for.")
        }
        sort = Self.sort(query.text("sort"), subject, reader.checker, &query)
        limit = query.int("limit", in: 0...Self.largestPage) ?? Self.standardPage
        after = query.text("after", longest: 1000)
        counts = query.flag("count")
        withMembers = query.flag("members")
        if withMembers, subject == .person {
            query.refuse("members", "query.unknown", "People have no members; ask for households.")
        }
        for name in request.query.unknown(besides: Self.own.union(besides)) {
            let values = query.texts(name)
            parts += reader.attribute(name, values, of: subject).map { [$0] } ?? []
        }
        for finding in reader.findings { query.refuse(finding.path.steps.last ?? "", finding.code, finding.summary) }
        try query.finish()
        self.subject = subject
        asked = reader.asked
        filter = parts.count == 1 ? parts[0] : parts.isEmpty ? .everything : .and(parts)
    }

    static func place(_ name: String) -> FieldPath { FieldPath(["query", name]) }

    /// `TYPE:value`, or a value of any type.
    private static func identifier(
        _ text: String, _ subject: SubjectKind, _ reader: inout FilterReader
    ) -> RegistryQuery? {
        let halves = text.split(separator: ":", maxSplits: 1).map(String.init)
        let json: JSON =
            halves.count == 2
            ? ["identifier": ["type": .string(halves[0]), "value": .string(halves[1])]]
            : ["identifier": ["value": .string(text)]]
        let known = reader.findings.count
        let query = reader.read(json, of: subject, at: place("identifier"))
        reader.moveFindings(after: known, to: place("identifier"))
        return query
    }

    /// `family_name,-birth_date`: a minus asks for the descending order.
    private static func sort(
        _ text: String?, _ subject: SubjectKind, _ checker: QueryChecker, _ query: inout QueryReader
    ) -> [Sort] {
        var findings: [Finding] = []
        let sorts = (text ?? "").split(separator: ",").compactMap { part -> Sort? in
            let isDescending = part.hasPrefix("-")
            return checker.sort(
                String(isDescending ? part.dropFirst() : part), isDescending ? .descending : .ascending, of: subject,
                at: place("sort"), findings: &findings)
        }
        for finding in findings { query.refuse("sort", finding.code, finding.summary) }
        return sorts
    }

    // MARK: From a body

    init(_ fields: inout Fields, context: RegistryContext) {
        let kind = fields.choice("subject", SearchedKind.self, needed: true)
        subject = kind == .households ? .household : .person
        var reader = FilterReader(context: context)
        filter = .everything
        confidence = fields.choice("confidence", LeastConfidence.self)?.confidence
        reader.asked.confidence = confidence
        division = Self.division(&fields, confidence ?? .possible, reader.areas)
        if let json = fields.present("filter", needed: false) {
            filter = reader.read(json, of: subject, at: fields.path.appending("filter")) ?? .nothing
        }
        asked = reader.asked
        let (checker, subject) = (reader.checker, subject)
        var noted: [Finding] = []
        let sorts = fields.list("sort", atMost: RegistryQuery.Limits.sorts) { item -> Sort? in
            let name = item.text("attribute", needed: true, atMost: 80)
            let order = item.choice("order", SortWord.self) ?? .ascending
            guard let name else { return nil }
            return checker.sort(
                name, order == .ascending ? .ascending : .descending, of: subject,
                at: item.path.appending("attribute"), findings: &noted)
        }
        fields.add(reader.findings + noted)
        sort = sorts ?? []
        limit = fields.int("limit", in: 0...Self.largestPage) ?? Self.standardPage
        after = fields.text("after", atMost: 1000)
        counts = fields.bool("count") ?? false
        withMembers = fields.bool("members") ?? false
        if withMembers, subject == .person {
            fields.note("members", "member.not_here", "People have no members; ask for households.")
        }
    }

    private static func division(
        _ fields: inout Fields, _ least: CrosswalkConfidence, _ index: AreaIndex
    ) -> DivisionView? {
        guard let code = fields.text("division", atMost: 40) else { return nil }
        guard index.geographies.contains(code) else {
            fields.note("division", "geography.unknown", "No division has this code.")
            return nil
        }
        return DivisionView(index: index, geography: code, least: least)
    }

    private enum SearchedKind: String, CaseIterable { case people, households }
    private enum SortWord: String, CaseIterable { case ascending, descending }

    func request(today: CalendarDate) -> RegistryRequest {
        RegistryRequest(
            subject: subject, filter: filter, sort: sort, page: .after(cursor: after, limit: max(1, limit)),
            wantsTotal: counts, withMembers: withMembers, today: today)
    }
}

extension FilterReader {
    /// A parameter that names an attribute, `age.ge=60` or `sex=F`; several values mean one of them.
    mutating func attribute(_ name: String, _ values: [String], of subject: SubjectKind) -> RegistryQuery? {
        let halves = name.split(separator: ".").map(String.init)
        let asked = halves.count > 1 ? halves.last.flatMap(QueryChecker.Operator.init(rawValue:)) : nil
        let isMissing = halves.count > 1 && halves.last == "missing"
        let base = asked != nil || isMissing ? halves.dropLast().joined(separator: ".") : name
        let literal: JSON =
            isMissing ? .null : values.count == 1 ? .string(values[0]) : .array(values.map { .string($0) })
        let place = SearchForm.place(name)
        guard !values.isEmpty else { return note(place, "query.empty", "Give a value, or leave the parameter out.") }
        guard isMissing, values != ["true"] else {
            return condition(base, asked ?? (values.count == 1 ? .eq : .isIn), literal, of: subject, at: place)
        }
        guard values == ["false"] else { return note(place, "query.flag", "Give true or false.") }
        return condition(base, .ne, .null, of: subject, at: place)
    }
}
