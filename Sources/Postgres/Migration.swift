public import Groundwork

/// One step of the schema: a file `NNNN_name.sql`.
public struct Migration: Sendable, Hashable {
    public let version: Int
    /// The name of the file.
    public let name: String
    let text: String
}

/// A step that the database has taken.
public struct AppliedMigration: Sendable, Hashable {
    public let version: Int
    /// The name of the file.
    public let name: String
    public let duration: Duration
}

/// Why the schema cannot be brought up to date.
public enum MigrationFault: StoreFault, CustomStringConvertible, CustomDebugStringConvertible {
    /// The folder cannot be read, or holds no migrations.
    case folderUnreadable(String)
    /// A file that is not named `NNNN_name.sql`.
    case nameMalformed(String)
    /// Two files claim one version.
    case versionTwice(Int)
    /// The file differs from what was applied.
    case changed(String)
    /// The database has taken a step that this program does not know.
    case databaseNewer(version: Int)
    /// The step failed and was undone; `line` is where the server saw the mistake.
    case failed(String, line: Int?, DatabaseError)
    case store(DatabaseError)

    public init(_ error: DatabaseError) {
        self = .store(error)
    }

    public var code: String {
        switch self {
        case .folderUnreadable: "postgres.migration.folder_unreadable"
        case .nameMalformed: "postgres.migration.name_malformed"
        case .versionTwice: "postgres.migration.version_twice"
        case .changed: "postgres.migration.changed"
        case .databaseNewer: "postgres.migration.database_newer"
        case .failed: "postgres.migration.failed"
        case .store(let error): error.code
        }
    }

    public var kind: FaultKind {
        if case .store(let error) = self { DatabaseFault(error).kind } else { .defect }
    }

    public var summary: String {
        switch self {
        case .folderUnreadable(let folder): "There are no migrations to read in \(folder)."
        case .nameMalformed(let name): "\(name) is not named NNNN_name.sql."
        case .versionTwice(let version): "Two migrations have the number \(version)."
        case .changed(let name): "\(name) was changed after it was applied; write a new migration instead."
        case .databaseNewer(let version):
            "The database has migration \(version), which this program does not know; install the newer program."
        case .failed(let name, let line, let error):
            "\(name) failed\(line.map { " at line \($0)" } ?? ""): \(error.description)."
        case .store(let error): DatabaseFault(error).summary
        }
    }

    public var description: String { "\(code): \(summary)" }

    public var debugDescription: String {
        switch self {
        case .failed(_, _, let error), .store(let error): "\(description) \(error.debugDescription)"
        default: description
        }
    }
}
