import Dispatch

/// Runs the jobs of one connection on a serial queue of its own, where waiting for the server harms nobody else.
final class ConnectionExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "kith.postgres.connection")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
