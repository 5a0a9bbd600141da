/// A regular expression of the kind that JSON Schema uses, matched in time linear in the text.
///
/// The language is ECMA-262 with the flag `u`, without back-references and look-around, which no linear matcher has.
/// An anchor means the end of the whole text, never of a line.
public struct TextPattern: Sendable, Hashable {
    /// The expression as it was written.
    public let source: String
    let program: [Operation]

    /// One step; jumps are relative to the step itself.
    enum Operation: Sendable {
        case scalar(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case wordBoundary(Bool)
    }

    /// - Throws: `.syntax` with the offset in scalars, `.unsupported`, or `.tooLarge` when counted repeats unfold too far.
    public init(_ source: String) throws(TextPatternFault) {
        var parser = PatternParser(source)
        self.source = source
        program = try parser.pattern()
    }

    /// True when some part of the text fits; use `^` and `$` to ask for the whole.
    public func matches(_ text: String) -> Bool {
        run(text, isWhole: false)
    }

    /// True when the whole text fits, anchors or not.
    public func matchesWhole(_ text: String) -> Bool {
        run(text, isWhole: true)
    }

    public static func == (left: TextPattern, right: TextPattern) -> Bool { left.source == right.source }
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }

    /// Thompson's simulation: the set of places in the program that the text so far can have led to.
    private func run(_ text: String, isWhole: Bool) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current = Places(count: program.count + 1)
        var next = Places(count: program.count + 1)
        for position in 0...scalars.count {
            if position == 0 || !isWhole { follow(0, scalars, position, &current) }
            if current.contains(program.count), !isWhole || position == scalars.count { return true }
            if position == scalars.count || (isWhole && current.isEmpty) { return false }
            next.removeAll()
            for place in current.members where place < program.count {
                if case .scalar(let set) = program[place], set.contains(scalars[position]) {
                    follow(place + 1, scalars, position + 1, &next)
                }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Adds a place and everything that it leads to without reading on.
    private func follow(_ start: Int, _ scalars: [Unicode.Scalar], _ position: Int, _ places: inout Places) {
        var waiting = [start]
        while let place = waiting.popLast() {
            guard places.insert(place), place < program.count else { continue }
            switch program[place] {
            case .scalar: break
            case .split(let first, let second):
                waiting.append(place + second)
                waiting.append(place + first)
            case .jump(let step): waiting.append(place + step)
            case .start: if position == 0 { waiting.append(place + 1) }
            case .end: if position == scalars.count { waiting.append(place + 1) }
            case .wordBoundary(let wanted):
                let before = position > 0 && ScalarSet.word.contains(scalars[position - 1])
                let after = position < scalars.count && ScalarSet.word.contains(scalars[position])
                if (before != after) == wanted { waiting.append(place + 1) }
            }
        }
    }

    /// A set of small numbers that is emptied in no time.
    private struct Places {
        private(set) var members: [Int] = []
        private var rounds: [Int]
        private var round = 1

        init(count: Int) { rounds = [Int](repeating: 0, count: count) }

        var isEmpty: Bool { members.isEmpty }
        func contains(_ place: Int) -> Bool { rounds[place] == round }

        mutating func insert(_ place: Int) -> Bool {
            if rounds[place] == round { return false }
            rounds[place] = round
            members.append(place)
            return true
        }

        mutating func removeAll() {
            members.removeAll(keepingCapacity: true)
            round += 1
        }
    }
}

/// Why an expression cannot be used.
public enum TextPatternFault: Error, Sendable, Equatable {
    /// Not an expression of the language; the offset counts Unicode scalars from 0.
    case syntax(offset: Int)
    /// Back-references, look-around and unknown character properties.
    case unsupported(offset: Int)
    case tooLarge
}
