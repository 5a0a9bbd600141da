import Foundation
import Postgres
import Testing

@Suite struct `A server of our own` {
    @Test(.timeLimit(.minutes(3))) func `starts, survives a stale pid file, keeps its data and stops`() async throws {
        let mark = UInt32.random(in: 0 ... .max)
        let folder = "/tmp/kith-cluster-\(mark)"
        let cluster = EmbeddedCluster(
            dataFolder: "\(folder)/data", socketFolder: "/tmp/kith-socket-\(mark)", throwaway: true,
            maximumConnections: 20)
        defer {
            try? FileManager.default.removeItem(atPath: folder)
            try? FileManager.default.removeItem(atPath: cluster.socketFolder)
        }
        // The server's user must be able to walk into the data folder's parent.
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])

        try await cluster.start()
        #expect(cluster.isRunning)
        let settings = try await cluster.database(named: "kith")
        var session = try await Connection.open(settings)
        try await session.script("CREATE TABLE memory (a int); INSERT INTO memory VALUES (42)")
        await session.close()
        try await cluster.start()
        try await cluster.stop()
        #expect(!cluster.isRunning)

        // This process is alive and not a server: a pid file that names it must not keep the server from starting.
        let stale = "\(ProcessInfo.processInfo.processIdentifier)\n\(cluster.dataFolder)\n1\n5432\n"
        try Data(stale.utf8).write(to: URL(fileURLWithPath: "\(cluster.dataFolder)/postmaster.pid"))
        #expect(!cluster.isRunning)
        try await cluster.start()
        session = try await Connection.open(try await cluster.database(named: "kith"))
        #expect(try await session.query("SELECT a FROM memory")[0].get(0, as: Int.self) == 42)
        #expect(try await session.query("SHOW listen_addresses")[0].get(0, as: String.self) == "")
        await session.close()
        try await cluster.stop()
    }

    @Test func `a socket path too long for the kernel is refused before anything is made`() async throws {
        let long = "/tmp/" + String(repeating: "x", count: 100)
        let cluster = EmbeddedCluster(dataFolder: "\(long)/data", socketFolder: long)

        let fault = await #expect(throws: ClusterFault.self) { try await cluster.start() }

        #expect(fault?.code == "postgres.cluster.socket_path_too_long")
        #expect(!FileManager.default.fileExists(atPath: long))
    }
}
