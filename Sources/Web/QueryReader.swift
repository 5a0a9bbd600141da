public import Groundwork

/// Reads the query of a request into values, and collects everything that is wrong with it.
///
/// Read each parameter once, then call `finish`, which also names the parameters that nobody read.
/// Findings point to `/query/<name>`.
public struct QueryReader: Sendable {
    private let query: Query
    private var known: Set<String> = []
    /// What is wrong so far.
    public private(set) var findings: [Finding] = []

    /// Reads the query of this request.
    public init(_ request: Request) {
        query = request.query
    }

    /// Text of at most `longest` UTF-8 bytes; nil when absent or empty.
    public mutating func text(_ name: String, longest: Int = 200) -> String? {
        guard let value = value(name) else { return nil }
        guard value.utf8.count <= longest else {
            refuse(name, "query.too_long", "Give at most \(longest) bytes.")
            return nil
        }
        return value
    }

    /// Every text given under this name, each of at most `longest` UTF-8 bytes.
    public mutating func texts(_ name: String, longest: Int = 200) -> [String] {
        known.insert(name)
        let values = query.all(name).filter { !$0.isEmpty }
        guard values.allSatisfy({ $0.utf8.count <= longest }) else {
            refuse(name, "query.too_long", "Give at most \(longest) bytes each.")
            return []
        }
        return values
    }

    /// A whole number within `range`; nil when absent.
    public mutating func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = Int(value), range.contains(number) else {
            refuse(name, "query.number", "Give a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    /// A whole number within `range`, or the given one when absent.
    public mutating func int(_ name: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        int(name, in: range) ?? fallback
    }

    /// `true` or `false`; the given one when absent.
    public mutating func flag(_ name: String, default fallback: Bool = false) -> Bool {
        switch value(name) {
        case nil: return fallback
        case "true"?: return true
        case "false"?: return false
        default:
            refuse(name, "query.flag", "Give true or false.")
            return fallback
        }
    }

    /// One of the raw values of a closed enumeration; nil when absent.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) -> Choice? {
        guard let value = value(name) else { return nil }
        if let choice = Choice(rawValue: value) { return choice }
        refuse(name, "query.choice", "Give one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }

    /// A day as `YYYY-MM-DD`; nil when absent.
    public mutating func date(_ name: String) -> CalendarDate? {
        guard let value = value(name) else { return nil }
        if let date = CalendarDate(value) { return date }
        refuse(name, "query.date", "Give a day that exists, as YYYY-MM-DD.")
        return nil
    }

    /// An identity; nil when absent.
    public mutating func id<Subject>(_ name: String, of subject: Subject.Type = Subject.self) -> ID<Subject>? {
        guard let value = value(name) else { return nil }
        if let id = ID<Subject>(value) { return id }
        refuse(name, "query.id", "Give a UUID of 36 characters.")
        return nil
    }

    /// Adds a finding of the caller's own about a parameter.
    public mutating func refuse(_ name: String, _ code: String, _ summary: String) {
        findings.append(Finding(FieldPath(["query", name]), code: code, summary))
    }

    /// - Throws: every finding at once, among them one for each parameter that nobody read.
    public mutating func finish() throws(InvalidInput) {
        for name in query.unknown(besides: known) {
            refuse(name, "query.unknown", "This parameter is not known here; remove it.")
        }
        guard findings.isEmpty else { throw InvalidInput(findings, code: "query.invalid") }
    }

    private mutating func value(_ name: String) -> String? {
        known.insert(name)
        let values = query.all(name)
        if values.count > 1 { refuse(name, "query.repeated", "Give this parameter once.") }
        return values.first.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Request {
    /// The identity at `{name}` in the path.
    ///
    /// - Throws: a finding at `/path/<name>` when it is not a UUID.
    public func id<Subject>(_ name: String, of subject: Subject.Type = Subject.self) throws(InvalidInput) -> ID<Subject>
    {
        if let id = ID<Subject>(parameter(name)) { return id }
        throw InvalidInput(
            [Finding(FieldPath(["path", name]), code: "path.id", "Give a UUID of 36 characters.")], code: "path.invalid"
        )
    }
}
