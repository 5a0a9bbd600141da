import Cryptography
import Documents
import Foundation
import Groundwork
import Testing

@testable import Registry

@Suite struct `The digest of a statement` {
    @Test func `is that of the canonical form of what is stated`() throws {
        let keys = try KeyRing(masterKey: [UInt8](repeating: 3, count: 32))
        let day = try #require(CalendarDate("2026-03-01"))
        let record = SourceRecord(
            kind: .person, source: "census", sourceKey: "1", command: CommandID(), observedOn: day,
            recordedAt: Date(), actor: ID(),
            membership: MembershipClaim(household: ID(), operation: .join, on: day, role: .head),
            claims: ["sex": "female", "given_name": "Anésie \"A\"", "rooms": 3, "assets": ["radio", "goat"]],
            contacts: Contacts(identifiers: [Identifier(type: "NID", value: "1")], phones: ["+25779000000"]))
        let whole: JSON = [
            "kind": "person", "observed_on": "2026-03-01", "assurance": "declared", "claims": .object(record.claims),
            "contacts": try #require(record.contacts).json, "membership": try #require(record.membership).json,
        ]
        #expect(record.contentHash(with: keys) == keys.index("content", whole.canonical()))
    }

    @Test func `does not depend on the order of the claims`() throws {
        let keys = try KeyRing(masterKey: [UInt8](repeating: 3, count: 32))
        let day = try #require(CalendarDate("2026-03-01"))
        func digest(_ claims: JSONObject) -> [UInt8] {
            SourceRecord(
                kind: .household, source: "s", sourceKey: "1", command: CommandID(), observedOn: day,
                recordedAt: Date(), actor: ID(), claims: claims
            ).contentHash(with: keys)
        }
        #expect(digest(["a": 1, "été": 2, "ab": 3]) == digest(["ab": 3, "été": 2, "a": 1]))
        #expect(digest(["a": 1]) != digest(["a": 2]))
    }
}
