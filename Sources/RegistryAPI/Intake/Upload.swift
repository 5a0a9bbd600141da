import Cryptography
import Foundation
import Groundwork
import Web

/// A file under way: its pieces are written as they come, so that its size does not matter to memory.
actor Upload {
    /// Where the file lies.
    let path: String
    private let executor: DiskExecutor = DiskExecutor()
    private var handle: FileHandle?
    private var digest = SHA256Stream()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(folder: String) {
        path = folder + "/" + UUID().lowercased + ".upload"
    }

    /// Takes the whole body; an interrupted one leaves nothing behind.
    ///
    /// - Returns: SHA-256 of the content.
    func take(_ body: RequestBody) async throws -> [UInt8] {
        let files = FileManager.default
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            guard files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw APIFault.spoolUnwritable
            }
            handle = FileHandle(forWritingAtPath: path)
            for try await piece in body { try write(piece) }
            try handle?.close()
        } catch {
            discard()
            throw error
        }
        return digest.digest()
    }

    private func write(_ piece: [UInt8]) throws(APIFault) {
        digest.update(piece)
        do {
            try handle?.write(contentsOf: Data(piece))
        } catch {
            throw .spoolUnwritable
        }
    }

    /// Deletes the file.
    func discard() {
        try? handle?.close()
        try? FileManager.default.removeItem(atPath: path)
    }
}
