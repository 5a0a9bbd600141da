import Glibc
import Groundwork

/// The texts that cells of a workbook refer to by number; in memory while they are few, else in a temporary file.
///
/// Written once, then only read, from any thread.
final class SharedTexts: Sendable {
    private enum Home: Sendable {
        case memory(bytes: [UInt8], ends: [Int])
        case file(texts: SpillFile, ends: SpillFile)
    }

    private let home: Home
    let count: Int

    private init(_ home: Home, count: Int) {
        (self.home, self.count) = (home, count)
    }

    static let none: SharedTexts = SharedTexts(.memory(bytes: [], ends: []), count: 0)

    /// Whether they lie in a temporary file.
    var isSpilled: Bool {
        if case .file = home { true } else { false }
    }

    /// The text of a number in UTF-8; nil when there is none.
    func text(_ number: Int) -> [UInt8]? {
        guard (0..<count).contains(number) else { return nil }
        switch home {
        case .memory(let bytes, let ends):
            return Array(bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]])
        case .file(let texts, let ends):
            guard let bounds = ends.bytes(at: max(0, number - 1) * 8, count: number == 0 ? 8 : 16) else { return nil }
            let numbers = bounds.withUnsafeBytes { raw in
                (0..<raw.count / 8).map { Int(raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
            }
            let start = number == 0 ? 0 : numbers[0]
            return texts.bytes(at: start, count: numbers[numbers.count - 1] - start)
        }
    }

    /// Gathers the texts in their order.
    struct Gathering {
        private let mostInMemory: Int
        private var bytes: [UInt8] = []
        private var ends: [Int] = []
        private var spill: (texts: SpillFile, ends: SpillFile)?
        private var flushed = 0
        private var count = 0

        init(mostInMemory: Int) {
            self.mostInMemory = mostInMemory
        }

        mutating func append(_ text: [UInt8]) throws(SpreadsheetFault) {
            bytes += text
            ends.append(flushed + bytes.count)
            count += 1
            // An end takes eight bytes too.
            let held = bytes.count + ends.count * 8
            if held > (spill == nil ? mostInMemory : min(mostInMemory, 1 << 20)) { try flush() }
        }

        private mutating func flush() throws(SpreadsheetFault) {
            let files: (texts: SpillFile, ends: SpillFile)
            if let spill { files = spill } else { files = (try SpillFile(), try SpillFile()) }
            spill = files
            try files.texts.append(bytes)
            try files.ends.append(ends.flatMap { end in withUnsafeBytes(of: UInt64(end)) { Array($0) } })
            flushed += bytes.count
            bytes.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
        }

        consuming func finish() throws(SpreadsheetFault) -> SharedTexts {
            guard spill != nil else { return SharedTexts(.memory(bytes: bytes, ends: ends), count: count) }
            try flush()
            guard let spill else { throw .noRoom }
            return SharedTexts(.file(texts: spill.texts, ends: spill.ends), count: count)
        }
    }
}

/// A file without a name: it is gone when the program is, however that ends.
final class SpillFile: Sendable {
    private let descriptor: Int32

    init() throws(SpreadsheetFault) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array((folder + "/kith-texts-XXXXXX").utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw .noRoom }
        unlink(path)
    }

    deinit {
        close(descriptor)
    }

    func append(_ bytes: [UInt8]) throws(SpreadsheetFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .noRoom }
            rest = rest.dropFirst(count)
        }
    }

    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, offset + filled)
                if read < 0, errno == EINTR { continue }
                guard read > 0 else {
                    isWhole = false
                    return
                }
                filled += read
            }
        }
        return isWhole ? bytes : nil
    }
}

/// Reads `sharedStrings.xml`.
final class SharedTextSink: XMLSink {
    private var gathering: SharedTexts.Gathering
    private var current: [UInt8] = []
    private var isInText = false
    /// How a text is spoken, which is not part of it.
    private var isInPhonetics = false
    private(set) var fault: SpreadsheetFault?

    init(mostInMemory: Int) {
        gathering = SharedTexts.Gathering(mostInMemory: mostInMemory)
    }

    func start(_ name: XMLName, _ attributes: XMLAttributes) {
        if name == "t" {
            isInText = !isInPhonetics
        } else if name == "si" {
            current.removeAll(keepingCapacity: true)
        } else if name == "rPh" {
            isInPhonetics = true
        }
    }

    func end(_ name: XMLName) {
        if name == "t" {
            isInText = false
        } else if name == "rPh" {
            isInPhonetics = false
        } else if name == "si" {
            do {
                try gathering.append(current)
            } catch {
                fault = error
            }
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard isInText else { return }
        current.append(contentsOf: bytes)
        if current.count > 1 << 20 { fault = .damaged(part: "the shared texts") }
    }

    func finish() throws(SpreadsheetFault) -> SharedTexts { try gathering.finish() }
}
