import CPostgres
import Foundation

/// Runs a program to its end without blocking Swift's threads.
///
/// Not Foundation's `Process`: it waits for a descriptor that a server left running inherits and never closes.
enum Subprocess {
    /// Gives the exit status; output and errors go to the file. Nil when the program could not be started.
    static func run(_ arguments: [String], output: String) async -> Int32? {
        await withCheckedContinuation { continuation in
            let isStarted = BareThread.start {
                continuation.resume(returning: spawnAndWait(arguments, output: output))
            }
            if !isStarted { continuation.resume(returning: nil) }
        }
    }

    private static func spawnAndWait(_ arguments: [String], output: String) -> Int32? {
        guard let program = arguments.first else { return nil }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The server must not keep our sockets open, nor stand in a folder that its user cannot read.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        posix_spawn_file_actions_addchdir_np(&actions, "/")

        let words = CStrings(arguments)
        let environment = CStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"])
        var process: pid_t = 0
        let status = posix_spawn(&process, program, &actions, nil, words.mutablePointer, environment.mutablePointer)
        guard status == 0 else { return nil }
        var exit: Int32 = 0
        while waitpid(process, &exit, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return exit & 0x7F == 0 ? (exit >> 8) & 0xFF : 128 + (exit & 0x7F)
    }
}
