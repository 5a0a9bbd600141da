import Foundation
import Groundwork
import Testing

@testable import Intake

@Suite struct `Seen keys` {
    @Test func `never forget a key`() {
        let seen = SeenKeys(fileSize: 1 << 20)
        let keys = (0..<20_000).map { Mark.person("p\($0)") }
        seen.insert(keys)
        #expect(seen.suspects(among: keys).count == keys.count)
    }

    @Test func `suspect few of the keys that are new`() {
        let seen = SeenKeys(fileSize: 20_000 * 64)
        seen.insert((0..<20_000).map { Mark.person("p\($0)") })
        let strangers = (0..<20_000).map { Mark.household("h\($0)") }
        #expect(seen.suspects(among: strangers).count < 20)
    }

    @Test func `tell a household's key from a person's of the same text`() {
        #expect(Mark.household("1") != Mark.person("1"))
        #expect(Mark.of(kind: "household", key: "1") == Mark.household("1"))
        #expect(Mark.of(kind: "person", key: "1") == Mark.person("1"))
    }
}
