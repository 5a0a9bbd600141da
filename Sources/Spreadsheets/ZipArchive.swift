import CZip

/// A zip archive opened for reading, with limits on what it unpacks to.
final class ZipArchive {
    private let handle: OpaquePointer
    private let limits: SpreadsheetLimits

    init(path: String, limits: SpreadsheetLimits) throws(SpreadsheetFault) {
        var error: Int32 = 0
        guard let handle = zip_open(path, ZIP_RDONLY, &error) else { throw .damaged(part: "the archive") }
        (self.handle, self.limits) = (handle, limits)
    }

    deinit {
        zip_discard(handle)
    }

    func contains(_ name: String) -> Bool {
        zip_name_locate(handle, name, zip_flags_t(ZIP_FL_NOCASE)) >= 0
    }

    /// Opens one part.
    ///
    /// - Throws: `.damaged` when it is not there, `.encrypted`, `.bomb` by the sizes that it declares.
    func open(_ name: String, largest: Int) throws(SpreadsheetFault) -> ZipPart {
        let place = zip_name_locate(handle, name, zip_flags_t(ZIP_FL_NOCASE))
        var facts = zip_stat_t()
        guard place >= 0, zip_stat_index(handle, zip_uint64_t(place), 0, &facts) == 0 else {
            throw .damaged(part: name)
        }
        guard facts.encryption_method == UInt16(ZIP_EM_NONE) else { throw .encrypted }
        let (size, packed) = (Int(clamping: facts.size), Int(clamping: facts.comp_size))
        let gate = BombGate(limits: limits, largest: largest, packed: packed)
        guard gate.admits(size) else { throw .bomb(part: name) }
        guard let file = zip_fopen_index(handle, zip_uint64_t(place), 0) else { throw .damaged(part: name) }
        return ZipPart(archive: self, file: file, name: name, size: size, gate: gate)
    }

    /// A small part as a whole.
    func bytes(_ name: String) throws(SpreadsheetFault) -> [UInt8] {
        let part = try open(name, largest: limits.largestDescription)
        var bytes: [UInt8] = []
        while let piece = try part.next() { bytes += piece }
        return bytes
    }
}

/// What a part may unpack to.
struct BombGate {
    let limits: SpreadsheetLimits
    let largest: Int
    let packed: Int

    func admits(_ size: Int) -> Bool {
        size <= largest && (size <= limits.ratioFloor || size / max(1, packed) <= limits.ratio)
    }
}

/// One part being unpacked, piece by piece.
final class ZipPart {
    // Held so that the archive stays open as long as a part is read.
    private let archive: ZipArchive
    private let file: OpaquePointer
    let name: String
    /// Bytes as declared.
    let size: Int
    private let gate: BombGate
    private(set) var unpacked = 0
    private var buffer: [UInt8] = [UInt8](repeating: 0, count: 1 << 16)

    init(archive: ZipArchive, file: OpaquePointer, name: String, size: Int, gate: BombGate) {
        (self.archive, self.file, self.name, self.size, self.gate) = (archive, file, name, size, gate)
    }

    deinit {
        zip_fclose(file)
    }

    /// The next piece; nil at the end. What was declared is not believed: the limits hold for what comes.
    func next() throws(SpreadsheetFault) -> ArraySlice<UInt8>? {
        let count = buffer.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress, zip_uint64_t($0.count)) }
        guard count >= 0 else { throw .damaged(part: name) }
        unpacked += Int(count)
        guard gate.admits(unpacked) else { throw .bomb(part: name) }
        return count == 0 ? nil : buffer[..<Int(count)]
    }
}
