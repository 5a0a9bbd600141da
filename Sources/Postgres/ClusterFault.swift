public import Groundwork

/// Why the private PostgreSQL server cannot be used.
public enum ClusterFault: StoreFault, CustomStringConvertible {
    /// The programs of PostgreSQL are not on this machine.
    case notInstalled
    /// The path of the socket would be longer than the 107 bytes that the kernel allows.
    case socketPathTooLong(String)
    /// A folder cannot be made or belongs to somebody else.
    case folderUnusable(String)
    /// `initdb` failed; its output is in the file.
    case initialisationFailed(log: String)
    /// The server did not start; its output is in the file.
    case startFailed(log: String)
    /// The server did not stop.
    case stopFailed(log: String)
    case store(DatabaseError)

    public init(_ error: DatabaseError) {
        self = .store(error)
    }

    public var code: String {
        switch self {
        case .notInstalled: "postgres.cluster.not_installed"
        case .socketPathTooLong: "postgres.cluster.socket_path_too_long"
        case .folderUnusable: "postgres.cluster.folder_unusable"
        case .initialisationFailed: "postgres.cluster.initialisation_failed"
        case .startFailed: "postgres.cluster.start_failed"
        case .stopFailed: "postgres.cluster.stop_failed"
        case .store(let error): error.code
        }
    }

    public var kind: FaultKind {
        if case .store(let error) = self { DatabaseFault(error).kind } else { .unavailable(retryAfter: 5) }
    }

    public var summary: String {
        switch self {
        case .notInstalled: "PostgreSQL is not installed; run: sudo apt-get install -y postgresql-15"
        case .socketPathTooLong(let path): "The socket path \(path) is longer than 107 bytes; choose a shorter folder."
        case .folderUnusable(let path): "The folder \(path) cannot be made or belongs to another user."
        case .initialisationFailed(let log): "The database could not be set up; see \(log)."
        case .startFailed(let log): "The database server did not start; see \(log)."
        case .stopFailed(let log): "The database server did not stop; see \(log)."
        case .store(let error): DatabaseFault(error).summary
        }
    }

    public var description: String { "\(code): \(summary)" }
}
