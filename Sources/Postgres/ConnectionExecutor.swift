import CPostgres
import Foundation
import Synchronization

/// Runs the jobs of one connection on a thread of its own, where waiting for the server harms nobody else.
///
/// Not a dispatch queue: on Linux those share a pool of about one thread per core, so that two statements waiting for
/// a lock would hold up the one that could release it.
final class ConnectionExecutor: SerialExecutor {
    private let mailbox = Mailbox()

    /// - Throws: `.connection` when the system gives no more threads.
    init() throws(DatabaseError) {
        let mailbox = mailbox
        guard BareThread.start({ mailbox.serve() }) else {
            throw DatabaseError(.connection, message: "the system refuses another thread")
        }
    }

    deinit {
        mailbox.close()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        mailbox.put(UnownedJob(job), for: asUnownedSerialExecutor())
    }
}

/// The jobs that wait for one thread.
///
/// Unchecked: the semaphore is made for many threads, and the rest is under the lock.
private final class Mailbox: @unchecked Sendable {
    private struct State {
        var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrived: UnsafeMutablePointer<sem_t>

    init() {
        arrived = .allocate(capacity: 1)
        sem_init(arrived, 0, 0)
    }

    deinit {
        sem_destroy(arrived)
        arrived.deallocate()
    }

    func put(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        state.withLock { $0.jobs.append((job, executor)) }
        sem_post(arrived)
    }

    func close() {
        state.withLock { $0.isClosed = true }
        sem_post(arrived)
    }

    /// Runs jobs until closed; every post of the semaphore stands for one job or for the end.
    func serve() {
        while true {
            while sem_wait(arrived) != 0 {}
            let next = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
            guard let next else {
                if state.withLock(\.isClosed) { return }
                continue
            }
            next.job.runSynchronously(on: next.executor)
        }
    }
}

/// A bare thread for calls that wait.
enum BareThread {
    private final class Work {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// False when the system gives no more threads; then nothing runs.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // Half a megabyte is more than libpq needs; the default of eight would reserve much for many connections.
        pthread_attr_setstacksize(&attributes, 1 << 19)
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let status = pthread_create(
            &thread, &attributes,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        if status != 0 { work.release() }
        return status == 0
    }
}
