import Glibc

extension KeyRing {
    private static let prefix = "kith-key-1:"

    /// Reads the key file.
    ///
    /// - Throws: `.keyFileMissing`, `.keyFileUnreadable`, `.keyFileMalformed`, and `.keyFileExposed` when group or others
    ///   have any access to it.
    public static func load(file: String) throws(CryptographyFault) -> KeyRing {
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == ENOENT ? .keyFileMissing : .keyFileUnreadable }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .keyFileUnreadable }
        guard status.st_mode & 0o077 == 0 else {
            throw .keyFileExposed(mode: String(status.st_mode & 0o7777, radix: 8))
        }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .keyFileUnreadable }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        guard line.hasPrefix(prefix), let key = Hex.decode(line.dropFirst(prefix.count)), key.count == 32 else {
            throw .keyFileMalformed
        }
        return try KeyRing(masterKey: key)
    }

    /// Makes a new master key and keeps it in a new file that only its owner can read (mode 600).
    ///
    /// Whoever loses this file loses every sealed value: back it up apart from the database.
    /// - Throws: `.keyFileExists` rather than overwrite one; `.keyFileUnwritable`.
    @discardableResult
    public static func create(file: String) throws(CryptographyFault) -> KeyRing {
        let key = Randomness.bytes(32)
        let descriptor = Glibc.open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errno == EEXIST ? .keyFileExists : .keyFileUnwritable }
        let line = Array((prefix + Hex.encode(key) + "\n").utf8)
        // The umask can only take away; the mode is set again in case it took too much.
        let isWritten =
            fchmod(descriptor, 0o600) == 0 && write(descriptor, line, line.count) == line.count
            && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else {
            unlink(file)
            throw .keyFileUnwritable
        }
        return try KeyRing(masterKey: key)
    }
}
