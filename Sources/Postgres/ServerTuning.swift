import Foundation

/// The server's settings for a registry on one machine, by its memory.
struct ServerTuning {
    let cluster: EmbeddedCluster
    /// Bytes.
    let memory: Int

    /// What `postgresql.auto.conf` holds; it is written at every start.
    var text: String {
        let lines = (place + resources + log + durability).map { "\($0.0) = '\($0.1)'" }
        return "# Written at every start of the server; changes here are lost.\n" + lines.joined(separator: "\n") + "\n"
    }

    private var place: [(String, String)] {
        [
            ("listen_addresses", ""), ("port", "\(cluster.port)"),
            ("unix_socket_directories", cluster.socketFolder),
            // Whoever may open the socket is trusted: the server's own user, and root.
            ("unix_socket_permissions", "0700"),
            ("max_connections", "\(cluster.maximumConnections)"),
        ]
    }

    private var resources: [(String, String)] {
        let megabytes = memory >> 20
        return [
            ("shared_buffers", "\(min(max(megabytes / 4, 64), 16_384))MB"),
            ("effective_cache_size", "\(max(megabytes / 2, 128))MB"),
            ("maintenance_work_mem", "\(min(max(megabytes / 16, 64), 2048))MB"),
            ("work_mem", "\(min(max(megabytes / 512, 4), 64))MB"),
            ("random_page_cost", "1.1"), ("jit", "off"),
            ("checkpoint_timeout", "15min"), ("checkpoint_completion_target", "0.9"),
            ("min_wal_size", cluster.isThrowaway ? "128MB" : "512MB"),
            ("max_wal_size", cluster.isThrowaway ? "2GB" : "8GB"), ("wal_buffers", "16MB"),
            ("autovacuum_vacuum_cost_limit", "2000"),
        ]
    }

    /// Statements and details may quote personal data, so neither is logged.
    private var log: [(String, String)] {
        [
            ("logging_collector", "on"), ("log_directory", "log"), ("log_filename", "postgresql-%a.log"),
            ("log_truncate_on_rotation", "on"), ("log_rotation_age", "1d"), ("log_error_verbosity", "terse"),
            ("log_min_error_statement", "panic"), ("log_parameter_max_length_on_error", "0"),
            ("log_statement", "none"), ("log_checkpoints", "on"), ("log_timezone", "UTC"), ("timezone", "UTC"),
            ("lc_messages", "C"),
        ]
    }

    private var durability: [(String, String)] {
        // After a checkpoint the first change of a page writes the whole page; packing those with the old way (pglz) took
        // half of the time of a registration at a million people, whose keys lie on pages far apart.
        guard cluster.isThrowaway else { return [("wal_compression", "lz4"), ("wal_level", "replica")] }
        return [
            ("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
        ]
    }

    /// The memory that this machine or its container may use, in bytes.
    static func memoryOfMachine() -> Int {
        let whole = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
        let limit = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
        let allowed = limit.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        return min(whole, allowed ?? whole)
    }
}
