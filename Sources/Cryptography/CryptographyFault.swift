public import Groundwork

/// Every way in which a key or a sealed value is refused.
public enum CryptographyFault: Fault, Equatable {
    /// A master key is 32 bytes.
    case keyLength
    case keyFileMissing
    case keyFileUnreadable
    /// Group or others may read or write the key file; the mode is given in octal.
    case keyFileExposed(mode: String)
    case keyFileExists
    case keyFileUnwritable
    case keyFileMalformed
    /// Not a value that `KeyRing.seal` made.
    case sealedForm
    /// Changed since it was sealed, sealed under another key, or moved from another place.
    case sealedForged

    public var code: String {
        switch self {
        case .keyLength: "cryptography.key.length"
        case .keyFileMissing: "cryptography.key_file.missing"
        case .keyFileUnreadable: "cryptography.key_file.unreadable"
        case .keyFileExposed: "cryptography.key_file.exposed"
        case .keyFileExists: "cryptography.key_file.exists"
        case .keyFileUnwritable: "cryptography.key_file.unwritable"
        case .keyFileMalformed: "cryptography.key_file.malformed"
        case .sealedForm: "cryptography.sealed.form"
        case .sealedForged: "cryptography.sealed.forged"
        }
    }

    public var kind: FaultKind { .defect }

    public var summary: String {
        switch self {
        case .keyLength: "A master key has exactly 32 bytes."
        case .keyFileMissing: "The key file is not there; create one, or put the backed-up one in its place."
        case .keyFileUnreadable: "The key file cannot be read by this user, or is not a regular file."
        case .keyFileExposed(let mode): "The key file has mode \(mode): only its owner may have access (chmod 600)."
        case .keyFileExists: "The key file exists already; it is never overwritten."
        case .keyFileUnwritable: "The key file cannot be written."
        case .keyFileMalformed: "The key file does not hold one line, kith-key-1: and 64 hexadecimal digits."
        case .sealedForm: "The sealed value is too short or of an unknown version."
        case .sealedForged: "The sealed value does not open: changed, moved, or sealed under another key."
        }
    }
}
