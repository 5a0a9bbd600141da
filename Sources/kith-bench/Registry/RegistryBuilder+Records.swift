import Cryptography
import Documents
import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

extension RegistryBuilder {
    func writeRecords() async throws {
        let now = Date()
        try await copy(
            "registry.source_record",
            """
            id, subject_kind, source, source_key, command_id, content_hash, observed_on, recorded_at, actor_id,
            assurance, household_record, membership, claims, sealed
            """
        ) { writer in
            for household in 0..<population.households {
                let claims: JSON = [
                    "kind": "household", "residence": "rural",
                    "area": .string(population.area(of: household).reference),
                    "consent_basis": "consent", "consent_on": .string(Self.day.description), "livestock": 3,
                    "roof_material": "tiles",
                ]
                record(
                    &writer, id: population.householdRecordID(household), kind: "household", key: "h\(household)", now)
                writer.append(UUID?.none)
                writer.append(JSONB?.none)
                writer.append(JSONB(claims.serialized()))
                writer.append([UInt8]?.none)
                try await writer.end()
            }
            for number in 0..<population.people {
                let one = population.somebody(number)
                let claims: JSON = [
                    "given_name": .string(one.given), "family_name": .string(one.family),
                    "sex": .string(one.isFemale ? "female" : "male"),
                    "birth_date": ["date": .string(one.birth.description), "precision": "day"],
                    "consent_basis": "consent", "consent_on": .string(Self.day.description),
                ]
                let role = one.place == 0 ? "head" : "member"
                record(&writer, id: population.personRecordID(number), kind: "person", key: "p\(number)", now)
                writer.append(population.householdRecordID(one.household))
                writer.append(JSONB(text: #"{"op": "join", "on": "\#(Self.day)", "role": "\#(role)"}"#))
                writer.append(JSONB(claims.serialized()))
                writer.append(contacts(one).sealed(with: ground.keys))
                try await writer.end()
            }
        }
        try await copy(
            "registry.link", "record_id, subject_kind, subject_id, recorded_from, opened_by"
        ) { writer in
            func link(_ record: UUID, _ kind: String, _ subject: UUID) async throws {
                writer.row(5)
                writer.append(record)
                writer.append(kind)
                writer.append(subject)
                writer.append(now)
                writer.append(Self.command)
                try await writer.end()
            }
            for household in 0..<population.households {
                try await link(
                    population.householdRecordID(household), "household", population.householdID(household))
            }
            for number in 0..<population.people {
                try await link(population.personRecordID(number), "person", population.personID(number))
            }
        }
    }

    private func record(_ writer: inout CopyWriter, id: UUID, kind: String, key: String, _ now: Date) {
        writer.row(14)
        writer.append(id)
        writer.append(kind)
        writer.append("bench")
        writer.append(key)
        writer.append(Self.command)
        writer.append(ground.keys.index("content", key))
        writer.append(Self.day)
        writer.append(now)
        writer.append(BenchGround.mandate.actor.rawValue)
        writer.append("declared")
    }
}
