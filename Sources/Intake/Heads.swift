import Foundation
import Registry

/// Who becomes the head of which household by the lines of a chunk, and who ceases to be.
struct Heads {
    struct Line {
        var unit: PreparedUnit
        /// The household that the line names.
        var home: UUID?
        var person: UUID?
        /// Whom the household has for its head before the chunk.
        var present: UUID?
        var isHead: Bool
        /// The household whose head he is before the chunk, and which he leaves to another by this line.
        var leaves: UUID?
        /// Whether the source said the same before; such a line changes nothing, and is never held back.
        var isOld: Bool
        var number: Int { unit.lines.first?.line ?? 0 }
    }

    private var lines: [Line]
    /// Lines of earlier chunks by mark.
    var earlier: [UUID: Int] = [:]
    private(set) var refused: [(PreparedUnit, RowFinding)] = []
    /// Findings of lines held back earlier, by line.
    private(set) var amended: [(Int, RowFinding)] = []
    /// Marks with lines, for chunks to come.
    private(set) var waiting: [UUID: Int] = [:]
    private(set) var left: [UUID: Int] = [:]

    init(_ lines: [Line]) {
        self.lines = lines
    }

    init(
        _ units: [PreparedUnit], anchors: [String: Revision.Anchor], known: KnownSubjects, headed: [UUID: UUID]
    ) {
        lines = []
        for unit in units {
            guard let content = unit.content, let record = content.people.first?.record else { continue }
            let anchor = (content.about?.key).flatMap { anchors[$0] }
            let before = known.people[record.sourceKey]
            let person = before?.subject
            // What the source said before with the same words is not stated again.
            let isOld = before.map { $0.isSame && (anchor == nil || $0.household == anchor?.household) } ?? false
            // Whom the source called the head before, and who is so no more, becomes nothing by being named again.
            let isHead =
                record.membership?.role == .head && (anchor.map { !isOld || $0.head == person } ?? false)
            var line = Line(
                unit: unit, home: anchor?.household, person: person, present: anchor?.head, isHead: isHead,
                isOld: isOld)
            if let person, !isOld {
                if let own = headed[person], !(isHead && anchor?.household == own) {
                    // A line without a household says nothing of the one that he is in.
                    line.leaves = anchor == nil ? nil : own
                } else if let anchor, anchor.head == person, !isHead {
                    line.leaves = anchor.household
                }
            }
            if line.isHead || line.leaves != nil { lines.append(line) }
        }
    }

    /// What has to be known of earlier chunks.
    var marks: [UUID] {
        lines.flatMap { line in
            [line.leaves.map { Mark.waitingHead(of: $0) }, line.home.map { Mark.formerHead(of: $0) }].compactMap { $0 }
        }
    }

    /// Holds lines back until every household has one head.
    ///
    /// Holding a line back may take away the reason for which another was good: that one is looked at again, and nothing
    /// else, so that the work grows with the lines and not with their square.
    mutating func settle() {
        var work = Work(lines)
        while true {
            if let place = work.nextHead() {
                judge(head: place, &work)
            } else if let place = work.nextLeaver() {
                judge(leaver: place, &work)
            } else {
                break
            }
        }
        for (place, line) in lines.enumerated() where work.stands[place] {
            if let home = line.leaves { left[Mark.formerHead(of: home)] = line.number }
        }
    }

    private mutating func judge(head place: Int, _ work: inout Work) {
        let line = lines[place]
        guard work.stands[place], !line.isOld, let home = line.home else { return }
        if let other = work.taken[home], other != place {
            refused.append((line.unit, Self.second(lines[other].number)))
            return work.drop(place, lines)
        }
        let isFree =
            line.present == nil || line.present == line.person || work.leaving[home, default: 0] > 0
            || earlier[Mark.formerHead(of: home)] != nil
        guard isFree else {
            refused.append((line.unit, Self.second(nil)))
            let mark = Mark.waitingHead(of: home)
            if waiting[mark] == nil { waiting[mark] = line.number }
            return work.drop(place, lines)
        }
        work.taken[home] = place
    }

    private mutating func judge(leaver place: Int, _ work: inout Work) {
        let line = lines[place]
        guard work.stands[place], let home = line.leaves, work.taken[home] == nil,
            let other = earlier[Mark.waitingHead(of: home)]
        else { return }
        refused.append((line.unit, Self.apart(other)))
        amended.append((other, Self.apart(line.number)))
        work.drop(place, lines)
    }

    /// Which lines stand so far, and which are to be looked at.
    private struct Work {
        var stands: [Bool]
        /// The line that gives a household its head.
        var taken: [UUID: Int] = [:]
        /// How many lines that stand take the present head away from a household.
        var leaving: [UUID: Int] = [:]
        private var leavers: [UUID: [Int]] = [:]
        private var heads: [Int] = []
        private var goers: [Int] = []
        private var headsRead = 0
        private var goersRead = 0

        init(_ lines: [Line]) {
            stands = Array(repeating: true, count: lines.count)
            for (place, line) in lines.enumerated() {
                if line.isHead { heads.append(place) }
                if line.isHead, line.isOld, let home = line.home { taken[home] = place }
                guard let home = line.leaves else { continue }
                leaving[home, default: 0] += 1
                leavers[home, default: []].append(place)
                goers.append(place)
            }
        }

        mutating func nextHead() -> Int? {
            guard headsRead < heads.count else { return nil }
            headsRead += 1
            return heads[headsRead - 1]
        }

        mutating func nextLeaver() -> Int? {
            guard goersRead < goers.count else { return nil }
            goersRead += 1
            return goers[goersRead - 1]
        }

        /// Takes a line away; whoever relied on it is looked at again.
        mutating func drop(_ place: Int, _ lines: [Line]) {
            stands[place] = false
            if let home = lines[place].home, taken[home] == place {
                taken[home] = nil
                goers += leavers[home] ?? []
            }
            guard let home = lines[place].leaves, let count = leaving[home] else { return }
            leaving[home] = count - 1
            if count == 1, let taker = taken[home] { heads.append(taker) }
        }
    }

    private static func second(_ line: Int?) -> RowFinding {
        RowFinding(
            "role", "members.head_count",
            line.map { "Line \($0) gives the household a head already." } ?? "The household has a head already.",
            "Give only one line the role head; where the head changes, give the former head another role in the same file."
        )
    }

    private static func apart(_ line: Int) -> RowFinding {
        RowFinding(
            "role", "members.head_apart",
            "By this line and line \(line) the household changes its head, and they stand too far apart to be applied together.",
            "Put the two lines next to each other and send them again.")
    }
}
