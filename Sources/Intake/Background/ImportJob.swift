package import Foundation
package import Groundwork

/// An import that waits for the server, is run by it, or was.
package struct ImportJob: Sendable {
    package enum State: String, Sendable { case queued, running, finished, failed, abandoned }

    package var id: UUID
    package var upload: UUID
    /// The import, once it has begun; another than `id` when it goes on with an earlier one of the same file.
    package var batch: UUID?
    package var actor: ActorID
    package var trace: String
    package var isDryRun: Bool
    package var state: State
    package var source: String
    package var fileName: String
    package var mapping: String
    package var createdAt: Date
    package var startedAt: Date?
    package var finishedAt: Date?
    package var attempts: Int
    package var progress: ImportProgress
    /// When the present run began, and the lines that earlier runs had done.
    package var runStartedAt: Date?
    package var rowsBefore: Int
    package var progressAt: Date?
    package var fault: (code: String, summary: String)?
}

/// How an import stands, told alike for those of the server and those of a terminal.
package struct ImportStanding: Sendable {
    package var bytesRead: Int
    package var bytesTotal: Int
    package var rowsRead: Int
    package var rowsDone: Int
    package var rowsQuarantined: Int
    /// Thousandths of the work that are done.
    package var permille: Int
    /// Lines done per second of the present run; nil before it can be told.
    package var rowsPerSecond: Int?
    /// Seconds that the rest takes at this pace; nil before it can be told.
    package var secondsLeft: Int?
}

extension ImportStanding {
    /// - Parameters:
    ///   - done: lines done in the present run.
    ///   - seconds: how long the present run has lasted.
    init(_ progress: ImportProgress, isOver: Bool, done: Int, seconds: Double) {
        bytesRead = progress.bytesRead
        bytesTotal = progress.bytesTotal
        rowsRead = progress.rowsRead
        rowsDone = progress.rowsDone
        rowsQuarantined = progress.rowsQuarantined
        // Lines are not known beforehand; bytes are, and both run at the same pace.
        let bytesDone = rowsRead == 0 ? 0 : bytesRead * rowsDone / rowsRead
        let share = bytesTotal == 0 ? 0 : bytesDone * 1000 / bytesTotal
        permille = isOver ? 1000 : min(999, max(0, share))
        guard seconds >= 0.5, done > 0 else { return }
        let pace = Int(Double(done) / seconds)
        rowsPerSecond = pace
        guard !isOver, pace > 0, rowsDone > 0, bytesDone > 0 else { return }
        let rowsExpected = Int(Double(rowsDone) / Double(bytesDone) * Double(bytesTotal))
        secondsLeft = max(0, rowsExpected - rowsDone) / pace
    }

    /// From the counts that the server keeps of its own run.
    package init(_ job: ImportJob) {
        let end = job.progressAt ?? job.createdAt
        self.init(
            job.progress, isOver: job.state == .finished, done: job.progress.rowsDone - job.rowsBefore,
            seconds: job.runStartedAt.map { end.timeIntervalSince($0) } ?? 0)
    }

    /// From the chunks that are done.
    package init(_ batch: ImportBatch) {
        var progress = ImportProgress()
        progress.bytesTotal = batch.size
        progress.bytesRead = batch.start.offset
        progress.rowsRead = batch.counts.rowsRead
        progress.rowsDone = batch.counts.rowsRead
        progress.rowsQuarantined = batch.counts.rowsQuarantined
        let isOver = batch.state != "running" && batch.state != "abandoned"
        self.init(
            progress, isOver: isOver, done: progress.rowsDone,
            seconds: batch.updatedAt.timeIntervalSince(batch.startedAt))
    }
}
