package import Documents
package import Foundation
package import Groundwork
import Postgres
package import Registry

extension Uploads {
    /// Bytes of a large file that are looked at: enough to know its columns, within the time of one request.
    package static let profiledSize: Int = 256 << 20

    /// Looks at the columns of a whole upload, and keeps what was found with it.
    ///
    /// - Throws: `UploadFault` for one that is not whole or is gone, `IntakeFault` for a file that cannot be read.
    package func profile(
        _ id: UUID, mapping: FileMapping, dictionary: AttributeDictionary, as mandate: Mandate
    ) async throws -> JSON {
        let (upload, file) = try await opened(id, as: mandate)
        defer { withExtendedLifetime(file) {} }
        let json = try await FileProfiler.profile(
            path: file.path, mapping: mapping, dictionary: dictionary, reading: upload.reading,
            limit: Self.profiledSize
        ).json
        let bytes = JSONB(json.serialized())
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            _ = try await tx.query("UPDATE intake.upload SET profile = \(bytes) WHERE id = \(id)")
        }
        return json
    }

    /// What was found of the columns; nil when nobody looked.
    package func profile(of id: UUID, as mandate: Mandate) async throws -> JSON? {
        try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> JSON? in
            let rows = try await tx.query("SELECT profile FROM intake.upload WHERE id = \(id)")
            guard let row = rows.first else { throw UploadFault.notFound }
            return try row.get(0, as: JSONB?.self).map { try JSON.parse($0.bytes) }
        }
    }
}
