public import Groundwork

/// What the database refused or failed to do, told without data.
///
/// `description` shows only classes, codes and names of tables and constraints. The server's own sentence may quote a
/// value, so it stands in `debugDescription` alone, which belongs in a defect log.
public struct DatabaseError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// The way in which it failed.
    public enum Kind: Sendable, Hashable {
        /// A rule of the schema said no; `name` is the constraint, or `table.column` for NOT NULL.
        case constraint(name: String, kind: ConstraintKind)
        /// Another transaction changed what this one read; the whole transaction may be run again.
        case serialization
        /// Two transactions waited for each other; the whole transaction may be run again.
        case deadlock
        /// The task was cancelled.
        case cancelled
        /// The statement or a lock took longer than allowed.
        case timeout
        /// The server could not be reached, or the connection broke.
        case connection
        /// No connection of the pool came free in time.
        case exhausted
        /// A result could not be read as the type asked for.
        case decode
        /// The program used this library wrongly, e.g. a COPY row with a field missing.
        case misuse
        /// Any other answer of the server, by its five-character code.
        case server(sqlState: String)
    }

    /// The kind of rule that a constraint states.
    public enum ConstraintKind: String, Sendable, Hashable {
        case unique, foreignKey, check, notNull, exclusion
    }

    public let kind: Kind
    /// The five-character SQLSTATE; nil when the error arose on this side.
    public let sqlState: String?
    public let schema: String?
    public let table: String?
    public let column: String?
    /// Where in the statement the server saw the mistake, counted in characters from 1.
    public let position: Int?
    let message: Sensitive<String>
    /// Whether the session ended with this error.
    let isFatal: Bool
    /// A plan prepared before the schema changed, or one that the server no longer knows: the statement is sound and
    /// works once prepared anew.
    let isStalePlan: Bool

    init(
        _ kind: Kind, sqlState: String? = nil, schema: String? = nil, table: String? = nil, column: String? = nil,
        position: Int? = nil, message: String, isFatal: Bool = false, isStalePlan: Bool = false
    ) {
        (self.kind, self.sqlState, self.schema) = (kind, sqlState, schema)
        (self.table, self.column, self.position) = (table, column, position)
        (self.message, self.isFatal, self.isStalePlan) = (Sensitive(message), isFatal, isStalePlan)
    }

    /// The constraint that was violated, if that is what happened.
    public var constraint: String? {
        if case .constraint(let name, _) = kind { name } else { nil }
    }

    /// Whether running the whole transaction again may succeed.
    public var isRetriable: Bool {
        switch kind {
        case .serialization, .deadlock: true
        default: isStalePlan
        }
    }

    /// Stable and greppable, e.g. `postgres.constraint.unique`.
    public var code: String {
        switch kind {
        case .constraint(_, let kind): "postgres.constraint.\(kind.rawValue)"
        case .serialization: "postgres.serialization"
        case .deadlock: "postgres.deadlock"
        case .cancelled: "postgres.cancelled"
        case .timeout: "postgres.timeout"
        case .connection: "postgres.connection"
        case .exhausted: "postgres.exhausted"
        case .decode: "postgres.decode"
        case .misuse: "postgres.misuse"
        case .server(let state): "postgres.server.\(state)"
        }
    }

    var summary: String {
        switch kind {
        case .constraint: "The change breaks a rule of the registry's store."
        case .serialization, .deadlock: "Somebody else changed the same data at the same time; try again."
        case .cancelled: "The work was cancelled."
        case .timeout: "The store took too long to answer."
        case .connection: "The store cannot be reached."
        case .exhausted: "The store is busy; try again shortly."
        case .decode, .misuse, .server: "The store could not do what was asked."
        }
    }

    public var description: String {
        var text = code
        if let constraint { text += " constraint=\(constraint)" }
        if let table { text += " table=\(schema.map { "\($0)." } ?? "")\(table)" }
        if let column { text += " column=\(column)" }
        if let position { text += " position=\(position)" }
        return text
    }

    public var debugDescription: String {
        "\(description): \(message.reveal())"
    }

    /// The same error, after which nobody knows what the server will send next: the session is given up.
    func endingSession() -> DatabaseError {
        DatabaseError(
            kind, sqlState: sqlState, schema: schema, table: table, column: column, position: position,
            message: message.reveal(), isFatal: true, isStalePlan: isStalePlan)
    }

    static func misuse(_ message: String) -> DatabaseError {
        DatabaseError(.misuse, message: message)
    }

    static let cancelled: DatabaseError = DatabaseError(.cancelled, message: "the task was cancelled")
}

/// A `DatabaseError` in the form that doors translate, for where no room has given it a meaning of its own.
public struct DatabaseFault: StoreFault {
    public let error: DatabaseError

    public init(_ error: DatabaseError) {
        self.error = error
    }

    public var code: String { error.code }
    public var summary: String { error.summary }

    public var kind: FaultKind {
        switch error.kind {
        case .constraint, .serialization, .deadlock: .conflict
        case .cancelled, .timeout, .connection, .exhausted: .unavailable(retryAfter: 1)
        case .decode, .misuse: .defect
        // Class 53: the server ran out of disk, memory or connections.
        case .server(let state): state.hasPrefix("53") ? .unavailable(retryAfter: 1) : .defect
        }
    }
}

/// A target's own fault that can carry what the database said; usually one case and a look at constraint names.
public protocol StoreFault: Fault {
    init(_ error: DatabaseError)
}

extension DatabaseError {
    /// Whether the same work may succeed later without any change: the store is busy, away, or others were in the way.
    public var isTransient: Bool {
        switch kind {
        case .serialization, .deadlock, .timeout, .connection, .exhausted: true
        default: isRetriable
        }
    }
}
