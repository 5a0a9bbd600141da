import Groundwork

/// Every way in which the program itself refuses; what rooms and doors refuse keeps its own fault.
enum RoofFault: Fault {
    /// The command line is wrong; the sentence says how.
    case usage(String)
    case fileUnreadable(String, reason: String)
    case fileUnwritable(String, reason: String)
    case notProfileFolder(String)
    /// Another process works in the data folder; `holder` is what it wrote of itself.
    case dataInUse(String, holder: String)
    case keyMissing(String)
    case keyWrong(String)
    case notMigrated(pending: Int)
    case profileNotInstalled(String)
    case noDatabase(String)
    case actorNotFound(String)
    case found(String, [Finding])
    case missing(String)

    var code: String {
        switch self {
        case .usage: "kith.usage"
        case .fileUnreadable: "kith.file.unreadable"
        case .fileUnwritable: "kith.file.unwritable"
        case .notProfileFolder: "kith.profile.not_a_folder"
        case .dataInUse: "kith.data.in_use"
        case .keyMissing: "kith.key.missing"
        case .keyWrong: "kith.key.wrong"
        case .notMigrated: "kith.database.not_migrated"
        case .profileNotInstalled: "kith.profile.not_installed"
        case .noDatabase: "kith.database.none"
        case .actorNotFound: "kith.actor.not_found"
        case .found: "kith.findings"
        case .missing: "kith.not_found"
        }
    }

    var kind: FaultKind {
        switch self {
        case .usage, .notProfileFolder: .invalid([])
        case .found(_, let findings): .invalid(findings)
        case .fileUnreadable, .fileUnwritable, .keyMissing, .keyWrong: .defect
        case .dataInUse, .notMigrated, .profileNotInstalled: .conflict
        case .noDatabase: .unavailable(retryAfter: 5)
        case .actorNotFound, .missing: .missing
        }
    }

    var summary: String {
        switch self {
        case .usage(let sentence): sentence
        case .fileUnreadable(let path, let reason): "\(path) cannot be read: \(reason)."
        case .fileUnwritable(let path, let reason): "\(path) cannot be written: \(reason)."
        case .notProfileFolder(let path): "\(path) holds no profile.json; name the folder of one country."
        case .dataInUse(let folder, let holder):
            "\(holder) is at work in \(folder); stop it, or give another folder with --data."
        case .keyMissing(let path):
            "The key file \(path) is missing, but the database holds sealed values. Put the key file back from your backup; "
                + "without it names of identifiers and phones cannot be read again."
        case .keyWrong(let path):
            "The key file \(path) is not the one this database was sealed with. Put the right key file back, or name it with "
                + "--key-file or KITH_KEY_FILE; nothing was changed."
        case .notMigrated(let pending):
            "The database lacks \(Grouped.count(pending, "migration")); run kith migrate first."
        case .profileNotInstalled(let name): "The profile \(name) is not installed; run kith profile install first."
        case .noDatabase(let folder):
            "There is no database: \(folder) holds none yet and KITH_DATABASE_URL is not set; run kith up or kith migrate first."
        case .actorNotFound(let name): "No actor is called \(name)."
        case .found(let sentence, _): sentence
        case .missing(let sentence): sentence
        }
    }

    /// How the program ends with it.
    var exit: ExitCode {
        switch self {
        case .usage: .usage
        case .fileUnreadable, .fileUnwritable, .notProfileFolder, .keyMissing, .keyWrong: .file
        case .dataInUse: .tryAgain
        case .noDatabase: .unavailable
        case .notMigrated, .profileNotInstalled, .actorNotFound, .found, .missing: .refused
        }
    }
}
