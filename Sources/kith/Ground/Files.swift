import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Small files, written whole or not at all.
enum Files {
    /// Writes beside the target and renames, so that a reader sees the old or the new file; mode 600 unless given.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(RoofFault) {
        let draft = path + ".new"
        // Made with its mode from the start: a secret is never readable by others, not even for a moment.
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .fileUnwritable(path, reason: systemReason()) }
        let isWritten = writeAll(bytes, to: descriptor) && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        let reason = systemReason()
        close(descriptor)
        guard isWritten else { throw .fileUnwritable(path, reason: reason) }
        guard rename(draft, path) == 0 else { throw .fileUnwritable(path, reason: systemReason()) }
    }

    /// Writes every byte; false when the system refused, with the reason in `errno`.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, base, rest.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
    }

    /// The whole file; nil when there is none.
    static func read(_ path: String) throws(RoofFault) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .fileUnreadable(path, reason: systemReason())
        }
        return Array(data)
    }

    /// The system's words for its last refusal.
    static func systemReason() -> String { String(cString: strerror(errno)) }

    static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        return underlying.map { String(cString: strerror(Int32($0.code))) } ?? "the system refused"
    }
}
