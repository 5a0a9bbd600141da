import Cryptography
import Documents
import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

extension RegistryBuilder {
    func writeHouseholds(_ numbers: [String]) async throws {
        try await copy(
            "registry.household",
            """
            id, version, status, kind, social_id, head_id, size, residence, area_id, area_order, consent_basis,
            consent_on, extras, origins, observed_on, registered_at, updated_at
            """
        ) { writer in
            let now = Date()
            for household in 0..<population.households {
                let area = population.area(of: household)
                writer.row(17)
                writer.append(population.householdID(household))
                writer.append(Int32(1))
                writer.append("active")
                writer.append("household")
                writer.append(numbers[population.people + household])
                writer.append(population.personID(population.firstMember(of: household)))
                writer.append(Int32(population.size(of: household)))
                writer.append("rural")
                writer.append(Int32(area.id))
                writer.append(Int32(area.preorder))
                writer.append("consent")
                writer.append(Self.day)
                writer.append(JSONB(text: #"{"roof_material": "tiles", "livestock": 3}"#))
                writer.append(JSONB(text: "{}"))
                writer.append(Self.day)
                writer.append(now)
                writer.append(now)
                try await writer.end()
            }
        }
        try await copy(
            "registry.membership", "household_id, person_id, valid_from, role, relationship, recipient, is_primary"
        ) { writer in
            for number in 0..<population.people {
                let one = population.somebody(number)
                let isHead = one.place == 0
                writer.row(7)
                writer.append(population.householdID(one.household))
                writer.append(population.personID(number))
                writer.append(Self.day)
                writer.append(isHead ? "head" : "member")
                writer.append(isHead ? "head" : "child")
                writer.append(isHead ? "first" : String?.none)
                writer.append(true)
                try await writer.end()
            }
        }
    }
}
