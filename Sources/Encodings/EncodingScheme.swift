import Cryptography
public import Groundwork

/// How persons are turned into encodings that tell likeness and no names: whoever compares needs the same secret on both sides,
/// and whoever holds the encodings alone must not have it.
public struct EncodingScheme: Sendable {
    /// What, beside the secret, decides which bits a letter pair sets. The more classes there are, the less can be told from how
    /// often bits occur; an error in the value that salts makes a pair unlike.
    public enum Salt: String, Sendable, Hashable, CaseIterable { case none, sex, year }

    /// Bits of an encoding.
    public static let bits: Int = 1024
    /// The shortest secret, in bytes.
    public static let shortestSecret: Int = 32

    public let purpose: String
    public let salt: Salt
    /// How many of a thousand bits are flipped by chance, the same ones each time the same record is encoded.
    public let noise: Int
    private let key: [UInt8]

    /// - Parameters:
    ///   - secret: at least 32 bytes, known to both sides and to nobody who compares.
    ///   - purpose: encodings for different purposes cannot be compared; 1 to 40 letters, digits and hyphens.
    ///   - noise: 0 to 200.
    public init(secret: [UInt8], purpose: String, salt: Salt = .year, noise: Int = 10) throws(EncodingFault) {
        guard secret.count >= Self.shortestSecret else { throw .secretShort }
        let isPlain = purpose.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
        }
        guard isPlain, (1...40).contains(purpose.utf8.count) else { throw .purpose }
        (self.purpose, self.salt, self.noise) = (purpose, salt, min(max(noise, 0), 200))
        key = HMACSHA256.code(
            Array("kith-clk-1|\(purpose)|\(salt.rawValue)|\(self.noise)".utf8), key: secret)
    }

    /// Stands beside each encoding, so that nobody compares what was not made alike; tells nothing of the secret.
    public var mark: String {
        "1:\(salt.rawValue):\(noise):\(purpose):" + Hex.encode(Array(code("mark", "").prefix(4)))
    }

    func code(_ domain: String, _ text: String) -> [UInt8] {
        HMACSHA256.code(Array("\(domain)|\(text)".utf8), key: key)
    }
}

/// Why encodings cannot be made or read.
public enum EncodingFault: Fault, Equatable {
    case secretShort
    case purpose
    /// Made under another secret, purpose or scheme than the rest.
    case unlike(line: Int)
    case malformed(line: Int)
    case columnMissing(String)
    /// More than half of what a column holds could not be read; `first` is a line.
    case unreadable(what: String, count: Int, of: Int, first: Int, remedy: String)

    public var code: String {
        switch self {
        case .secretShort: "encoding.secret_short"
        case .purpose: "encoding.purpose"
        case .unlike: "encoding.unlike"
        case .malformed: "encoding.malformed"
        case .columnMissing: "encoding.column_missing"
        case .unreadable: "encoding.unreadable"
        }
    }

    public var kind: FaultKind { .invalid([]) }

    public var summary: String {
        switch self {
        case .secretShort: "The secret is shorter than 32 bytes; make one with: head -c 32 /dev/urandom > FILE"
        case .purpose: "The purpose takes 1 to 40 letters, digits and hyphens."
        case .unlike(let line):
            "Line \(line) was encoded with another secret, purpose, salt or noise; encode both lists alike."
        case .malformed(let line): "Line \(line) is no encoding; the columns are id, clk, tokens, scheme."
        case .columnMissing(let name): "The file has no column \(name); name the right one with --columns."
        case .unreadable(let what, let count, let all, let first, let remedy):
            "\(count) of \(all) \(what) could not be read, the first in line \(first); \(remedy) Nothing was encoded."
        }
    }
}
