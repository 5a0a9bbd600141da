package import Cryptography
import Foundation
import Groundwork
import Runtime

#if canImport(Glibc)
    import Glibc
#endif

/// Where a sealed file ends, as the database knows it; what lies behind is of a write that was cut off.
struct SealedEnd: Sendable, Equatable {
    var pieces: Int = 0
    /// Bytes of the sealed file.
    var stored: Int = 0
    /// Bytes that it holds, opened.
    var plain: Int = 0
}

/// Uploaded files, each sealed piece by piece in one file of the installation's folder.
///
/// A piece opens only as that piece of that upload, so pieces cannot be exchanged or taken out unnoticed.
package actor UploadVault {
    /// Bytes sealed together.
    static let pieceSize: Int = 1 << 20
    private static let ending = ".sealed"

    private let folder: String
    private let keys: KeyRing
    private let executor: DiskExecutor = DiskExecutor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter folder: made when it is missing; readable by the server alone.
    package init(folder: String, keys: KeyRing) {
        (self.folder, self.keys) = (folder, keys)
    }

    private func path(_ id: UUID) -> String { folder + "/" + id.lowercased + Self.ending }

    private static func context(_ id: UUID, _ piece: Int) -> String { "upload:\(id.lowercased):\(piece)" }

    /// Seals bytes behind the end given and drops whatever lay there; they count once the database says so.
    func append(_ bytes: [UInt8], to id: UUID, at end: SealedEnd) throws(UploadFault) -> SealedEnd {
        let sealed = keys.seal(bytes, context: Self.context(id, end.pieces))
        let length = UInt32(sealed.count)
        var frame: [UInt8] = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        frame += sealed
        let path = path(id)
        do {
            if !FileManager.default.fileExists(atPath: path) {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                guard end.stored == 0,
                    FileManager.default.createFile(
                        atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                else { throw UploadFault.storage }
            }
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.truncate(atOffset: UInt64(end.stored))
            try handle.seek(toOffset: UInt64(end.stored))
            try handle.write(contentsOf: Data(frame))
        } catch {
            throw .storage
        }
        return SealedEnd(
            pieces: end.pieces + 1, stored: end.stored + frame.count, plain: end.plain + bytes.count)
    }

    /// Brings to the disk what was written, before the database says that it counts.
    func settle(_ id: UUID) throws(UploadFault) {
        do {
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path(id)))
            defer { try? handle.close() }
            try handle.synchronize()
        } catch {
            throw .storage
        }
    }

    /// The piece that begins at a place, and the place behind it; nil at the end.
    func piece(
        of id: UUID, at place: SealedEnd, before end: SealedEnd
    ) throws(UploadFault) -> (bytes: [UInt8], next: SealedEnd)? {
        guard place.pieces < end.pieces else { return nil }
        do {
            guard let handle = FileHandle(forReadingAtPath: path(id)) else { throw UploadFault.gone }
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(place.stored))
            guard let head = try handle.read(upToCount: 4), head.count == 4 else { throw UploadFault.storage }
            let length = head.reduce(0) { $0 << 8 | Int($1) }
            guard length <= 2 * Self.pieceSize, place.stored + 4 + length <= end.stored,
                let sealed = try handle.read(upToCount: length), sealed.count == length
            else { throw UploadFault.storage }
            let bytes = try keys.open([UInt8](sealed), context: Self.context(id, place.pieces))
            return (
                bytes,
                SealedEnd(
                    pieces: place.pieces + 1, stored: place.stored + 4 + length, plain: place.plain + bytes.count)
            )
        } catch let fault as UploadFault {
            throw fault
        } catch {
            throw .storage
        }
    }

    func delete(_ id: UUID) {
        try? FileManager.default.removeItem(atPath: path(id))
    }

    /// The uploads that have a file.
    func kept() -> [UUID] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            name.hasSuffix(Self.ending) ? UUID(uuidString: String(name.dropLast(Self.ending.count))) : nil
        }
    }

    /// The file in the clear, under no name: it is gone when the last one who holds it lets go, even by a kill.
    func opened(_ id: UUID, end: SealedEnd) async throws(UploadFault) -> NamelessFile {
        let file = try NamelessFile(in: folder)
        var place = SealedEnd()
        while let (bytes, next) = try piece(of: id, at: place, before: end) {
            try file.append(bytes)
            place = next
            // Others write and read between two pieces.
            await Task.yield()
        }
        return file
    }
}

/// A file without a name in any folder, reachable by a path of this process alone.
package final class NamelessFile: Sendable {
    private let descriptor: Int32

    /// Where this process reaches it.
    package var path: String { "/proc/self/fd/\(descriptor)" }

    /// - Parameter folder: on whose disk it lies.
    package init(in folder: String) throws(UploadFault) {
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let name = folder + "/" + UUID().lowercased + ".open"
        descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .storage }
        unlink(name)
    }

    deinit { close(descriptor) }

    /// Adds bytes at the end.
    package func append(_ bytes: [UInt8]) throws(UploadFault) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .storage }
            written += count
        }
    }
}
