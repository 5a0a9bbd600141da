import Glibc

/// Holds a data folder for one process; the system lets go of it when the process ends, however it ends.
final class DataLock: Sendable {
    private let descriptor: Int32

    /// Takes the folder.
    ///
    /// - Parameter purpose: what others are told, e.g. `kith up`.
    /// - Throws: `.dataInUse` with what the holder wrote of itself.
    init(_ folder: DataFolder, purpose: String) throws(RoofFault) {
        let file = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .fileUnwritable(folder.lock, reason: Files.systemReason()) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.text(of: file)
            close(file)
            throw .dataInUse(folder.path, holder: holder.isEmpty ? "Another kith" : holder)
        }
        let line = Array("\(purpose) (process \(getpid()))".utf8)
        _ = ftruncate(file, 0)
        _ = pwrite(file, line, line.count, 0)
        descriptor = file
    }

    deinit {
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }

    private static func text(of file: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pread(file, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
