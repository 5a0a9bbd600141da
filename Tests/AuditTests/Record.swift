import Access
import Cryptography
import Foundation
import Groundwork
import Postgres
import Registry
import Runtime
import TestKit

@testable import Audit

/// An audit record on the suite's own database, and a superuser who lacks the key.
struct Record: Sendable {
    let database: Database
    let keys: KeyRing
    let writer: AuditWriter
    let sealer: AuditSealer
    let anchors: String

    init(on database: Database = Scratch.database, seed: UInt8 = 7) throws {
        self.database = database
        keys = try KeyRing(masterKey: [UInt8](repeating: seed, count: 32))
        writer = AuditWriter(database: database, keys: keys)
        sealer = AuditSealer(database: database, keys: keys)
        anchors = FileManager.default.temporaryDirectory.appendingPathComponent("anchors-" + UUID().lowercased).path
    }

    static let actor: ActorID = ID<Actor>()

    static func entry(_ number: Int = 0, about subjects: [Subject] = [], actor: ActorID = actor) -> AuditEntry {
        AuditEntry(
            at: Date(timeIntervalSince1970: 1_793_500_000 + Double(number) / 1000), actor: actor,
            operation: "GET /api/v1/people/{id}", purpose: .search, trace: TraceID(), client: "client \(number)",
            status: 200, fields: ["sex", "given_name"], subjects: subjects,
            released: Digest.sha256(Array("answer \(number)".utf8)), releasedBytes: 100 + number)
    }

    /// So many entries, each about one person and one household, written in batches of seven.
    func fill(_ count: Int) async throws {
        for start in stride(from: 0, to: count, by: 7) {
            try await writer.record(
                (start..<min(start + 7, count)).map { number in
                    Self.entry(number, about: [Subject(.person, UUID()), Subject(.household, UUID())])
                })
        }
    }

    /// Seals everything that waits, and anchors it.
    func seal() async throws {
        try await sealAll()
        try await AnchorFolder(anchors, keys: keys).follow(sealer)
    }

    private func sealAll() async throws {
        // Transactions of suites beside this one hold the horizon back for a moment.
        for _ in 0..<200 {
            while try await sealer.seal().block != nil {}
            if try await waiting() == 0 { break }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Seals as a cluster would whose transaction numbers are at `xid`.
    func sealAsOfCluster(_ xid: Int64) async throws {
        try await sealAll()
        guard var last = try await sealer.blocks(after: 0, limit: 1000).last else { return }
        last.lastXID = xid
        last.sign(AuditKeys(keys))
        try await tamper(
            """
            UPDATE audit.block SET last_xid = \(String(xid))::xid8, hash = \(last.hash), mac = \(last.mac)
            WHERE number = \(last.number)
            """)
    }

    /// Seals so many windows of the entries in turn, so that the chain has several blocks.
    func filled(_ count: Int, windows: Int) async throws {
        for _ in 0..<windows {
            try await fill(count / windows)
            try await seal()
        }
    }

    private func waiting() async throws -> Int {
        try await verify(anchored: false).unsealed
    }

    func verify(anchored: Bool = true) async throws -> AuditReport {
        try await AuditVerifier(database: database, keys: keys).verify(
            anchors: anchored ? try AnchorReader(anchors) : nil)
    }

    /// What somebody may do who owns the database: triggers do not hold him back.
    func tamper(_ statements: SQL...) async throws {
        try await database.write(as: Mandate(actor: Self.actor, purpose: .operation)) { tx in
            _ = try await tx.query("SET LOCAL session_replication_role = replica")
            for statement in statements { _ = try await tx.query(statement) }
        }
    }

    func number(_ sql: SQL) async throws -> Int {
        try await database.read(as: Mandate(actor: Self.actor, purpose: .operation)) { tx in
            Int(try await tx.query(sql).first?.get(0, as: Int64.self) ?? 0)
        }
    }
}
