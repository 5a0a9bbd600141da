import Groundwork
import Testing

@Suite struct `Random bits` {
    @Test func `never come twice, whoever asks`() async {
        let words = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<8 { group.addTask { (0..<1000).map { _ in Entropy.next() } } }
            return await group.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
        }
        #expect(words.count == 8000)
    }

    @Test func `are written as sixteen hexadecimal digits a word`() {
        #expect(Entropy.hex(0) == "0000000000000000")
        #expect(Entropy.hex(0x0123_4567_89AB_CDEF, .max) == "0123456789abcdefffffffffffffffff")
    }
}
