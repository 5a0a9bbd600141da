import Groundwork
import Postgres

/// Entries read to be checked, with their subjects: whose codes are right, and what they say.
struct EntryBatch: Sendable {
    let rows: Rows
    let subjects: Rows
    /// For each entry the rows of its subjects.
    private let spans: [Range<Int>]
    /// Numbers of entries that subjects name and that are not there.
    let orphans: [Int64]
    let numbers: [Int64]

    /// - Parameters:
    ///   - rows: `EntryForm.columns`, ascending by number.
    ///   - subjects: `EntryForm.subjectColumns`, ascending by number and place.
    init(_ rows: Rows, subjects: Rows) throws(DatabaseError) {
        (self.rows, self.subjects) = (rows, subjects)
        var numbers: [Int64] = []
        numbers.reserveCapacity(rows.count)
        for row in rows { numbers.append(try row.get(0)) }
        var spans: [Range<Int>] = []
        spans.reserveCapacity(rows.count)
        var orphans: [Int64] = []
        var place = 0
        for number in numbers {
            while place < subjects.count {
                let seq: Int64 = try subjects[place].get(0)
                guard seq < number else { break }
                if orphans.last != seq { orphans.append(seq) }
                place += 1
            }
            let start = place
            while place < subjects.count, try subjects[place].get(0, as: Int64.self) == number { place += 1 }
            spans.append(start..<place)
        }
        while place < subjects.count {
            let seq: Int64 = try subjects[place].get(0)
            if orphans.last != seq { orphans.append(seq) }
            place += 1
        }
        (self.numbers, self.spans, self.orphans) = (numbers, spans, orphans)
    }

    /// What the code of an entry covers, in two parts: its own columns, and its subjects.
    func covered(_ index: Int) -> (entry: [UInt8], subjects: [UInt8]) {
        var entry: [UInt8] = []
        entry.reserveCapacity(320)
        WireForm.append(rows[index], EntryForm.covered, to: &entry)
        var about: [UInt8] = []
        for place in spans[index] { WireForm.append(subjects[place], EntryForm.subjectCovered, to: &about) }
        return (entry, about)
    }

    func mac(_ index: Int) throws(DatabaseError) -> [UInt8] { try rows[index].get(EntryForm.mac) }

    /// Whose code is right, computed on several cores.
    func checked(_ keys: AuditKeys) async throws(DatabaseError) -> [Bool] {
        let count = rows.count
        let size = max(2_000, (count + 3) / 4)
        let parts = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
        let results = await withTaskGroup(of: (Int, Result<[Bool], DatabaseError>).self) { group in
            for part in parts { group.addTask { (part.lowerBound, check(part, keys)) } }
            var results: [(Int, Result<[Bool], DatabaseError>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }
        }
        var all: [Bool] = []
        all.reserveCapacity(count)
        for (_, result) in results { all += try result.get() }
        return all
    }

    private func check(_ part: Range<Int>, _ keys: AuditKeys) -> Result<[Bool], DatabaseError> {
        var right: [Bool] = []
        right.reserveCapacity(part.count)
        for index in part {
            let (entry, about) = covered(index)
            do { right.append(keys.entry(about.isEmpty ? entry : entry + about) == (try mac(index))) } catch {
                return .failure(error)
            }
        }
        return .success(right)
    }
}
