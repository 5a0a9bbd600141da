import Foundation
import Groundwork
import Postgres

/// How far a verification is, and what it found.
struct VerificationState {
    private struct Place {
        var range: ClosedRange<Int64>
        var block: Int
    }

    /// An entry whose code is wrong, kept to see whether it is right somewhere else.
    private struct Wrong {
        var seq: Int64
        var entry: [UInt8]
        var subjects: [UInt8]
        var mac: [UInt8]
        var breakIndex: Int
    }

    var report = AuditReport()
    /// The largest number looked at; nil before the first group.
    private(set) var top: Int64?
    /// Entries whose codes are right, and which no block looked at so far holds.
    private(set) var strays: Set<Int64> = []
    private let keys: AuditKeys
    private let isPart: Bool
    private var blocks: [AuditBlock] = []
    private var places: [Place] = []
    private var earlier: [Place] = []
    private var wrong: [Wrong] = []

    private static let mostWrong = 50

    init(keys: AuditKeys, isPart: Bool) {
        (self.keys, self.isPart) = (keys, isPart)
    }

    /// Takes a group of blocks in hand; the interval of numbers to be read, nil when they hold nothing.
    mutating func begin(_ group: [AuditBlock]) -> ClosedRange<Int64>? {
        (earlier, blocks, places) = (places, group, [])
        for (index, block) in group.enumerated() {
            // A block that was changed may claim anything; its claim counts when it is no larger than it says.
            guard let ranges = block.ranges, ranges.reduce(0, { $0 + $1.count }) == block.entries else { continue }
            for range in ranges { places.append(Place(range: range, block: index)) }
        }
        places.sort { $0.range.lowerBound < $1.range.lowerBound }
        guard let low = places.first?.range.lowerBound, let high = places.map(\.range.upperBound).max() else {
            return nil
        }
        for place in places where !strays.isEmpty {
            for seq in strays where place.range.contains(seq) { strays.remove(seq) }
        }
        let start = top.map { min($0 + 1, low) } ?? (isPart ? low : .min)
        top = max(top ?? high, high)
        return start...max(high, start)
    }

    mutating func check(_ batch: EntryBatch, _ right: [Bool]) throws(DatabaseError) {
        var leaves: [[[UInt8]]] = Array(repeating: [], count: blocks.count)
        var lacking: Set<Int> = []
        var place = 0
        var expected = places.first?.range.lowerBound
        let places = places
        func advance(_ seq: Int64) -> Int64? {
            if seq < places[place].range.upperBound { return seq + 1 }
            place += 1
            return place < places.count ? places[place].range.lowerBound : nil
        }
        for (index, seq) in batch.numbers.enumerated() {
            while let awaited = expected, awaited < seq {
                tellMissing(awaited, places[place].block, &lacking)
                expected = advance(awaited)
            }
            guard expected == seq else {
                tellStray(seq, batch, index, isRight: right[index])
                continue
            }
            let block = places[place].block
            report.entries += 1
            report.subjects += Int(try batch.rows[index].get(EntryForm.subjectCount, as: Int32.self))
            leaves[block].append(try batch.mac(index))
            if !right[index] {
                try tellChanged(seq, block, batch, index)
                // What was named says more than that the root is another.
                lacking.insert(block)
            }
            expected = advance(seq)
        }
        while let awaited = expected {
            tellMissing(awaited, places[place].block, &lacking)
            expected = advance(awaited)
        }
        for seq in batch.orphans { tellOrphan(seq) }
        for (index, block) in blocks.enumerated() where !lacking.contains(index) {
            if MerkleTree.root(leaves[index]) == block.root { continue }
            report.note(
                AuditBreak(
                    .blockRoot, block: block.number,
                    "The entries of block \(block.number) are not those, or not in the order, in which it was sealed."))
        }
    }

    mutating func checkTail(_ batch: EntryBatch, _ right: [Bool]) {
        for (index, seq) in batch.numbers.enumerated() {
            if right[index] {
                report.unsealed += 1
            } else {
                report.note(Self.added(seq))
            }
        }
        for seq in batch.orphans { tellOrphan(seq) }
    }

    // MARK: Telling

    private static func added(_ seq: Int64) -> AuditBreak {
        AuditBreak(
            .entryAdded, entry: seq, "Entry \(seq) was changed before it was sealed, or not written by this registry.")
    }

    private mutating func tellOrphan(_ seq: Int64) {
        report.note(
            AuditBreak(.subjectAdded, entry: seq, "audit.subject names entry \(seq), which is not there."))
    }

    private mutating func tellMissing(_ seq: Int64, _ block: Int, _ lacking: inout Set<Int>) {
        lacking.insert(block)
        let number = blocks[block].number
        report.note(
            AuditBreak(.entryMissing, block: number, entry: seq, "Entry \(seq) of block \(number) is missing."))
    }

    private mutating func tellStray(_ seq: Int64, _ batch: EntryBatch, _ index: Int, isRight: Bool) {
        if earlier.contains(where: { $0.range.contains(seq) }) { return }
        if isRight { strays.insert(seq) } else { report.note(Self.added(seq)) }
    }

    private mutating func tellChanged(
        _ seq: Int64, _ block: Int, _ batch: EntryBatch, _ index: Int
    ) throws(DatabaseError) {
        let number = blocks[block].number
        let recorded: Date = try batch.rows[index].get(2)
        report.note(
            AuditBreak(
                .entryChanged, block: number, entry: seq,
                "Entry \(seq) of block \(number), recorded at \(recorded.formatted(.iso8601)), was changed."))
        guard wrong.count < Self.mostWrong, report.breaks.count == report.breakCount else { return }
        let (entry, subjects) = batch.covered(index)
        wrong.append(
            Wrong(
                seq: seq, entry: entry, subjects: subjects, mac: try batch.mac(index),
                breakIndex: report.breaks.count - 1))
    }

    /// Of entries whose codes are wrong: is one right under the number of another, so that they changed places?
    mutating func tellMoved() {
        for one in wrong {
            for other in wrong where other.seq != one.seq {
                var entry = one.entry
                // The number is the first column, behind its length.
                withUnsafeBytes(of: other.seq.bigEndian) { entry.replaceSubrange(4..<12, with: $0) }
                guard keys.entry(entry + one.subjects) == one.mac || keys.entry(entry + other.subjects) == one.mac
                else {
                    continue
                }
                let block = report.breaks[one.breakIndex].block
                report.breaks[one.breakIndex] = AuditBreak(
                    .entryMoved, block: block, entry: one.seq,
                    "Entry \(one.seq) stands in the place of another: it was sealed as number \(other.seq).")
            }
        }
    }
}
