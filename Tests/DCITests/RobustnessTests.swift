import DCI
import Documents
import Foundation
import Groundwork
import TestKit
import Testing

/// Random and damaged messages; every failure prints the seed that makes it again.
@Suite(.scratchDatabase) struct `Any message` {
    private static let seeds: [UInt64] = [1, 2, 3, 4]

    @Test(arguments: seeds) func `that the interface allows gets an answer that it allows`(seed: UInt64) async throws {
        let door = try await DoorFixture.make()
        var messages = RandomMessages(seed: seed)
        for turn in 0..<120 {
            let message = messages.message()
            #expect(try breaches(message, of: \.request) == [], "seed \(seed), turn \(turn)")

            let answer = try await door.send(message, token: DoorFixture.lister)

            #expect(answer.status == 200, "seed \(seed), turn \(turn): \(message.text)")
            let wrong = try breaches(answer.json, of: \.answer)
            #expect(wrong == [], "seed \(seed), turn \(turn): \(message.text)")
            let asked = message["message"]?["search_request"]?.array?.map { $0["reference_id"] }
            #expect(answer.items.map { $0["reference_id"] } == asked, "seed \(seed), turn \(turn)")
        }
    }

    @Test(arguments: seeds) func `that was damaged never breaks the door`(seed: UInt64) async throws {
        let door = try await DoorFixture.make { _, facts in
            facts.partners = PartnerBook(senders: ["lenient": .lenient])
        }
        var messages = RandomMessages(seed: seed &* 1000)
        for turn in 0..<150 {
            var message = messages.message()
            if messages.chance(2) { message = message.setting("header", "sender_id", to: "lenient") }
            message = messages.damaged(message)
            var body = message.serialized()
            if messages.chance(3) { body = messages.broken(body) }

            let answer = try await door.send(bytes: body)

            let place: Comment = "seed \(seed), turn \(turn): \(String(decoding: body, as: UTF8.self))"
            #expect([200, 400].contains(answer.status), place)
            let wrong =
                answer.status == 200
                ? try breaches(answer.json, of: \.answer) : try breaches(answer.json, of: \.acknowledgement)
            #expect(wrong == [], place)
        }
    }

    /// Whatever passes the strict reader is valid by the published schema, and what the schema refuses fails as a whole.
    @Test(arguments: seeds) func `is read strictly as the published schema says`(seed: UInt64) throws {
        var messages = RandomMessages(seed: seed &* 77)
        var valid = 0
        for turn in 0..<1500 {
            let message = turn % 5 == 0 ? messages.message() : messages.damaged(messages.message())
            let isAllowed = try Interface.shared.get().request.isValid(message)
            let isRead = (try? MessageReader.read(message, .strict)) != nil

            if isRead { #expect(isAllowed, "seed \(seed), turn \(turn): \(message.text)") }
            if isAllowed, !isRead { #expect(isStricter(message), "seed \(seed), turn \(turn): \(message.text)") }
            if isAllowed { valid += 1 }
        }
        #expect(valid > 300)
    }

    /// Where we say more than the schema: version, ids that are empty, too long or hold control characters, pages from 1.
    private func isStricter(_ message: JSON) -> Bool {
        do {
            _ = try MessageReader.read(message, .strict)
            return false
        } catch {
            return error.objections.allSatisfy { objection in
                ["header.version", "header.message_id", "header.sender_id", "header.is_msg_encrypted"].contains(
                    objection.place)
                    || objection.place.contains(".pagination.") || objection.place == "header.sender_uri"
                    || objection.place == "header.total_count" || objection.place.hasSuffix("seq_num")
            }
        }
    }
}
