import Documents
import Groundwork
import Registry

/// People, members and contacts as requests state them.
enum DraftForms {
    /// The most members that a household is registered with.
    static let memberLimit: Int = HouseholdDraft.mostMembers

    /// `attributes`, whose members are checked by the registry against the dictionary.
    static func attributes(_ fields: inout Fields, needed: Bool = false) -> JSONObject {
        fields.open("attributes", needed: needed) ?? [:]
    }

    static func contacts(_ fields: inout Fields) -> Contacts {
        let identifiers = fields.list("identifiers", atMost: Contacts.mostIdentifiers) { item -> Identifier? in
            let type = item.text("type", needed: true, atMost: 40)
            let value = item.text("value", needed: true, atMost: 64)
            let issuer = item.text("issuer", atMost: 120)
            let (verifiedOn, how) = (item.date("verified_on"), item.text("verified_how", atMost: 60))
            let (from, to) = (item.date("valid_from"), item.date("valid_to"))
            if let from, let to, to < from {
                item.note("valid_to", "date.order", "The last day lies before the first.")
            }
            guard let type, let value else { return nil }
            return Identifier(
                type: type, value: value, issuer: issuer, verifiedOn: verifiedOn, verifiedHow: how, validFrom: from,
                validTo: to)
        }
        return Contacts(
            identifiers: identifiers ?? [], phones: fields.texts("phones", atMost: Contacts.mostPhones, length: 30))
    }

    static func person(_ fields: inout Fields) -> PersonDraft {
        let attributes = attributes(&fields, needed: true)
        let contacts = contacts(&fields)
        return PersonDraft(
            claims: attributes, contacts: contacts, sourceKey: fields.text("source_key", atMost: 64))
    }

    /// Somebody known by `id`, or somebody new by `attributes`.
    static func member(_ fields: inout Fields) -> MemberDraft? {
        let role = fields.choice("role", MemberRole.self) ?? .member
        let relationship = fields.text("relationship", atMost: 60)
        let recipient = fields.choice("recipient", Recipient.self)
        let known: ID<Person>? = fields.id("id")
        if fields.has("id") {
            for name in ["attributes", "identifiers", "phones", "source_key"] where fields.has(name) {
                _ = fields.member(name)
                fields.note(
                    name, "member.not_here", "Somebody known is named by id alone; change the person by itself.")
            }
            return known.map {
                MemberDraft(.known($0), role: role, relationship: relationship, recipient: recipient)
            }
        }
        return MemberDraft(
            .new(person(&fields)), role: role, relationship: relationship, recipient: recipient)
    }

    static func household(_ fields: inout Fields) -> HouseholdDraft {
        let attributes = attributes(&fields, needed: true)
        let contacts = contacts(&fields)
        let members = fields.list("members", needed: true, atMost: memberLimit) { member(&$0) }
        return HouseholdDraft(
            claims: attributes, contacts: contacts, members: members ?? [],
            sourceKey: fields.text("source_key", atMost: 64))
    }

    static func participation(_ fields: inout Fields) -> Participation? {
        let programme = fields.text("programme", needed: true, atMost: 60)
        let kind = fields.text("kind", needed: true, atMost: 20).flatMap(Participation.Kind.init(rawValue:))
        if fields.has("kind"), kind == nil {
            fields.note("kind", "code.unknown", "enrolment or benefit is expected.")
        }
        let key = fields.text("key", needed: true, atMost: 80)
        let status = fields.text("status", atMost: 40)
        let (from, to) = (fields.date("from"), fields.date("to"))
        let amount = money(&fields)
        let detail = fields.open("detail") ?? [:]
        guard let programme, let kind, let key else { return nil }
        return Participation(
            programme: programme, kind: kind, key: key, status: status, from: from, to: to, amount: amount,
            detail: detail)
    }

    /// Whole minor units with their currency, both or neither.
    private static func money(_ fields: inout Fields) -> Money? {
        let minor = fields.int("amount_minor", in: 0...1_000_000_000_000_000)
        let currency = fields.text("currency", atMost: 3)
        if fields.has("amount_minor") != fields.has("currency") {
            let missing = fields.has("currency") ? "amount_minor" : "currency"
            fields.note(missing, "member.missing", "amount_minor and currency are given together.")
            return nil
        }
        guard let minor, let currency else { return nil }
        if let money = Money(minorUnits: Int64(minor), currency: currency) { return money }
        fields.note("currency", "code.unknown", "The currency is three capital letters, ISO 4217.")
        return nil
    }
}
