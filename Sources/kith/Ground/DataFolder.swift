import Foundation

/// The one folder that an installation owns, and what lies where in it.
struct DataFolder: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// The private PostgreSQL.
    var cluster: String { path + "/pg" }
    var credentials: String { path + "/credentials.json" }
    var tryScript: String { path + "/try.sh" }
    var installation: String { path + "/install.json" }
    var lock: String { path + "/lock" }
    var key: String { path + "/kith.key" }
    var files: String { path + "/files" }
    /// The anchors of the audit record, kept outside the database.
    var anchors: String { path + "/audit-anchors" }
    /// What the demo was made as: its CSV files, its truth, and the quarantine of its import.
    var demo: String { path + "/demo" }

    /// Makes the folder where it is missing; only its owner can write there.
    ///
    /// The private PostgreSQL may run as another user and must be able to pass through, so others may enter but not list.
    func make() throws(RoofFault) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        } catch {
            throw .fileUnwritable(path, reason: Files.reason(error))
        }
    }
}
