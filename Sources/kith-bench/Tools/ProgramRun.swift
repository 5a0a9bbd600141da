import Foundation
import Runtime

/// Runs other programs: the server, pgbench, and the commands of kith.
struct ProgramRun: Sendable {
    let process: pid_t

    /// What a program that ran to its end printed and used.
    struct Result: Sendable {
        /// Standard output.
        var text: String
        var seconds: Double
        /// Most memory it held at once.
        var peakMegabytes: Double
    }

    /// Runs to the end.
    ///
    /// - Returns: what it printed on standard output.
    /// - Throws: `.program` with the end of standard error when it does not end with 0.
    static func output(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: String
    ) async throws -> String {
        try await measured(program, arguments, environment: environment, folder: folder).text
    }

    /// Runs to the end, with time and memory.
    ///
    /// - Parameters:
    ///   - file: where standard output goes instead of into the result.
    ///   - accepted: codes to end with that are no failure.
    static func measured(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: String,
        into file: String? = nil, accepted: Set<Int32> = [0]
    ) async throws -> Result {
        try await onThreads(1) { _ in
            let began = Stopwatch.nanoseconds
            let mark = "\(folder)/\(URL(fileURLWithPath: program).lastPathComponent)-\(UInt32.random(in: 0 ... .max))"
            let (outFile, errorFile) = (file ?? mark + ".out", mark + ".err")
            let run = try start(program, arguments, environment, output: outFile, errors: errorFile)
            var usage = rusage()
            let status = run.wait(&usage)
            let seconds = Double(Stopwatch.nanoseconds - began) / 1e9
            let text = file == nil ? (try? String(contentsOfFile: outFile, encoding: .utf8)) ?? "" : ""
            let complaint = (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? ""
            if file == nil { unlink(outFile) }
            unlink(errorFile)
            guard accepted.contains(status) else {
                throw BenchFault.program(program, reason: "ended with \(status): \(complaint.suffix(800))")
            }
            return Result(text: text, seconds: seconds, peakMegabytes: Double(usage.ru_maxrss) / 1024)
        }[0]
    }

    /// Starts a program whose output goes to files.
    static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String], output: String, errors: String
    ) throws(BenchFault) -> ProgramRun {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // A thread of ours may hold signals back, and whom it starts would inherit that: pgbench ends by an alarm.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, every) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&every)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &every)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let all = Surroundings.environment.merging(environment) { _, new in new }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, program, &actions, &attributes, &words, &variables)
        guard status == 0 else { throw .program(program, reason: String(cString: strerror(status))) }
        return ProgramRun(process: process)
    }

    /// Waits for the end; blocks the thread. 128 and above stand for signals.
    func wait() -> Int32 {
        var usage = rusage()
        return wait(&usage)
    }

    /// The same, with what it used.
    func wait(_ usage: inout rusage) -> Int32 {
        var status: Int32 = 0
        while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Whether it has ended by itself; afterwards `wait` must not be called.
    func hasEnded() -> Bool {
        var status: Int32 = 0
        return waitpid(process, &status, WNOHANG) != 0
    }

    /// Asks it to end and waits.
    func terminate() {
        kill(process, SIGTERM)
        _ = wait()
    }
}
