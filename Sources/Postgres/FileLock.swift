import CPostgres
import Foundation

/// A lock between processes: whoever holds the file open and locked goes first.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Waits for the lock, on a thread of its own; nil when the file cannot be opened.
    static func acquire(_ path: String) async -> Int32? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Int32?, Never>) in
            let isStarted = BareThread.start {
                let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                while descriptor >= 0, flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
                continuation.resume(returning: descriptor >= 0 ? descriptor : nil)
            }
            if !isStarted { continuation.resume(returning: nil) }
        }
    }

    init?(_ path: String) async {
        guard let descriptor = await Self.acquire(path) else { return nil }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
