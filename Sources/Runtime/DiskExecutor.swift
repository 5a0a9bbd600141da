import Dispatch

/// Runs file work on a queue of its own, where waiting for the disk harms nobody else.
public final class DiskExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "kith.files")

    public init() {}

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
