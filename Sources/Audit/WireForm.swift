import Cryptography
import Groundwork
import Postgres
import Registry

/// Columns as PostgreSQL sends them in a row: for each its length in four bytes, −1 for NULL, and its binary form.
///
/// What a code covers is written in this form, so that whoever checks it can take the bytes as they come.
struct WireForm {
    private var buffer = SQLBuffer()

    var bytes: [UInt8] { buffer.bytes }

    mutating func add<Value: SQLValue>(_ value: Value) {
        guard !value.isSQLNull else { return buffer.append(Int32(-1)) }
        var field = SQLBuffer()
        value.encode(into: &field)
        buffer.append(Int32(truncatingIfNeeded: field.bytes.count))
        buffer.append(field.bytes)
    }

    /// Appends columns of a row just as they came.
    static func append(_ row: Row, _ columns: Range<Int>, to bytes: inout [UInt8]) {
        for column in columns {
            row.withBytes(column) { field in
                let length = Int32(truncatingIfNeeded: field?.count ?? -1)
                withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
                if let field { bytes.append(contentsOf: field) }
            }
        }
    }
}

/// The keys of the audit record, which the database never sees.
struct AuditKeys: Sendable {
    private let ring: KeyRing

    init(_ ring: KeyRing) {
        self.ring = ring
    }

    func entry(_ bytes: [UInt8]) -> [UInt8] { ring.index("audit entry", bytes) }
    func block(_ hash: [UInt8]) -> [UInt8] { ring.index("audit block", hash) }
    func anchor(_ block: Int64, _ hash: [UInt8]) -> [UInt8] {
        ring.index("audit anchor", Array("\(block) ".utf8) + hash)
    }
}

/// The rows of the record as they are read to be checked.
enum EntryForm {
    /// The columns of `audit.entry AS e`: those that the code covers, then the code.
    static let columns: SQL = """
        e.seq, e.xid, e.recorded_at, e.actor_id, e.client, e.operation, e.purpose, e.agreement, e.command_id, e.status,
        e.fields, e.subjects, e.released, e.released_bytes, e.trace, e.mac
        """
    static let covered: Range<Int> = 0..<15
    static let subjectCount: Int = 11
    static let mac: Int = 15

    /// The columns of `audit.subject AS s`: the entry, then those that its code covers.
    static let subjectColumns: SQL = "s.seq, s.kind, s.subject_id"
    static let subjectCovered: Range<Int> = 1..<3

    /// What the code of a new entry covers.
    static func covered(_ entry: AuditEntry, seq: Int64, xid: Int64) -> [UInt8] {
        var form = WireForm()
        form.add(seq)
        form.add(xid)
        form.add(entry.recordedAt)
        form.add(entry.actor)
        form.add(entry.client)
        form.add(entry.operation)
        form.add(entry.purpose.rawValue)
        form.add(entry.agreement)
        form.add(entry.command)
        form.add(Int16(truncatingIfNeeded: entry.status))
        form.add(entry.fieldList)
        form.add(Int32(truncatingIfNeeded: entry.subjects.count))
        form.add(entry.released)
        form.add(Int64(entry.releasedBytes))
        form.add(entry.trace.description)
        for subject in entry.subjects {
            form.add(subject.kind.rawValue)
            form.add(subject.id)
        }
        return form.bytes
    }
}
