import Foundation
package import Groundwork
import Postgres
import Runtime
import Synchronization
package import Telemetry

/// Runs the imports that were asked for, one at a time, and deletes uploads and staged rows by rule.
///
/// A job is held by a lease that is renewed while it runs. When a server dies, the lease runs out and the next server, or
/// the next start of the same, goes on behind the last chunk that was done.
package final class ImportWorker: Service {
    private let uploads: Uploads
    private let importer: @Sendable (_ mapping: String) throws -> Importer
    private let worker: ActorID
    private let lease: Duration
    private let tick: Duration
    private let logger: Logger
    private let owner: UUID = UUID()
    private let state: Mutex<State> = Mutex(State())

    private struct State {
        var isStopping = false
        var isRunning = false
    }

    /// How often uploads are looked through for what is to be deleted.
    private static let sweepPause: Duration = .seconds(600)
    /// A job that could not be carried out so often for passing reasons is given up.
    private static let mostAttempts: Int = 8
    /// So many runs in a row that died without a word and without a chunk done make it likely that the file is the reason:
    /// a machine that is restarted for other reasons gets a chunk done in between.
    package static let mostSilentRuns: Int = 5

    /// - Parameters:
    ///   - importer: the importer by a layout of the profile.
    ///   - worker: in whose name uploads are swept; imports run in the name of whoever asked for them.
    ///   - lease: for how long a job stays with a server that says nothing more.
    ///   - tick: how long the queue rests when nothing waits.
    package init(
        uploads: Uploads, worker: ActorID, lease: Duration = .seconds(15), tick: Duration = .seconds(1),
        logger: Logger = .silent, importer: @escaping @Sendable (_ mapping: String) throws -> Importer
    ) {
        (self.uploads, self.worker, self.lease, self.tick) = (uploads, worker, lease, tick)
        (self.logger, self.importer) = (logger, importer)
    }

    package var name: String { "imports" }
    private var database: Database { uploads.database }
    private var mandate: Mandate { Mandate(actor: worker, purpose: .operation) }
    private var isStopping: Bool { state.withLock { $0.isStopping } }

    package func run() async throws {
        state.withLock { $0.isRunning = true }
        defer { state.withLock { $0.isRunning = false } }
        var swept: ContinuousClock.Instant?
        await WorkLoop(every: tick, logger: logger, waiting: "imports must wait").run(until: { isStopping }) {
            if swept.map({ ContinuousClock.now - $0 > Self.sweepPause }) ?? true {
                try await sweep()
                swept = ContinuousClock.now
            }
            return try await step()
        }
    }

    /// Puts away what nobody comes back for.
    private func sweep() async throws {
        try await uploads.sweep(as: mandate)
        try await StagedRows.sweep(database, as: mandate)
        let missing = try await FirstLoad(database: database, mandate: mandate).endWhenIdle()
        if missing > 0 {
            logger.warning("indexes of a load that did not end were built", [.count: .count(missing)])
        }
    }

    /// Lets go of the job in hand, so that the next start takes it up at once.
    package func shutdown() async {
        state.withLock { $0.isStopping = true }
        while state.withLock({ $0.isRunning }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
    }

    /// Takes up one job and works on it to its end; false when none waits.
    package func step() async throws -> Bool {
        let (dead, job) = try await database.write(as: mandate) {
            (tx: borrowing Transaction) async throws -> (UUID?, ImportJob?) in
            let dead = try await ImportQueue.giveUpDead(after: Self.mostSilentRuns, in: tx)
            return (dead, try await ImportQueue.claim(owner, lease: lease, in: tx))
        }
        if let dead {
            logger.error("import given up after it ended its server", [.batch: .unredacted(dead.lowercased)])
        }
        guard let job else { return dead != nil }
        if job.attempts > 1 { logger.info("import goes on", [.batch: .unredacted(job.id.lowercased)]) }
        let progress = SeenProgress(job.progress)
        let ended = await withTaskGroup(of: End.self) { group in
            group.addTask { await self.carryOut(job, progress) }
            group.addTask { await self.hold(job, progress) }
            let first = await group.next() ?? .lost
            group.cancelAll()
            await group.waitForAll()
            return first
        }
        try await settle(job, ended, progress.value)
        return true
    }

    // MARK: One job

    /// How work on a job ended.
    private enum End: Sendable {
        case done
        case failed(code: String, summary: String, isPassing: Bool)
        /// The lease is somebody else's, or the job was given up.
        case lost
        case stopped
    }

    private func carryOut(_ job: ImportJob, _ seen: SeenProgress) async -> End {
        let trace = TraceID(job.trace) ?? TraceID()
        let mandate = Mandate(actor: job.actor, purpose: .import, trace: trace)
        do {
            let (upload, file) = try await uploads.opened(job.upload, as: mandate)
            defer { withExtendedLifetime(file) {} }
            let importer = try importer(upload.mapping)
            // Killed between the import's end and the job's: nothing is left to do.
            if let batch = job.batch, try await importer.batch(batch, as: mandate).state == "finished" { return .done }
            var request = ImportRequest(
                path: file.path, source: upload.source, isDryRun: job.isDryRun, fileName: upload.fileName, id: job.id)
            request.read(upload.reading)
            _ = try await importer.run(request, as: mandate) { seen.value = $0 }
            return .done
        } catch let fault as any Fault {
            var isPassing = false
            if case .unavailable = fault.kind { isPassing = true }
            return .failed(code: fault.code, summary: fault.summary, isPassing: isPassing)
        } catch {
            return .failed(
                code: "intake.defect", summary: "Something is wrong inside the import; quote its id.", isPassing: false)
        }
    }

    /// Renews the lease and tells the progress until the job is lost or the server stops.
    private func hold(_ job: ImportJob, _ seen: SeenProgress) async -> End {
        var told: ImportProgress?
        var renewed = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: min(.milliseconds(200), lease / 4))
            if isStopping { return .stopped }
            let now = seen.value
            let isDue = ContinuousClock.now - renewed > lease / 4
            guard isDue || now != told else { continue }
            let isOurs = try? await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> Bool in
                try await ImportQueue.renew(job.id, owner, lease: lease, now, in: tx)
            }
            if isOurs == false { return .lost }
            if isOurs == true { (told, renewed) = (now, ContinuousClock.now) }
        }
        return .stopped
    }

    private func settle(_ job: ImportJob, _ end: End, _ progress: ImportProgress) async throws {
        let (id, owner) = (job.id, owner)
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            guard try await ImportQueue.renew(id, owner, lease: lease, progress, in: tx) else { return }
            switch end {
            case .done:
                try await ImportQueue.end(id, owner, .finished, in: tx)
                if !job.isDryRun { try await UploadStore.setState(job.upload, .imported, in: tx) }
            case .failed(let code, let summary, let isPassing):
                if isPassing, job.attempts < Self.mostAttempts {
                    try await ImportQueue.release(id, owner, in: tx)
                } else {
                    try await ImportQueue.end(id, owner, .failed, fault: (code: code, summary: summary), in: tx)
                }
            case .stopped: try await ImportQueue.release(id, owner, in: tx)
            case .lost: break
            }
        }
        switch end {
        case .done: try await uploads.sweep(as: mandate)
        case .failed(let code, _, let isPassing):
            logger.warning("import not carried out", [.batch: .unredacted(id.lowercased), .fault: .unredacted(code)])
            if isPassing { try? await Task.sleep(for: tick) }
        case .lost, .stopped: break
        }
    }
}

/// The newest progress, told by the import and read by whoever keeps its lease.
private final class SeenProgress: Sendable {
    private let held: Mutex<ImportProgress>

    init(_ progress: ImportProgress) {
        held = Mutex(progress)
    }

    var value: ImportProgress {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
