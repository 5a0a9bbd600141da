import Cryptography
import Documents
import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

extension RegistryBuilder {
    func contacts(_ somebody: Population.Somebody) -> Contacts {
        Contacts(
            identifiers: [Identifier(type: "NID", value: population.nationalID(somebody.number))],
            phones: somebody.place == 0 ? [population.phone(somebody.household)] : nil)
    }

    func writePeople(_ numbers: [String]) async throws {
        let columns = PersonRow.columns
        try await copy("registry.person", columns) { writer in
            let none: String? = nil
            let now = Date()
            for number in 0..<population.people {
                let one = population.somebody(number)
                let area = population.area(of: one.household)
                let isHead = one.place == 0
                writer.row(44)
                writer.append(population.personID(number))
                writer.append(Int32(1))
                writer.append("active")
                writer.append(numbers[number])
                writer.append(one.given)
                writer.append(none)
                writer.append(one.family)
                writer.append(none)
                writer.append(context.names.normaliser.normalised(one.given + " " + one.family))
                writer.append(one.isFemale ? "female" : "male")
                writer.append(one.birth)
                writer.append("day")
                writer.append(CalendarDate?.none)
                for _ in 0..<1 { writer.append(none) }
                writer.append([String]())
                for _ in 0..<10 { writer.append(none) }
                writer.append(Bool?.none)
                writer.append([String]())
                writer.append(population.householdID(one.household))
                writer.append(isHead ? "head" : "member")
                writer.append(isHead ? "head" : "child")
                writer.append(isHead ? "first" : none)
                writer.append(Int32(area.id))
                writer.append(Int32(area.preorder))
                writer.append("consent")
                writer.append(Self.day)
                writer.append([UInt8]?.none)
                writer.append(JSONB(text: "{}"))
                writer.append(JSONB(text: "{}"))
                writer.append(contacts(one).sealed(with: ground.keys))
                writer.append(UUID?.none)
                writer.append(Self.day)
                writer.append(CalendarDate?.none)
                writer.append(now)
                writer.append(now)
                try await writer.end()
            }
        }
    }

    func writeIdentifiers() async throws {
        try await copy(
            "registry.identifier", "type, hash, subject_kind, subject_id, last4, sealed"
        ) { writer in
            for number in 0..<population.people {
                let one = population.somebody(number)
                var all = [("NID", population.nationalID(number))]
                if one.place == 0 { all.append((Contacts.phoneType, population.phone(one.household))) }
                for (type, value) in all {
                    writer.row(6)
                    writer.append(type)
                    writer.append(context.identifierHash(type: type, value: value))
                    writer.append("person")
                    writer.append(population.personID(number))
                    writer.append(String(value.suffix(4)))
                    writer.append(ground.keys.seal(Array(value.utf8), context: "identifier"))
                    try await writer.end()
                }
            }
        }
    }

    func writeNameKeys() async throws {
        try await copy("registry.name_key", "h, area_order, person_id") { writer in
            // Few names make many people.
            var known: [Int: [Int64]] = [:]
            for number in 0..<population.people {
                let one = population.somebody(number)
                let mark = (one.givenPlace << 20 | one.familyPlace) << 1 | (one.isFemale ? 1 : 0)
                let keys: [Int64]
                if let found = known[mark] {
                    keys = found
                } else {
                    keys = Array(Set(context.names.keys(given: one.given, family: one.family)))
                    known[mark] = keys
                }
                let area = population.area(of: one.household)
                for key in keys {
                    writer.row(3)
                    writer.append(key)
                    writer.append(Int32(area.preorder))
                    writer.append(population.personID(number))
                    try await writer.end()
                }
            }
        }
    }
}
