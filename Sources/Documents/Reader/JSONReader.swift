public import Groundwork

/// Reads a JSON value member by member and collects everything that is wrong with it.
///
/// A reader never throws at the first trouble: whoever corrects a document wants to know all of it. Read what there is, then
/// ask for `findings`, or let `check()` throw them.
public struct JSONReader: Sendable {
    /// The value that is read.
    public let json: JSON
    /// Where the value stands in its document.
    public let path: FieldPath
    /// Everything that was found wrong so far, in the order of reading.
    public private(set) var findings: [Finding] = []

    /// - Parameter path: where the value stands, to begin the paths of findings with.
    public init(_ json: JSON, at path: FieldPath = .root) {
        (self.json, self.path) = (json, path)
    }

    /// A member that must be there and must not be null; nil leaves a finding.
    public mutating func required<T: JSONReadable>(_ key: String, as type: T.Type = T.self) -> T? {
        guard let value = member(key, isRequired: true) else { return nil }
        return read(value, key, T.expectation) { T(json: $0) }
    }

    /// A member that may be missing or null; of another kind it leaves a finding.
    public mutating func optional<T: JSONReadable>(_ key: String, as type: T.Type = T.self) -> T? {
        guard let value = member(key, isRequired: false) else { return nil }
        return read(value, key, T.expectation) { T(json: $0) }
    }

    /// A code that must be there and be one of the type's.
    public mutating func required<T: RawRepresentable & CaseIterable>(_ key: String, as type: T.Type = T.self) -> T?
    where T.RawValue == String {
        guard let value = member(key, isRequired: true) else { return nil }
        return read(value, key, Self.choice(T.self)) { $0.string.flatMap { T(rawValue: $0) } }
    }

    /// A code that may be missing or null; else it must be one of the type's.
    public mutating func optional<T: RawRepresentable & CaseIterable>(_ key: String, as type: T.Type = T.self) -> T?
    where T.RawValue == String {
        guard let value = member(key, isRequired: false) else { return nil }
        return read(value, key, Self.choice(T.self)) { $0.string.flatMap { T(rawValue: $0) } }
    }

    /// The value itself, without a step into it.
    public mutating func value<T: JSONReadable>(as type: T.Type = T.self) -> T? {
        if let value = T(json: json) { return value }
        report(nil, code: "input.type", "must be \(T.expectation).")
        return nil
    }

    /// Walks into an object; nil, with a finding where `isRequired`, when it is not there.
    public mutating func object<Result, E: Error>(
        _ key: String, isRequired: Bool = true, _ body: (inout JSONReader) throws(E) -> Result
    ) throws(E) -> Result? {
        guard let value = member(key, isRequired: isRequired) else { return nil }
        guard case .object = value else {
            report(key, code: "input.type", "must be an object.")
            return nil
        }
        return try walk(value, path.appending(key), body)
    }

    /// Walks through the items of an array; those for which the body gives nil are left out.
    public mutating func array<Result, E: Error>(
        _ key: String, isRequired: Bool = true, _ body: (inout JSONReader) throws(E) -> Result?
    ) throws(E) -> [Result] {
        guard let value = member(key, isRequired: isRequired) else { return [] }
        guard case .array(let items) = value else {
            report(key, code: "input.type", "must be a list.")
            return []
        }
        return try walkItems(items, path.appending(key), body)
    }

    /// Walks through the items when the value itself is an array.
    public mutating func array<Result, E: Error>(
        _ body: (inout JSONReader) throws(E) -> Result?
    ) throws(E) -> [Result] {
        guard case .array(let items) = json else {
            report(nil, code: "input.type", "must be a list.")
            return []
        }
        return try walkItems(items, path, body)
    }

    /// Reports every member that is not among the allowed ones.
    public mutating func unknown(allowed: Set<String>, severity: Finding.Severity = .blocking) {
        guard case .object(let members) = json else { return }
        for (key, _) in members where !allowed.contains(key) {
            report(key, code: "input.unknown", severity: severity, "is not a member that this document knows.")
        }
    }

    /// Adds a finding of the caller's own, about a member or, with nil, about the value itself.
    public mutating func report(
        _ key: String?, code: String, severity: Finding.Severity = .blocking, _ summary: String
    ) {
        let place = key.map { path.appending($0) } ?? path
        findings.append(Finding(place, code: code, severity: severity, summary))
    }

    /// Adds findings that somebody else made.
    public mutating func report(_ others: [Finding]) {
        findings += others
    }

    /// Throws the findings if one of them is blocking.
    public func check() throws(InvalidInput) {
        if findings.contains(where: { $0.severity == .blocking }) { throw InvalidInput(findings) }
    }

    private mutating func member(_ key: String, isRequired: Bool) -> JSON? {
        guard case .object(let members) = json else {
            // One finding about the whole is enough, however many members are asked for.
            let finding = Finding(path, code: "input.type", "must be an object.")
            if !findings.contains(finding) { findings.append(finding) }
            return nil
        }
        if let value = members[key], !value.isNull { return value }
        if isRequired { report(key, code: "input.missing", "is required.") }
        return nil
    }

    private mutating func read<T>(
        _ value: JSON, _ key: String, _ expectation: @autoclosure () -> String, _ body: (JSON) -> T?
    ) -> T? {
        if let result = body(value) { return result }
        report(key, code: "input.type", "must be \(expectation()).")
        return nil
    }

    private mutating func walk<Result, E: Error>(
        _ value: JSON, _ place: FieldPath, _ body: (inout JSONReader) throws(E) -> Result
    ) throws(E) -> Result {
        var inner = JSONReader(value, at: place)
        defer { findings += inner.findings }
        return try body(&inner)
    }

    private mutating func walkItems<Result, E: Error>(
        _ items: [JSON], _ place: FieldPath, _ body: (inout JSONReader) throws(E) -> Result?
    ) throws(E) -> [Result] {
        var results: [Result] = []
        for (index, item) in items.enumerated() {
            if let result = try walk(item, place.appending(index), body) { results.append(result) }
        }
        return results
    }

    private static func choice<T: RawRepresentable & CaseIterable>(_ type: T.Type) -> String
    where T.RawValue == String {
        "one of " + T.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
