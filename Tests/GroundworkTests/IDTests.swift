import Foundation
import Groundwork
import Testing

@Suite struct `An identity` {
    private enum Thing {}

    @Test func `made later sorts later`() {
        let ids = (0..<10_000).map { _ in ID<Thing>() }

        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.description < $1.description })
    }

    @Test func `is unique and ordered within each of many threads`() async {
        let perTask = 5000
        let all = await withTaskGroup(of: [ID<Thing>].self) { group in
            for _ in 0..<8 { group.addTask { (0..<perTask).map { _ in ID<Thing>() } } }
            return await group.reduce(into: [[ID<Thing>]]()) { $0.append($1) }
        }

        #expect(Set(all.joined()).count == 8 * perTask)
        #expect(all.allSatisfy { ids in zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 } })
    }

    @Test func `is a UUID of version 7 that carries the time`() throws {
        let before = UInt64(Date().timeIntervalSince1970 * 1000)
        let text = ID<Thing>().description
        let digits = text.replacing("-", with: "")

        #expect(digits.count == 32)
        #expect(text.dropFirst(14).first == "7")
        #expect("89ab".contains(text.dropFirst(19).prefix(1)))
        let stamp = try #require(UInt64(digits.prefix(12), radix: 16))
        #expect(stamp >= before)
        #expect(stamp <= before + 60_000)
    }

    @Test func `is printed in lower case and read back`() throws {
        let id = ID<Thing>()

        #expect(id.description == id.rawValue.uuidString.lowercased())
        #expect(ID<Thing>(id.description) == id)
        #expect(ID<Thing>(id.rawValue.uuidString) == id)
        #expect(ID<Thing>("not-an-id") == nil)
        #expect(ID<Thing>(id.description + "0") == nil)
    }

    @Test func `is reproducible from stamp and random bits`() {
        let value = UUIDv7.value(stamp: 0x0123_4567_89AB_CDEF, random: .max)

        #expect(value.lowercased == "12345678-9abc-7def-bfff-ffffffffffff")
    }
}
