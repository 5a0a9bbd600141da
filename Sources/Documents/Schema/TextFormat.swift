import Foundation
import Groundwork

/// The formats of texts that are asserted; others in a schema are remarks.
enum TextFormat: String, Sendable {
    case date, time, uuid, uri, email, ipv4, ipv6, hostname, regex
    case dateTime = "date-time"
    case uriReference = "uri-reference"
    case jsonPointer = "json-pointer"

    var words: String {
        switch self {
        case .date: "a date written YYYY-MM-DD"
        case .time: "a time with offset, such as 08:30:00Z"
        case .dateTime: "a date and time with offset, such as 2026-03-01T08:30:00Z"
        case .uuid: "a UUID"
        case .uri: "an absolute URI"
        case .uriReference: "a URI or a relative reference"
        case .email: "an e-mail address"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        case .hostname: "a host name"
        case .regex: "a regular expression"
        case .jsonPointer: "a JSON Pointer"
        }
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .date: CalendarDate(text) != nil
        case .time: RFC3339.isTime(text)
        case .dateTime: RFC3339.instant(text) != nil
        case .uuid: text.utf8.count == 36 && UUID(uuidString: text) != nil
        case .uri: Self.isURI(text, needsScheme: true)
        case .uriReference: Self.isURI(text, needsScheme: false)
        case .email: Self.isEmail(text)
        case .ipv4: Self.isIPv4(text)
        case .ipv6: Self.isIPv6(text)
        case .hostname: Self.isHostname(text)
        case .regex: (try? TextPattern(text)) != nil
        case .jsonPointer: Self.isPointer(text)
        }
    }

    /// The characters of RFC 3986 with whole percent escapes, and a scheme where one is needed.
    private static func isURI(_ text: String, needsScheme: Bool) -> Bool {
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy({ isHexadecimal($0) }) else { return false }
            case 0x21, 0x23...0x3B, 0x3D, 0x3F...0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x7E: break
            default: return false
            }
        }
        guard needsScheme else { return true }
        guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, isLetter(first) else { return false }
        return text[..<colon].utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
    }

    private static func isEmail(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return false }
        let (local, domain) = (text[..<at].utf8, String(text[text.index(after: at)...]))
        let marks = Array("!#$%&'*+-/=?^_`{|}~.".utf8)
        guard local.count <= 64, local.first != 0x2E, local.last != 0x2E, !text[..<at].contains("..") else {
            return false
        }
        guard local.allSatisfy({ isLetter($0) || isDigit($0) || $0 >= 0x80 || marks.contains($0) }) else {
            return false
        }
        return isHostname(domain)
    }

    private static func isHostname(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            let bytes = label.utf8
            guard (1...63).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D else { return false }
            return bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2D }
        }
    }

    private static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ isDigit($0) }) else { return false }
                return UInt8(part) != nil && (part.utf8.count == 1 || part.utf8.first != 0x30)
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var count = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let groups = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, group) in groups.enumerated() {
                let isLast = index == halves.count - 1 && place == groups.count - 1
                if isLast, group.contains(".") {
                    guard isIPv4(group) else { return false }
                    count += 2
                } else {
                    guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy({ isHexadecimal($0) }) else {
                        return false
                    }
                    count += 1
                }
            }
        }
        return halves.count == 2 ? count < 8 : count == 8
    }

    private static func isPointer(_ text: String) -> Bool {
        guard text.isEmpty || text.hasPrefix("/") else { return false }
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "~"), rest.first != 0x30, rest.first != 0x31 { return false }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
}
