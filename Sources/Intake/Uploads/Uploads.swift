import Cryptography
package import Foundation
package import Groundwork
package import Postgres
import Synchronization

/// Takes files in pieces, keeps them sealed, and forgets them by rule.
///
/// What was received survives an interrupted request and a restart of the server. Who goes on with an upload says what he
/// takes for received, by number of bytes and by their SHA-256, so that a file that changed meanwhile is noticed.
package final class Uploads: Sendable {
    let database: Database
    package let limits: UploadLimits
    private let vault: UploadVault
    private let state: Mutex<Memory> = Mutex(Memory())

    /// What only speeds things up: a restart loses it.
    private struct Memory {
        var busy: Set<UUID> = []
        var digests: [UUID: (received: Int, digest: SHA256Stream)] = [:]
        /// Pieces that broke off and could not be counted, because the request was cancelled with its connection.
        var uncounted: [UUID: Taking] = [:]
    }

    /// After so many bytes a long request's progress is made to last.
    private static let settleSize: Int = 8 << 20
    private static let mostDigests: Int = 256

    package init(database: Database, vault: UploadVault, limits: UploadLimits = UploadLimits()) {
        (self.database, self.vault, self.limits) = (database, vault, limits)
    }

    // MARK: Beginning and asking

    /// Begins an upload in the caller's transaction.
    package func begin(_ draft: UploadDraft, in tx: borrowing Transaction) async throws(UploadFault) -> FileUpload {
        guard draft.size <= limits.size else { throw .tooLarge(limit: limits.size) }
        do { return try await UploadStore.insert(draft, limits, in: tx) } catch { throw UploadFault(any: error) }
    }

    package func find(_ id: UUID, as mandate: Mandate) async throws(UploadFault) -> FileUpload {
        if state.withLock({ $0.uncounted[id] != nil && $0.busy.insert(id).inserted }) {
            defer { state.withLock { _ = $0.busy.remove(id) } }
            await countLeft(id, mandate)
        }
        return try await row(id, mandate)
    }

    private func row(_ id: UUID, _ mandate: Mandate) async throws(UploadFault) -> FileUpload {
        do {
            return try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> FileUpload in
                try await UploadStore.find(id, in: tx)
            }
        } catch {
            throw UploadFault(any: error)
        }
    }

    /// Uploads whose files are kept, the newest first.
    package func kept(limit: Int, as mandate: Mandate) async throws(UploadFault) -> [FileUpload] {
        do {
            return try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> [FileUpload] in
                try await UploadStore.kept(limit: limit, in: tx)
            }
        } catch {
            throw UploadFault(any: error)
        }
    }

    /// SHA-256 of the bytes received so far; read from the sealed file where this server did not take them itself.
    package func digest(_ upload: FileUpload) async throws(UploadFault) -> [UInt8] {
        if let hash = upload.fileHash { return hash }
        return try await running(upload).digest()
    }

    private func running(_ upload: FileUpload) async throws(UploadFault) -> SHA256Stream {
        let held = state.withLock { $0.digests[upload.id] }
        if let held, held.received == upload.received { return held.digest }
        var digest = SHA256Stream()
        var place = SealedEnd()
        while let (bytes, next) = try await vault.piece(of: upload.id, at: place, before: upload.end) {
            digest.update(bytes)
            place = next
        }
        remember(digest, upload.id, place.plain)
        return digest
    }

    private func remember(_ digest: SHA256Stream, _ id: UUID, _ received: Int) {
        state.withLock { memory in
            if memory.digests.count >= Self.mostDigests { memory.digests.removeAll() }
            memory.digests[id] = (received, digest)
        }
    }

    // MARK: Receiving

    /// One piece as announced by its sender.
    package struct Piece: Sendable {
        /// Number of the first byte.
        package var offset: Int
        /// SHA-256 of everything before it, as the sender has it; nil when the sender does not care.
        package var before: [UInt8]?
        /// SHA-256 of the piece; with it the piece counts whole or not at all.
        package var hash: [UInt8]?
        /// Bytes announced; nil when unknown.
        package var length: Int?

        package init(offset: Int, before: [UInt8]? = nil, hash: [UInt8]? = nil, length: Int? = nil) {
            (self.offset, self.before, self.hash, self.length) = (offset, before, hash, length)
        }
    }

    /// Takes a piece as it arrives. When the connection breaks off, what has come counts, and the sender goes on from there.
    ///
    /// With the last byte the file is whole: its digest is compared with the one stated, and its import begins.
    package func take<Body: AsyncSequence>(
        _ piece: Piece, of id: UUID, from body: Body, as mandate: Mandate
    ) async throws -> FileUpload where Body.Element == [UInt8] {
        guard state.withLock({ $0.busy.insert(id).inserted }) else { throw UploadFault.busy }
        defer { state.withLock { _ = $0.busy.remove(id) } }
        await countLeft(id, mandate)
        let upload = try await row(id, mandate)
        guard upload.state == .receiving else { throw UploadFault.closed(upload.state) }
        guard piece.offset == upload.received else { throw UploadFault.offset(expected: upload.received) }
        let digest = try await running(upload)
        if let before = piece.before, before != digest.digest() { throw UploadFault.changed }
        if let length = piece.length, upload.received + length > upload.size {
            throw UploadFault.tooLong(size: upload.size)
        }
        var taking = Taking(upload: upload, digest: digest, counted: upload.end, end: upload.end)
        do {
            for try await bytes in body { try await add(bytes, to: &taking, piece, mandate) }
        } catch {
            // Without a digest of its own every byte that came is good.
            let isCut = !(error is UploadFault)
            if isCut, piece.hash == nil { await keep(&taking, mandate) }
            throw error
        }
        try await flush(&taking)
        if let hash = piece.hash, taking.piece.digest() != hash { throw UploadFault.damaged }
        try await count(&taking, mandate)
        if taking.end.plain == upload.size { try await complete(taking, mandate) }
        return try await row(id, mandate)
    }

    private struct Taking: Sendable {
        let upload: FileUpload
        var digest: SHA256Stream
        var piece = SHA256Stream()
        /// Where the database has the end.
        var counted: SealedEnd
        var end: SealedEnd
        var waiting: [UInt8] = []
    }

    private func add(_ bytes: [UInt8], to taking: inout Taking, _ piece: Piece, _ mandate: Mandate) async throws {
        guard taking.end.plain + taking.waiting.count + bytes.count <= taking.upload.size else {
            throw UploadFault.tooLong(size: taking.upload.size)
        }
        taking.waiting += bytes
        guard taking.waiting.count >= UploadVault.pieceSize else { return }
        try await flush(&taking)
        if piece.hash == nil, taking.end.plain - taking.counted.plain >= Self.settleSize {
            try await count(&taking, mandate)
        }
    }

    private func flush(_ taking: inout Taking) async throws(UploadFault) {
        while !taking.waiting.isEmpty {
            let bytes = Array(taking.waiting.prefix(UploadVault.pieceSize))
            taking.end = try await vault.append(bytes, to: taking.upload.id, at: taking.end)
            taking.digest.update(bytes)
            taking.piece.update(bytes)
            taking.waiting.removeFirst(bytes.count)
        }
    }

    /// Counts what came before the line broke, now or with the next request.
    private func keep(_ taking: inout Taking, _ mandate: Mandate) async {
        do {
            try await count(&taking, mandate)
        } catch {
            let left = taking
            state.withLock { $0.uncounted[left.upload.id] = left }
        }
    }

    private func countLeft(_ id: UUID, _ mandate: Mandate) async {
        guard var left = state.withLock({ $0.uncounted.removeValue(forKey: id) }) else { return }
        // What cannot be counted is sent again.
        try? await count(&left, mandate)
    }

    /// Makes what has come last.
    private func count(_ taking: inout Taking, _ mandate: Mandate) async throws(UploadFault) {
        try await flush(&taking)
        guard taking.end != taking.counted else { return }
        try await vault.settle(taking.upload.id)
        let (id, before, end) = (taking.upload.id, taking.counted, taking.end)
        do {
            let isOurs = try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> Bool in
                try await UploadStore.advance(id, from: before, to: end, limits, in: tx)
            }
            guard isOurs else { throw UploadFault.busy }
        } catch {
            throw UploadFault(any: error)
        }
        taking.counted = end
        remember(taking.digest, id, end.plain)
    }

    private func complete(_ taking: Taking, _ mandate: Mandate) async throws(UploadFault) {
        let (upload, hash) = (taking.upload, taking.digest.digest())
        let isRight = upload.statedHash.map { $0 == hash } ?? true
        do {
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await UploadStore.setState(upload.id, isRight ? .complete : .refused, hash: hash, in: tx)
                if isRight, upload.startsImport {
                    _ = try await ImportQueue.add(upload.id, isDryRun: upload.isDryRun, in: tx)
                }
            }
        } catch {
            throw UploadFault(any: error)
        }
        state.withLock { $0.digests[upload.id] = nil }
        guard isRight else {
            await forget([upload.id], mandate)
            throw .otherFile
        }
    }

    // MARK: Using

    /// The newest import of an upload; nil when none was asked for.
    package func job(of upload: UUID, as mandate: Mandate) async throws(UploadFault) -> ImportJob? {
        do {
            return try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> ImportJob? in
                try await ImportQueue.jobs(of: [upload], in: tx)[upload]
            }
        } catch {
            throw UploadFault(any: error)
        }
    }

    /// Asks for the import of a whole file in the caller's transaction; the server takes it up when its turn comes.
    ///
    /// - Parameter reading: how to read it, where that is to be otherwise than was said when the upload began.
    package func requestImport(
        _ id: UUID, isDryRun: Bool, reading: UploadReading? = nil, in tx: borrowing Transaction
    ) async throws(UploadFault) -> ImportJob {
        do {
            let upload = try await UploadStore.find(id, locked: true, in: tx)
            switch upload.state {
            case .receiving: throw UploadFault.incomplete(received: upload.received, size: upload.size)
            case .complete: break
            case .imported, .refused, .expired, .discarded: throw UploadFault.closed(upload.state)
            }
            guard try await !ImportQueue.isBusy(id, in: tx) else { throw UploadFault.importUnderWay }
            if let reading { try await UploadStore.setReading(id, reading, in: tx) }
            return try await ImportQueue.add(id, isDryRun: isDryRun, in: tx)
        } catch {
            throw UploadFault(any: error)
        }
    }

    /// Gives an upload up in the caller's transaction; `sweep` deletes its file.
    package func discard(_ id: UUID, in tx: borrowing Transaction) async throws(UploadFault) {
        do {
            let upload = try await UploadStore.find(id, locked: true, in: tx)
            guard upload.state == .receiving || upload.state == .complete else {
                throw UploadFault.closed(upload.state)
            }
            guard try await !ImportQueue.isBusy(id, in: tx) else { throw UploadFault.importUnderWay }
            try await UploadStore.setState(id, .discarded, in: tx)
        } catch {
            throw UploadFault(any: error)
        }
    }

    /// The file in the clear, under no name.
    package func opened(_ id: UUID, as mandate: Mandate) async throws(UploadFault) -> (FileUpload, NamelessFile) {
        let upload = try await find(id, as: mandate)
        switch upload.state {
        case .receiving: throw .incomplete(received: upload.received, size: upload.size)
        case .complete: return (upload, try await vault.opened(id, end: upload.end))
        case .imported, .refused, .expired, .discarded: throw .gone
        }
    }

    // MARK: Forgetting

    /// Deletes what is to be deleted by rule: files of imports that are done, of uploads given up or expired, and files
    /// that belong to nothing.
    ///
    /// - Returns: how many files were deleted.
    @discardableResult
    package func sweep(as mandate: Mandate) async throws(UploadFault) -> Int {
        do {
            let ids = try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> [UUID] in
                try await UploadStore.expire(in: tx)
            }
            await forget(ids, mandate)
            let files = await vault.kept()
            guard !files.isEmpty else { return ids.count }
            let strays = try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> [UUID] in
                try await UploadStore.unowned(files, in: tx)
            }
            for id in strays { await vault.delete(id) }
            return ids.count + strays.count
        } catch {
            throw UploadFault(any: error)
        }
    }

    /// Deletes the files, then says so; a stop in between is mended by the next sweep.
    private func forget(_ ids: [UUID], _ mandate: Mandate) async {
        guard !ids.isEmpty else { return }
        for id in ids { await vault.delete(id) }
        state.withLock { memory in for id in ids { memory.digests[id] = nil } }
        try? await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            try await UploadStore.noteDeleted(ids, in: tx)
        }
    }
}
