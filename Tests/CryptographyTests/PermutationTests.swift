import Cryptography
import Testing

@Suite struct `A permutation` {
    @Test(arguments: [1, 2, 3, 4, 5, 7, 10, 16, 97, 100, 255, 256, 257, 1000, 4096, 9_999] as [UInt64])
    func `meets every number below its bound once`(bound: UInt64) throws {
        let keys = try KeyRing(masterKey: [UInt8](repeating: 3, count: 32))

        let met = Set((0..<bound).map { keys.permute($0, below: bound, domain: "test") })

        #expect(met == Set(0..<bound))
    }

    @Test func `has another order for another domain, key and bound`() throws {
        let keys = try KeyRing(masterKey: [UInt8](repeating: 3, count: 32))
        let others = try KeyRing(masterKey: [UInt8](repeating: 4, count: 32))
        func order(_ keys: KeyRing, _ domain: String) -> [UInt64] {
            (0..<50).map { keys.permute($0, below: 1000, domain: domain) }
        }

        #expect(order(keys, "a") == order(keys, "a"))
        #expect(order(keys, "a") != order(keys, "b"))
        #expect(order(keys, "a") != order(others, "a"))
    }

    @Test func `stays below large bounds and spreads over them`() throws {
        let keys = try KeyRing(masterKey: [UInt8](repeating: 3, count: 32))
        for bound in [9_000_000_000, 1 << 40, (1 << 62) - 1, 1 << 62] as [UInt64] {
            let numbers = (0..<2000).map { keys.permute($0, below: bound, domain: "social-id") }
            #expect(numbers.allSatisfy { $0 < bound })
            #expect(Set(numbers).count == 2000)
            // Half of the numbers lie in the lower half, give or take six standard deviations.
            #expect(abs(numbers.count { $0 < bound / 2 } - 1000) < 135)
            // Neighbours do not stay neighbours.
            let steps = zip(numbers, numbers.dropFirst()).count { $0 < $1 }
            #expect(abs(steps - 1000) < 135)
        }
        #expect(keys.permute((1 << 62) - 1, below: 1 << 62, domain: "social-id") < 1 << 62)
    }
}

@Suite struct `Random bytes` {
    @Test func `are as many as asked for, and others each time`() {
        #expect(Randomness.bytes(0).isEmpty)
        #expect(Randomness.bytes(1000).count == 1000)
        #expect(Randomness.bytes(16) != Randomness.bytes(16))
        #expect(Set((0..<1000).map { _ in Randomness.token() }).count == 1000)
        #expect(Base64.decodeURL(Randomness.token())?.count == 32)
    }

    @Test func `equality in constant time is equality`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    }
}
