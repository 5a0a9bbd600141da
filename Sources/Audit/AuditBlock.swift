import Cryptography
package import Foundation
import Groundwork
import Postgres

/// A sealed window of the record, chained to the one before.
package struct AuditBlock: Sendable {
    package var number: Int64
    package var sealedAt: Date
    var epoch: Int32 = 1
    /// Entries up to this number belong to earlier epochs.
    var floor: Int64 = 0
    /// Where looking at entries goes on, in the order of transaction and number.
    var lastXID: Int64 = 0
    var lastSeq: Int64 = 0
    /// The largest number in any block so far.
    var top: Int64 = 0
    /// Numbers of the entries, as PostgreSQL writes a set of ranges.
    var places: String = "{}"
    package var entries: Int = 0
    package var subjects: Int = 0
    var root: [UInt8]
    var previous: [UInt8]
    package var hash: [UInt8] = []
    var mac: [UInt8] = []

    /// The block before the first.
    static let none: AuditBlock = AuditBlock(
        number: 0, sealedAt: .distantPast, root: [], previous: [], hash: [UInt8](repeating: 0, count: 32))

    /// The columns of `audit.block AS b`: those that the hash covers, then hash and code.
    static let columns: SQL = """
        b.number, b.sealed_at, b.epoch, b.floor_seq, b.last_xid::text::bigint, b.last_seq, b.top_seq, b.places::text,
        b.entries, b.subjects, b.root, b.previous, b.hash, b.mac
        """

    init(
        number: Int64, sealedAt: Date, root: [UInt8], previous: [UInt8], hash: [UInt8] = []
    ) {
        (self.number, self.sealedAt, self.root, self.previous, self.hash) = (number, sealedAt, root, previous, hash)
    }

    init(_ row: Row) throws(DatabaseError) {
        number = try row.get(0)
        sealedAt = try row.get(1)
        epoch = try row.get(2)
        floor = try row.get(3)
        lastXID = try row.get(4)
        lastSeq = try row.get(5)
        top = try row.get(6)
        places = try row.get(7)
        entries = Int(try row.get(8, as: Int32.self))
        subjects = Int(try row.get(9, as: Int64.self))
        root = try row.get(10)
        previous = try row.get(11)
        hash = try row.get(12)
        mac = try row.get(13)
    }

    /// What the hash must be.
    var computedHash: [UInt8] {
        var form = WireForm()
        form.add(number)
        form.add(sealedAt)
        form.add(epoch)
        form.add(floor)
        form.add(lastXID)
        form.add(lastSeq)
        form.add(top)
        form.add(places)
        form.add(Int32(truncatingIfNeeded: entries))
        form.add(Int64(subjects))
        form.add(root)
        form.add(previous)
        return Digest.sha256(form.bytes)
    }

    /// Fills in hash and code.
    mutating func sign(_ keys: AuditKeys) {
        hash = computedHash
        mac = keys.block(hash)
    }

    func isGenuine(_ keys: AuditKeys) -> Bool {
        hash == computedHash && mac == keys.block(hash)
    }

    /// The ranges of numbers, from and to included, ascending; nil when the text is none of ours.
    var ranges: [ClosedRange<Int64>]? {
        guard places.hasPrefix("{"), places.hasSuffix("}") else { return nil }
        var found: [ClosedRange<Int64>] = []
        var rest = places.dropFirst().dropLast()
        while !rest.isEmpty {
            guard rest.hasPrefix("["), let end = rest.firstIndex(of: ")") else { return nil }
            let bounds = rest[rest.index(after: rest.startIndex)..<end].split(separator: ",")
            guard bounds.count == 2, let low = Int64(bounds[0]), let high = Int64(bounds[1]), low < high else {
                return nil
            }
            found.append(low...(high - 1))
            rest = rest[rest.index(after: end)...]
            if rest.hasPrefix(",") { rest = rest.dropFirst() }
        }
        return found
    }

    /// Ascending numbers as PostgreSQL writes a set of ranges.
    static func places(_ numbers: [Int64]) -> String {
        var parts: [String] = []
        var start = 0
        while start < numbers.count {
            var end = start
            while end + 1 < numbers.count, numbers[end + 1] == numbers[end] + 1 { end += 1 }
            parts.append("[\(numbers[start]),\(numbers[end] + 1))")
            start = end + 1
        }
        return "{" + parts.joined(separator: ",") + "}"
    }
}
