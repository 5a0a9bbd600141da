import Foundation

/// The programs of PostgreSQL, as Debian installs them.
struct ServerPrograms {
    private let folder: String

    /// Those of the version that made the data folder; for a new one, the newest.
    static func find(for dataFolder: String) -> ServerPrograms? {
        let root = "/usr/lib/postgresql"
        let installed = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        let made = try? String(contentsOfFile: "\(dataFolder)/PG_VERSION", encoding: .utf8)
        let wanted = made.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? installed.max()
        guard let wanted else { return nil }
        let programs = ServerPrograms(folder: "\(root)/\(wanted)/bin")
        return FileManager.default.isExecutableFile(atPath: programs.path("pg_ctl")) ? programs : nil
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }
}

/// The user as whom the server runs: PostgreSQL refuses root.
struct ServerOwner {
    /// Nil: whoever runs this program.
    private let other: (uid: uid_t, gid: gid_t)?

    static func current() throws(ClusterFault) -> ServerOwner {
        guard geteuid() == 0 else { return ServerOwner(other: nil) }
        guard let entry = getpwnam("postgres") else { throw .notInstalled }
        return ServerOwner(other: (entry.pointee.pw_uid, entry.pointee.pw_gid))
    }

    func command(_ arguments: [String]) -> [String] {
        other == nil ? arguments : ["/usr/sbin/runuser", "-u", "postgres", "--"] + arguments
    }

    func own(_ path: String) {
        if let other { _ = chown(path, other.uid, other.gid) }
    }

    /// Makes a folder for the server, or checks that an existing one is the server's own.
    func prepare(_ folder: String, mode: mode_t) throws(ClusterFault) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .folderUnusable(folder)
        }
        own(folder)
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_uid == other?.uid ?? geteuid() else {
            throw .folderUnusable(folder)
        }
        guard chmod(folder, mode) == 0 else { throw .folderUnusable(folder) }
    }
}
