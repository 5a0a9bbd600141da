import Foundation

extension Metrics {
    /// Adds memory, processor time, open files and start time of this process, under Prometheus' usual names.
    ///
    /// Source: `/proc/self`; a number that cannot be read is shown as NaN.
    public func observeProcess() {
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let started = Date().timeIntervalSince1970
        gauge("process_resident_memory_bytes", "Resident memory in bytes.") {
            Self.fields(of: "/proc/self/statm").dropFirst().first.flatMap(Double.init).map { $0 * pageSize } ?? .nan
        }
        counter("process_cpu_seconds_total", "User and system processor time in seconds.") {
            // Fields 14 and 15 of proc(5) stat; the name in field 2 may hold spaces, so count from its closing bracket.
            guard let stat = Self.contents(of: "/proc/self/stat"), let end = stat.lastIndex(of: ")") else {
                return .nan
            }
            let fields = stat[end...].split(separator: " ")
            guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return .nan }
            return (user + system) / ticks
        }
        gauge("process_open_fds", "Open file descriptors.") {
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            return open.map(Double.init) ?? .nan
        }
        gauge("process_start_time_seconds", "Start of the process in seconds since 1970.") { started }
    }

    private static func contents(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func fields(of path: String) -> [Substring] {
        contents(of: path)?.split(separator: " ") ?? []
    }
}
