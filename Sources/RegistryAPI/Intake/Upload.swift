import Cryptography
import Groundwork
import Intake
import Runtime
import Web

/// A file under way: its pieces are written as they come, so that its size does not matter to memory.
actor Upload {
    private let folder: String
    private let executor: DiskExecutor = DiskExecutor()
    private var file: NamelessFile?
    private var digest = SHA256Stream()

    /// Where the file lies: under no name, so that a kill leaves nothing of it behind.
    var path: String { file?.path ?? "" }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(folder: String) {
        self.folder = folder
    }

    /// Takes the whole body; an interrupted one leaves nothing behind.
    ///
    /// - Returns: SHA-256 of the content.
    func take(_ body: RequestBody) async throws -> [UInt8] {
        do {
            let file = try NamelessFile(in: folder)
            self.file = file
            for try await piece in body {
                digest.update(piece)
                try file.append(piece)
            }
        } catch {
            discard()
            throw error is UploadFault ? APIFault.spoolUnwritable : error
        }
        return digest.digest()
    }

    /// Lets the file go.
    func discard() {
        file = nil
    }
}
