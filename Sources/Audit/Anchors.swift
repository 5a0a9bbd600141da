package import Cryptography
import Documents
import Foundation
import Groundwork
import Runtime

/// What a block was when it was sealed, kept where the database cannot reach: one line of JSON.
package struct Anchor: Sendable, Equatable {
    package var block: Int64
    package var hash: [UInt8]
    package var sealedAt: String
    var mac: [UInt8]

    init(_ block: AuditBlock, _ keys: AuditKeys) {
        (self.block, hash, sealedAt) = (block.number, block.hash, RFC3339.text(block.sealedAt))
        mac = keys.anchor(block.number, block.hash)
    }

    /// Nil when the line is no anchor.
    init?(line: some Collection<UInt8>) {
        guard let json = try? JSON.parse(Array(line)), let block = json["block"]?.int,
            let hash = json["hash"]?.string.flatMap({ Hex.decode($0) }),
            let mac = json["mac"]?.string.flatMap({ Hex.decode($0) }), let sealedAt = json["sealed_at"]?.string
        else { return nil }
        (self.block, self.hash, self.sealedAt, self.mac) = (Int64(block), hash, sealedAt, mac)
    }

    var line: [UInt8] {
        let json: JSON = [
            "block": .number(JSONNumber(Int(block))), "sealed_at": .string(sealedAt), "hash": .string(Hex.encode(hash)),
            "mac": .string(Hex.encode(mac)),
        ]
        return json.serialized() + [0x0A]
    }
}

/// The folder of anchors: a file a month, appended to and synchronised block by block.
package actor AnchorFolder {
    private let path: String
    private let keys: AuditKeys
    /// The last block that has an anchor here; nil until the folder was looked at.
    private var last: Int64?

    private let executor: DiskExecutor = DiskExecutor()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init(_ path: String, keys: KeyRing) {
        (self.path, self.keys) = (path, AuditKeys(keys))
    }

    /// Anchors every block that has none yet, also those that another server sealed.
    func follow(_ sealer: AuditSealer) async throws(AuditFault) {
        var known: Int64
        if let last { known = last } else { known = try found() }
        while true {
            let blocks = try await sealer.blocks(after: known, limit: 1000)
            guard let end = blocks.last else { break }
            try append(blocks)
            known = end.number
            last = known
        }
        last = known
    }

    private func found() throws(AuditFault) -> Int64 {
        // The newest file that holds any is read; those before it end earlier. A disk that was full leaves one without.
        for file in try AnchorReader.files(in: path).reversed() {
            var last: Int64 = 0
            let reader = try AnchorReader(file)
            while let anchor = try reader.next() { last = max(last, anchor.block) }
            if last > 0 { return last }
        }
        return 0
    }

    private func append(_ blocks: [AuditBlock]) throws(AuditFault) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .anchorsUnwritable(path, reason: "the folder cannot be made")
        }
        var lines: [String: [UInt8]] = [:]
        for block in blocks {
            let anchor = Anchor(block, keys)
            lines[String(anchor.sealedAt.prefix(7)), default: []] += anchor.line
        }
        for (month, bytes) in lines.sorted(by: { $0.key < $1.key }) {
            try append(bytes, to: "\(path)/\(month).ndjson")
        }
    }

    /// Takes off the last line when a crash cut it short: its block is anchored again.
    private static func mend(_ descriptor: Int32) {
        let size = lseek(descriptor, 0, SEEK_END)
        let reach = min(size, 4096)
        guard reach > 0 else { return }
        var tail = [UInt8](repeating: 0, count: Int(reach))
        guard pread(descriptor, &tail, tail.count, size - reach) == tail.count, tail.last != 0x0A else { return }
        let kept = tail.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        _ = ftruncate(descriptor, size - reach + kept)
    }

    private func append(_ bytes: [UInt8], to file: String) throws(AuditFault) {
        let descriptor = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .anchorsUnwritable(file, reason: String(cString: strerror(errno))) }
        Self.mend(descriptor)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let isDurable = written == bytes.count && fsync(descriptor) == 0
        guard close(descriptor) == 0, isDurable else {
            throw .anchorsUnwritable(file, reason: "not all of it could be written")
        }
    }
}

/// Reads anchors in the order in which they were written, without holding a file in memory.
///
/// Those that stood there when it was made: a server goes on sealing, and whoever looks at the blocks afterwards sees them all.
package final class AnchorReader {
    private var files: [(path: String, size: Int)]
    /// Bytes of the open file that are still to be read.
    private var left = 0
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []
    private var start = 0
    private var current = ""

    /// - Parameter path: a file of anchors, or a folder of them.
    package init(_ path: String) throws(AuditFault) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .anchorsUnreadable(path, reason: "nothing is there")
        }
        let paths = isFolder.boolValue ? try Self.files(in: path) : [path]
        files = paths.reversed().map { ($0, Self.size(of: $0)) }
    }

    private static func size(of file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The files of a folder by month; none when there is no folder.
    static func files(in path: String) throws(AuditFault) -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".ndjson") }.sorted()
                .map { path + "/" + $0 }
        } catch {
            throw .anchorsUnreadable(path, reason: "the folder cannot be listed")
        }
    }

    /// Nil after the last.
    ///
    /// - Throws: `.anchorsUnreadable` naming the file, also for a line that is no anchor; a last line cut short is none.
    package func next() throws(AuditFault) -> Anchor? {
        while true {
            if let end = buffer[start...].firstIndex(of: 0x0A) {
                let line = buffer[start..<end]
                start = end + 1
                guard let anchor = Anchor(line: line) else {
                    throw .anchorsUnreadable(current, reason: "a line is no anchor")
                }
                return anchor
            }
            buffer.removeFirst(start)
            start = 0
            guard try fill() else { return nil }
        }
    }

    /// False when nothing is left.
    private func fill() throws(AuditFault) -> Bool {
        while true {
            if descriptor < 0 {
                guard let file = files.popLast() else { return false }
                descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else {
                    throw .anchorsUnreadable(file.path, reason: String(cString: strerror(errno)))
                }
                (current, left, buffer) = (file.path, file.size, [])
            }
            var piece = [UInt8](repeating: 0, count: min(left, 1 << 16))
            let count = read(descriptor, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .anchorsUnreadable(current, reason: String(cString: strerror(errno)))
            }
            if count > 0 {
                buffer += piece[..<count]
                left -= count
                return true
            }
            close(descriptor)
            descriptor = -1
        }
    }
}
