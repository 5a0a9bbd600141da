import Foundation
import Postgres
import Runtime

extension EmbeddedCluster {
    /// The server of a data folder, with its socket where the user may make one.
    static func own(_ ground: Ground) -> EmbeddedCluster {
        let folder = ground.data.cluster
        let mark = String(
            folder.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }, radix: 16)
        let run = FileManager.default.isWritableFile(atPath: "/run/kith") || Surroundings.isRoot
        let socket = run ? "/run/kith/\(mark)" : "/tmp/kith-\(geteuid())-\(mark)"
        let pool = ground.settings.integer(SettingsTable.databasePool)
        return EmbeddedCluster(dataFolder: folder, socketFolder: socket, maximumConnections: max(100, pool * 2 + 20))
    }

    /// The first folder on the way to `path` that the server's user may not pass; nil when the way is free.
    ///
    /// Only root asks, because only root's server runs as somebody else.
    static func unreachable(_ path: String) -> String? {
        guard Surroundings.isRoot else { return nil }
        var place = NSString(string: path).deletingLastPathComponent
        var blocked: String?
        while place != "/", !place.isEmpty {
            var status = stat()
            if stat(place, &status) == 0, status.st_mode & 0o001 == 0 { blocked = place }
            place = NSString(string: place).deletingLastPathComponent
        }
        return blocked
    }
}

/// Keeps the private PostgreSQL as long as others need it, and stops it last.
struct ClusterKeeper: Service {
    let cluster: EmbeddedCluster

    var name: String { "PostgreSQL" }

    func run() async throws {
        // Whoever works with the server starts it and notices when it fails; this only stands by until the end.
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
    }

    func shutdown() async {
        // A server that does not stop now is stopped, or adopted, by the next start.
        try? await cluster.stop()
    }
}
