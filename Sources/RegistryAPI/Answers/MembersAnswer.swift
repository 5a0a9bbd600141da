import Documents
import Groundwork
import Registry

/// The members of one household, and the households of one person.
enum MembersAnswer {
    static func bytes(_ household: HouseholdAnswer, _ style: AnswerStyle) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.member("household", household.head.id)
            writer.member("version", household.head.version)
            writer.member("size", household.size)
            writer.key("members")
            writer.array { writer in
                for member in household.members ?? [] { HouseholdAnswer.write(member, to: &writer, style) }
            }
        }
        return writer.bytes
    }

    static func bytes(_ person: ID<Person>, _ spells: [Spell]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("person", person.description)
            writer.key("memberships")
            writer.array { writer in
                for spell in spells { write(spell, to: &writer) }
            }
        }
        return writer.bytes
    }

    private static func write(_ spell: Spell, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("household", spell.household.description)
            writer.member("from", spell.from)
            writer.member("to", spell.to)
            writer.member("role", spell.role.rawValue)
            writer.member("relationship", spell.relationship)
            writer.member("recipient", spell.recipient?.rawValue)
            writer.member("is_primary", spell.isPrimary)
            writer.member("end_reason", spell.endReason)
            writer.member("successor", id: spell.successor)
        }
    }
}
