import Foundation

/// A PostgreSQL server of the program's own: no network, one socket, one data folder.
///
/// Run by root, the server runs as the user `postgres`; otherwise as whoever runs the program.
public struct EmbeddedCluster: Sendable {
    public let dataFolder: String
    public let socketFolder: String
    public let port: Int
    /// Without protection against loss of power: for tests and trials only.
    public let isThrowaway: Bool
    /// How many sessions the server allows.
    public let maximumConnections: Int

    /// Describes a server; nothing happens before `start`.
    public init(
        dataFolder: String, socketFolder: String, port: Int = 5432, throwaway: Bool = false,
        maximumConnections: Int = 100
    ) {
        self.dataFolder = dataFolder
        self.socketFolder = socketFolder
        self.port = port
        isThrowaway = throwaway
        self.maximumConnections = maximumConnections
    }

    /// The server that belongs to a checkout or installation, in the places that suit the user who asks.
    public static func standard(for root: String, throwaway: Bool = false) -> EmbeddedCluster {
        let mark = String(hash(of: root), radix: 16)
        guard geteuid() != 0 else {
            return EmbeddedCluster(
                dataFolder: "/var/lib/kith/\(mark)", socketFolder: "/run/kith/\(mark)", throwaway: throwaway)
        }
        return EmbeddedCluster(
            dataFolder: "\(root)/var/pg", socketFolder: "/tmp/kith-\(geteuid())-\(mark)", throwaway: throwaway)
    }

    /// The owner's connection string, to the database `postgres`.
    public var connectionString: String {
        "host='\(socketFolder)' port=\(port) user=postgres dbname=postgres"
    }

    /// Whether the server of this data folder runs.
    public var isRunning: Bool { postmaster != nil }

    /// Sets up the data folder if it is new and starts the server if it does not run; returns when it answers.
    public func start() async throws(ClusterFault) {
        let socket = "\(socketFolder)/.s.PGSQL.\(port)"
        guard socket.utf8.count <= 107 else { throw .socketPathTooLong(socket) }
        guard let programs = ServerPrograms.find(for: dataFolder) else { throw .notInstalled }
        let owner = try ServerOwner.current()
        try owner.prepare(dataFolder, mode: 0o700)
        // Two programs that start at once must not take each other's young server for a stale one.
        guard let lock = await FileLock(dataFolder + ".lock") else { throw .folderUnusable(dataFolder) }
        try await start(programs, owner, socket, holding: lock)
    }

    private func start(
        _ programs: ServerPrograms, _ owner: ServerOwner, _ socket: String, holding lock: borrowing FileLock
    ) async throws(ClusterFault) {
        try owner.prepare(socketFolder, mode: 0o755)
        if !FileManager.default.fileExists(atPath: "\(dataFolder)/PG_VERSION") {
            try await initialise(programs, owner)
        }
        guard !isRunning else { return }
        removeStaleFiles(socket)
        try writeConfiguration(owner)
        let log = scratchLog("start")
        let arguments = [
            programs.path("pg_ctl"), "start", "-w", "-t", "120", "-D", dataFolder, "-l", "\(dataFolder)/startup.log",
        ]
        guard await Subprocess.run(owner.command(arguments), output: log) == 0 else {
            throw .startFailed(log: "\(dataFolder)/startup.log")
        }
        unlink(log)
    }

    /// Ends all sessions and stops the server; nothing happens when it does not run.
    public func stop() async throws(ClusterFault) {
        guard isRunning else { return }
        guard let programs = ServerPrograms.find(for: dataFolder) else { throw .notInstalled }
        let owner = try ServerOwner.current()
        let log = scratchLog("stop")
        let arguments = [programs.path("pg_ctl"), "stop", "-w", "-t", "120", "-m", "fast", "-D", dataFolder]
        guard await Subprocess.run(owner.command(arguments), output: log) == 0 || !isRunning else {
            throw .stopFailed(log: log)
        }
        unlink(log)
    }

    /// Creates the database if it does not exist and gives the settings that reach it.
    public func database(named name: String) async throws(ClusterFault) -> ConnectionSettings {
        do {
            var settings = try ConnectionSettings(parsing: connectionString)
            let session = try await Connection.open(settings)
            let known = try await session.query("SELECT 1 FROM pg_database WHERE datname = \(name)")
            if known.isEmpty { _ = try await session.query("CREATE DATABASE \(identifier: name)") }
            await session.close()
            settings.database = name
            return settings
        } catch {
            throw .store(error)
        }
    }

    // MARK: Private

    private func initialise(_ programs: ServerPrograms, _ owner: ServerOwner) async throws(ClusterFault) {
        let log = scratchLog("initdb")
        var arguments = [
            programs.path("initdb"), "-D", dataFolder, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8",
        ]
        arguments.append(isThrowaway ? "--no-sync" : "--data-checksums")
        guard await Subprocess.run(owner.command(arguments), output: log) == 0 else {
            throw .initialisationFailed(log: log)
        }
        unlink(log)
    }

    /// The process that serves this data folder: the one named in `postmaster.pid`, if it stands in the folder.
    private var postmaster: pid_t? {
        guard let text = try? String(contentsOfFile: "\(dataFolder)/postmaster.pid", encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }),
            let standing = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
        else { return nil }
        let folder = URL(fileURLWithPath: dataFolder).resolvingSymlinksInPath().path
        return standing == folder ? pid : nil
    }

    /// After a crash, the number in `postmaster.pid` may belong to another program, which the server takes for itself.
    private func removeStaleFiles(_ socket: String) {
        for path in ["\(dataFolder)/postmaster.pid", socket, "\(socket).lock"] { unlink(path) }
    }

    private func writeConfiguration(_ owner: ServerOwner) throws(ClusterFault) {
        let path = "\(dataFolder)/postgresql.auto.conf"
        let text = ServerTuning(cluster: self, memory: ServerTuning.memoryOfMachine()).text
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw .folderUnusable(dataFolder)
        }
        owner.own(path)
    }

    private func scratchLog(_ step: String) -> String {
        "\(FileManager.default.temporaryDirectory.path)/kith-\(step)-\(getpid())-\(UInt32.random(in: 0 ... .max)).log"
    }

    /// FNV-1a: the same for the same path on every machine and in every run.
    private static func hash(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
