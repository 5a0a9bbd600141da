import Documents
import Groundwork
import Registry
import Search

/// Reads a filter as callers write it into the registry's query tree, noting everything that does not fit.
///
/// A node is an object with one condition: `and`, `or`, `not`, `attribute`, `identifier`, `name`, `area`, `area_set`,
/// `programme`, `member` (of households) or `household` (of people).
struct FilterReader {
    let checker: QueryChecker
    let areas: AreaIndex
    /// The areas named so far, and what a crosswalk may add to them.
    var asked: AreaAsked
    private(set) var findings: [Finding] = []
    private var nodes = 0

    /// How deep filters may nest, and how many conditions they may hold.
    static let depth: Int = 12
    static let conditions: Int = 100

    init(context: RegistryContext) {
        (checker, areas) = (QueryChecker(context: context), context.areas.index)
        asked = AreaAsked(index: areas)
    }

    private mutating func refuse(_ path: FieldPath, _ code: String, _ summary: String) -> RegistryQuery? {
        findings.append(Finding(path, code: code, summary))
        return nil
    }

    mutating func read(_ json: JSON, of subject: SubjectKind, at path: FieldPath, depth: Int = 0) -> RegistryQuery? {
        nodes += 1
        guard depth <= Self.depth, nodes <= Self.conditions else {
            return nodes == Self.conditions + 1 || depth == Self.depth + 1
                ? refuse(
                    path, "filter.too_large",
                    "A filter nests at most \(Self.depth) deep and holds at most \(Self.conditions) conditions.")
                : nil
        }
        guard let object = json.object else { return refuse(path, "type.object", "A condition is an object.") }
        var fields = Fields(object, at: path)
        let query = node(&fields, subject, depth)
        fields.finish()
        findings += fields.findings
        return query
    }

    private mutating func node(_ fields: inout Fields, _ subject: SubjectKind, _ depth: Int) -> RegistryQuery? {
        let path = fields.path
        if let parts = fields.array("and", atMost: Self.conditions) {
            return all(parts, subject, path.appending("and"), depth).map { .and($0) }
        }
        if let parts = fields.array("or", atMost: Self.conditions) {
            return all(parts, subject, path.appending("or"), depth).map { .or($0) }
        }
        if let inner = fields.present("not", needed: false) {
            return read(inner, of: subject, at: path.appending("not"), depth: depth + 1).map { .not($0) }
        }
        if fields.has("attribute") { return attribute(&fields, subject) }
        if fields.has("identifier") { return identifier(&fields, subject) }
        if let name = fields.text("name") { return named(name, subject) }
        if fields.has("area") { return area(&fields) }
        if let code = fields.text("area_set", atMost: 80) { return set(code, at: path.appending("area_set")) }
        if let programme = fields.text("programme", atMost: 60) {
            return .participates(programme: programme, status: fields.text("status", atMost: 40))
        }
        let other = subject == .person ? "household" : "member"
        if let inner = fields.present(other, needed: false) {
            let kind: SubjectKind = subject == .person ? .household : .person
            return read(inner, of: kind, at: path.appending(other), depth: depth + 1).map {
                subject == .person ? .household($0) : .member($0)
            }
        }
        if fields.findings.isEmpty, fields.object.isEmpty {
            return refuse(path, "filter.empty", "A condition names what it asks for, e.g. attribute, op and value.")
        }
        return nil
    }

    private mutating func all(
        _ parts: [JSON], _ subject: SubjectKind, _ path: FieldPath, _ depth: Int
    ) -> [RegistryQuery]? {
        guard !parts.isEmpty else {
            findings.append(Finding(path, code: "list.empty", "At least one condition is needed."))
            return nil
        }
        var queries: [RegistryQuery] = []
        for (index, part) in parts.enumerated() {
            if let query = read(part, of: subject, at: path.appending(index), depth: depth + 1) {
                queries.append(query)
            }
        }
        return queries.count == parts.count ? queries : nil
    }

    private mutating func attribute(_ fields: inout Fields, _ subject: SubjectKind) -> RegistryQuery? {
        let path = fields.path
        let name = fields.text("attribute", needed: true, atMost: 80)
        let asked = fields.choice("op", QueryChecker.Operator.self)
        let isOddOperator = fields.has("op") && asked == nil
        guard let literal = fields.member("value") else {
            return refuse(
                path.appending("value"), "member.missing",
                "Give the value to compare with; null asks for what is missing.")
        }
        guard let name, !isOddOperator else { return nil }
        let known = findings.count
        let query = checker.condition(
            name, asked ?? (literal.array == nil ? .eq : .isIn), literal, of: subject, at: path.appending("value"),
            findings: &findings)
        // An unknown name is a matter of the name, not of the value.
        for place in findings.indices.dropFirst(known) where findings[place].code == "attribute.unknown" {
            findings[place].path = path.appending("attribute")
        }
        return query
    }

    private mutating func identifier(_ fields: inout Fields, _ subject: SubjectKind) -> RegistryQuery? {
        let place = fields.path.appending("identifier")
        var found: RegistryQuery?
        var noted: [Finding] = []
        let checker = checker
        _ = fields.nested("identifier") { (inner: inout Fields) -> Bool? in
            let type = inner.text("type", atMost: 40)
            guard let value = inner.text("value", needed: true, atMost: 64) else { return nil }
            if let type {
                found = checker.identifier(type: type, value: value, of: subject, at: place, findings: &noted)
            } else {
                found = checker.condition(
                    "identifiers", .eq, .string(value), of: subject, at: place.appending("value"), findings: &noted)
            }
            return true
        }
        findings += noted
        return found
    }

    /// A condition on an attribute, its findings at the place given.
    mutating func condition(
        _ name: String, _ asked: QueryChecker.Operator, _ literal: JSON, of subject: SubjectKind, at path: FieldPath
    ) -> RegistryQuery? {
        let known = findings.count
        let query = checker.condition(name, asked, literal, of: subject, at: path, findings: &findings)
        moveFindings(after: known, to: path)
        return query
    }

    mutating func note(_ path: FieldPath, _ code: String, _ summary: String) -> RegistryQuery? {
        refuse(path, code, summary)
    }

    /// Puts later findings to one place: a parameter has no inside.
    mutating func moveFindings(after count: Int, to path: FieldPath) {
        for place in findings.indices.dropFirst(count) { findings[place].path = path }
    }

    func named(_ name: String, _ subject: SubjectKind) -> RegistryQuery {
        subject == .person ? .name(name) : .member(.name(name))
    }

    private mutating func area(_ fields: inout Fields) -> RegistryQuery? {
        let place = fields.path.appending("area")
        guard let value = fields.present("area", needed: false) else { return nil }
        let items = value.array ?? [value]
        guard !items.isEmpty, items.count <= 200 else {
            return refuse(place, "list.length", "1 to 200 areas are accepted.")
        }
        var ranges: [ClosedRange<Int>] = []
        var known = 0
        for (index, item) in items.enumerated() {
            let path = value.array == nil ? place : place.appending(index)
            guard let reference = item.string else {
                findings.append(Finding(path, code: "type.area", "An area code as text is expected."))
                continue
            }
            guard let found = self.ranges(reference, at: path) else { continue }
            ranges += found
            known += 1
        }
        return known == items.count ? asked.query(ranges) : nil
    }

    /// The numbers on which records of the area stand, in whichever division; nil, with a finding, for an unknown area.
    mutating func ranges(_ reference: String, at path: FieldPath) -> [ClosedRange<Int>]? {
        if let area = areas.area(reference) { return asked.ranges(of: area) }
        findings.append(
            Finding(path, code: "area.unknown", "No area has this code; look it up under /api/v1/areas."))
        return nil
    }

    mutating func set(_ code: String, at path: FieldPath) -> RegistryQuery? {
        if let ranges = areas.sets[code] { return .within(ranges) }
        return refuse(path, "area_set.unknown", "No area set has this code; see /api/v1/area-sets.")
    }
}
