package import Cryptography
package import Documents
package import Foundation
package import Groundwork

extension JSON {
    static func uuid(_ value: UUID?) -> JSON {
        value.map { .string($0.lowercased) } ?? .null
    }

    static func text(_ value: String?) -> JSON {
        value.map { .string($0) } ?? .null
    }

    static func date(_ value: CalendarDate?) -> JSON {
        value.map { .string($0.description) } ?? .null
    }

    static func number(_ value: Int?) -> JSON {
        value.map { .number(JSONNumber($0)) } ?? .null
    }

    /// PostgreSQL's hexadecimal form of bytea.
    static func bytea(_ bytes: [UInt8]) -> JSON {
        .string("\\x" + Hex.encode(bytes))
    }

    /// Microseconds, as PostgreSQL keeps them.
    package static func instant(_ value: Date) -> JSON {
        .string(Instant.text(value))
    }
}

/// RFC 3339 instants in Coordinated Universal Time with microseconds.
package enum Instant {
    package static func text(_ value: Date) -> String {
        let micros = Int((value.timeIntervalSince1970 * 1_000_000).rounded())
        var (seconds, fraction) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        if fraction < 0 { (seconds, fraction) = (seconds - 1, fraction + 1_000_000) }
        var (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        if rest < 0 { (days, rest) = (days - 1, rest + 86_400) }
        let date = CalendarDate(daysSince1970: days) ?? .earliest
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let time = padded(rest / 3600, 2) + ":" + padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2)
        return date.description + "T" + time + "." + padded(fraction, 6) + "Z"
    }
}

extension MembershipClaim {
    package init?(household: ID<SourceRecord>, json: JSON) {
        guard let operation = json["op"]?.string.flatMap(Operation.init(rawValue:)),
            let on = json["on"]?.string.flatMap({ CalendarDate($0) })
        else { return nil }
        self.init(
            household: household, operation: operation, on: on,
            role: json["role"]?.string.flatMap(MemberRole.init(rawValue:)),
            relationship: json["relationship"]?.string,
            recipient: json["recipient"]?.string.flatMap(Recipient.init(rawValue:)),
            reason: json["reason"]?.string, successor: json["successor"]?.string.flatMap { ID<Person>($0) })
    }

    package var json: JSON {
        var object: JSONObject = ["op": .string(operation.rawValue), "on": .string(on.description)]
        if let role { object["role"] = .string(role.rawValue) }
        if let relationship { object["relationship"] = .string(relationship) }
        if let recipient { object["recipient"] = .string(recipient.rawValue) }
        if let reason { object["reason"] = .string(reason) }
        if let successor { object["successor"] = .string(successor.description) }
        return .object(object)
    }
}

extension Contacts {
    static let context: String = "contacts"

    /// Opens what `sealed(with:)` closed.
    package init(opening sealed: [UInt8], with keys: KeyRing) throws {
        self.init(try JSON.parse(try keys.open(sealed, context: Contacts.context)))
    }

    package init(_ json: JSON) {
        self.init(
            identifiers: (json["identifiers"]?.array ?? []).compactMap(Identifier.init(json:)),
            phones: json["phones"]?.array?.compactMap(\.string))
    }

    package var json: JSON {
        var object: JSONObject = [:]
        if !identifiers.isEmpty { object["identifiers"] = .array(identifiers.map(\.json)) }
        if let phones { object["phones"] = .array(phones.map { .string($0) }) }
        return .object(object)
    }

    /// The only form in which contacts are stored.
    package func sealed(with keys: KeyRing) -> [UInt8] {
        keys.seal(json.serialized(), context: Contacts.context)
    }
}

extension Identifier {
    package init?(json: JSON) {
        guard let type = json["type"]?.string, let value = json["value"]?.string else { return nil }
        func day(_ key: String) -> CalendarDate? { json[key]?.string.flatMap { CalendarDate($0) } }
        self.init(
            type: type, value: value, issuer: json["issuer"]?.string, verifiedOn: day("verified_on"),
            verifiedHow: json["verified_how"]?.string, validFrom: day("valid_from"), validTo: day("valid_to"))
    }

    package var json: JSON {
        var object: JSONObject = ["type": .string(type), "value": .string(value)]
        if let issuer { object["issuer"] = .string(issuer) }
        if let verifiedOn { object["verified_on"] = .string(verifiedOn.description) }
        if let verifiedHow { object["verified_how"] = .string(verifiedHow) }
        if let validFrom { object["valid_from"] = .string(validFrom.description) }
        if let validTo { object["valid_to"] = .string(validTo.description) }
        return .object(object)
    }

    /// Last four characters; only the last two of a value shorter than eight, nothing of one shorter than five.
    package var last4: String {
        let count = value.count
        return String(value.suffix(count >= 8 ? 4 : count >= 5 ? 2 : 0))
    }
}

extension SourceRecord {
    /// A keyed digest of what is stated, without ids and times: equal statements have equal digests, and since it is
    /// keyed it cannot be used to guess a sealed identifier.
    package func contentHash(with keys: KeyRing) -> [UInt8] {
        // The canonical form of an object of these six, written without making it: members by name.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        func add(_ key: StaticString, _ value: JSON) {
            bytes.append(bytes.isEmpty ? 0x7B : 0x2C)
            bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
            value.appendCanonical(to: &bytes)
        }
        add("\"assurance\":", .string(assurance.rawValue))
        add("\"claims\":", .object(claims))
        if let contacts { add("\"contacts\":", contacts.json) }
        add("\"kind\":", .string(kind.rawValue))
        if let membership { add("\"membership\":", membership.json) }
        add("\"observed_on\":", .string(observedOn.description))
        bytes.append(0x7D)
        return keys.index("content", bytes)
    }
}
