import DCI
import Documents
import Foundation
import Groundwork
import Postgres
import Runtime
import TestKit
import Testing

@Suite(.scratchDatabase) struct `The message ledger` {
    private let clock = FixedClock(RegistryFixture.today)
    private let hash = [UInt8](repeating: 1, count: 32)
    private let other = [UInt8](repeating: 2, count: 32)

    private func ledger() -> MessageLedger {
        MessageLedger(
            database: Scratch.database, mandate: Mandate(actor: ID(), purpose: .operation), clock: clock, window: 86_400
        )
    }

    private func isTaken(_ ledger: MessageLedger, _ entry: MessageLedger.Entry, _ hash: [UInt8]) async throws -> Bool {
        let rows = try await Scratch.database.read(
            as: Mandate(actor: ID(), purpose: .operation), once: [ledger.question(entry)])
        return try ledger.isTaken(entry, hash: hash, answer: rows[0])
    }

    @Test func `the same message may come again, another under its id may not`() {
        let ledger = ledger()
        let entry = MessageLedger.Entry(senderID: "a", messageID: "memory")

        #expect(ledger.claim(entry, hash: hash) == .unknown)
        #expect(ledger.claim(entry, hash: hash) == .repeated)
        #expect(ledger.claim(entry, hash: other) == .taken)
        #expect(ledger.claim(MessageLedger.Entry(senderID: "b", messageID: "memory"), hash: other) == .unknown)
    }

    @Test func `what was written is known to every server`() async throws {
        let entry = MessageLedger.Entry(senderID: "a", messageID: "shared")
        let first = ledger()
        _ = first.claim(entry, hash: hash)
        try await first.flush()

        let second = ledger()
        #expect(second.claim(entry, hash: other) == .unknown)
        #expect(try await isTaken(second, entry, other))
        #expect(second.claim(entry, hash: hash) == .unknown)
        #expect(try await !isTaken(second, entry, hash))
    }

    @Test func `a table that grows gets new statistics, so that sessions plan again`() async throws {
        let ledger = ledger()
        for number in 0..<150 {
            _ = ledger.claim(MessageLedger.Entry(senderID: "grow", messageID: String(number)), hash: hash)
        }
        try await ledger.flush()
        try await ledger.analyseIfDue()

        let rows = try await Scratch.database.read(
            as: Mandate(actor: ID(), purpose: .operation),
            once: ["SELECT reltuples::bigint FROM pg_class WHERE oid = 'dci.message_seen'::regclass"])
        #expect(try rows[0][0].get(0, as: Int64.self) >= 150)
    }

    @Test func `an id is free again after the window, and old rows are trimmed`() async throws {
        let entry = MessageLedger.Entry(senderID: "a", messageID: "old")
        let ledger = ledger()
        _ = ledger.claim(entry, hash: hash)
        try await ledger.flush()
        clock.advance(by: .seconds(86_401))

        #expect(try await !isTaken(ledger, entry, other))
        _ = ledger.claim(entry, hash: other)
        try await ledger.flush()
        #expect(try await isTaken(ledger, entry, hash))

        clock.advance(by: .seconds(86_401))
        while try await ledger.trim(atMost: 100) > 0 {}
        let rows = try await Scratch.database.read(
            as: Mandate(actor: ID(), purpose: .operation),
            once: ["SELECT count(*) FROM dci.message_seen WHERE message_id = 'old'"])
        #expect(try rows[0].first?.get(0, as: Int64.self) == 0)
    }

    @Test func `many are written at once, without waiting for a timer`() async throws {
        let ledger = ledger()
        for number in 0..<600 {
            _ = ledger.claim(MessageLedger.Entry(senderID: "many", messageID: "\(number)"), hash: hash)
        }

        try await ledger.flushIfDue()

        let rows = try await Scratch.database.read(
            as: Mandate(actor: ID(), purpose: .operation),
            once: ["SELECT count(*) FROM dci.message_seen WHERE sender_id = 'many'"])
        #expect(try rows[0].first?.get(0, as: Int64.self) == 600)
    }

    @Test func `a few are written when they have waited long enough, and at the end`() async throws {
        let ledger = ledger()
        let entry = MessageLedger.Entry(senderID: "few", messageID: "1")
        _ = ledger.claim(entry, hash: hash)
        try await ledger.flushIfDue()
        #expect(try await !isTaken(self.ledger(), entry, other))

        clock.advance(by: .seconds(1))
        try await ledger.flushIfDue()
        #expect(try await isTaken(self.ledger(), entry, other))

        _ = ledger.claim(MessageLedger.Entry(senderID: "few", messageID: "2"), hash: hash)
        await ledger.shutdown()
        #expect(try await isTaken(self.ledger(), MessageLedger.Entry(senderID: "few", messageID: "2"), other))
    }

    @Test func `ids of the door reach the table, and the repeated message is answered again`() async throws {
        let door = try await DoorFixture.make()
        let message = Sample.message([Sample.identifier("NID", SeededPeople.nid)], messageID: "door-1")
        let first = try await door.send(message)
        try await door.door.ledger.flush()

        let again = try await door.send(message)
        let fresh = try await DoorFixture.make().send(message)
        let changed = try await DoorFixture.make().send(message.setting("message", "transaction_id", to: "T-2"))

        for answer in [first, again, fresh] { #expect(door.names(answer) == ["Espérance"]) }
        #expect(changed.header["status_reason_code"] == "rjct.message_id.duplicate")
    }
}
