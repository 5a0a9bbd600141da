import Access
import Cryptography
import Foundation
import Groundwork
import Postgres

/// Opens the key file and makes sure that it belongs to the database.
enum KeyCheck {
    /// The key ring of this database.
    ///
    /// The first server on an empty database makes the key file; from then on a missing or foreign file is refused, because
    /// what another key sealed could never be read together with what is there.
    /// - Parameter mayMake: whether a missing key file is made, for a database that has none yet.
    /// - Throws: `.keyMissing`, `.keyWrong`, and what `KeyRing.load` throws.
    static func open(
        _ file: String, for database: Database, mayMake: Bool
    ) async throws -> KeyRing {
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        let known = try await database.read(as: mandate, once: ["SELECT fingerprint FROM access.key_ring"])
        let fingerprint = try known.first?.first?.get(0, as: [UInt8].self)
        let keys: KeyRing
        if FileManager.default.fileExists(atPath: file) {
            keys = try KeyRing.load(file: file)
        } else {
            guard fingerprint == nil, mayMake else { throw RoofFault.keyMissing(file) }
            keys = try KeyRing.create(file: file)
        }
        if let fingerprint {
            guard fingerprint == keys.fingerprint else { throw RoofFault.keyWrong(file) }
            return keys
        }
        let adopted = try await database.write(as: mandate) { tx in
            _ = try await tx.query(
                """
                INSERT INTO access.key_ring (fingerprint) VALUES (\(keys.fingerprint))
                ON CONFLICT ON CONSTRAINT key_ring_pk DO NOTHING
                """)
            return try await tx.query("SELECT fingerprint FROM access.key_ring").first?.get(0, as: [UInt8].self)
        }
        guard adopted == keys.fingerprint else { throw RoofFault.keyWrong(file) }
        return keys
    }
}
