package import Cryptography
import Foundation
import Groundwork
import Runtime

/// Photos and documents as encrypted files, named by the keyed hash of their content.
///
/// Equal files are kept once. A file without a row in the table is harmless: it can be read with the key ring alone, and
/// nothing leads to it.
package actor AttachmentFiles {
    /// Largest content in bytes.
    package static let limit: Int = 10 << 20
    private static let context: String = "attachment"

    private let folder: String
    private let keys: KeyRing
    private let executor: DiskExecutor = DiskExecutor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter folder: made when it is missing; readable by the server alone.
    package init(folder: String, keys: KeyRing) {
        (self.folder, self.keys) = (folder, keys)
    }

    /// The name of a content: its SHA-256 under the installation's key, 32 bytes.
    nonisolated func hash(of content: [UInt8]) -> [UInt8] {
        keys.index(Self.context, Hex.encode(Digest.sha256(content)))
    }

    /// Writes the content, sealed, so that it is whole and on disk when this returns.
    func store(_ content: [UInt8], as hash: [UInt8]) throws(APIFault) {
        let path = path(hash)
        let files = FileManager.default
        guard !files.fileExists(atPath: path) else { return }
        let sealed = keys.seal(content, context: Self.context)
        let draft = path + "." + UUID().lowercased
        do {
            try files.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            guard
                files.createFile(
                    atPath: draft, contents: Data(sealed), attributes: [.posixPermissions: 0o600])
            else { throw APIFault.attachmentLost }
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: draft))
            try handle.synchronize()
            try handle.close()
            guard rename(draft, path) == 0 else { throw APIFault.attachmentLost }
        } catch {
            try? files.removeItem(atPath: draft)
            throw .attachmentLost
        }
    }

    /// Reads a content back; what was tampered with is refused.
    func load(_ hash: [UInt8]) throws(APIFault) -> [UInt8] {
        guard let sealed = FileManager.default.contents(atPath: path(hash)) else { throw .attachmentLost }
        do {
            return try keys.open([UInt8](sealed), context: Self.context)
        } catch {
            throw .attachmentLost
        }
    }

    private func path(_ hash: [UInt8]) -> String {
        let name = Hex.encode(hash)
        return folder + "/" + name.prefix(2) + "/" + name
    }
}
