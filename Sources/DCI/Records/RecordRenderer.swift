import Cryptography
package import Documents
import struct Foundation.Date
import Groundwork
package import Registry
package import Search

/// Writes people and households as records of the DCI social registry (docs/dci.md, 8).
package struct RecordRenderer: Sendable {
    /// Facts of the country that records carry.
    package struct Country: Sendable {
        package var time: CountryTime
        /// ISO 3166-1 alpha-2; empty when not set.
        package var code: String
        /// Identifier types of the registry's own numbers.
        package var personNumber: String
        package var householdNumber: String

        package init(time: CountryTime, code: String, personNumber: String, householdNumber: String) {
            (self.time, self.code) = (time, code)
            (self.personNumber, self.householdNumber) = (personNumber, householdNumber)
        }
    }

    static let context: String = "https://schema.spdci.org/extensions/social/v1"

    let country: Country
    let registry: RegistryContext
    let codes: CodeBook
    private let placed: [SubjectKind: Set<String>]
    private let lists: [SubjectKind: [String: String]]

    package init(_ country: Country, context: RegistryContext) {
        (self.country, registry, codes) = (country, context, CodeBook(context.dictionary))
        placed = [.person: AttributeTable.placed(.person), .household: AttributeTable.placed(.household)]
        lists = context.dictionary.attributes.mapValues { $0.compactMapValues(\.codeList) }
    }

    /// A record with its context, as it stands alone in `reg_records`.
    ///
    /// - Throws: when sealed contacts do not open, which means another key than the one they were sealed with.
    package func write(_ record: PersonRecord, as kind: RecordKind, to writer: inout JSONWriter) throws {
        let areas = registry.areas.index
        writer.beginObject()
        writer.member("@context", Self.context)
        if kind == .person {
            try personMembers(record, try record.contacts(registry.keys), areas, &writer)
        } else {
            try memberMembers(record, head: nil, areas, &writer)
        }
        writer.endObject()
    }

    /// A group with its head and members.
    ///
    /// - Throws: as for people.
    package func write(_ record: HouseholdRecord, to writer: inout JSONWriter) throws {
        let areas = registry.areas.index
        let members = record.members ?? []
        let head = members.first { $0.id == record.head }
        writer.beginObject()
        writer.member("@context", Self.context)
        writer.member("@type", "Group")
        writer.key("group_identifier")
        identifiers(number: record.socialID, country.householdNumber, try record.contacts(registry.keys), &writer)
        write(AttributeTable.group, record.values, .household, &writer)
        place(of: record, areas, &writer)
        writer.key("address")
        address(record.area, line: record.values["address"]?.string, areas, &writer)
        writer.member("place_address", true)
        if let head {
            writer.key("group_head_info")
            try writer.object { try memberMembers(head, head: head, areas, &$0) }
        }
        writer.member("group_size", record.size)
        writer.key("member_list")
        try writer.array { writer in
            for member in members {
                try writer.object { try memberMembers(member, head: head, areas, &$0) }
            }
        }
        writer.key("additional_attributes")
        writer.array { writer in
            if record.status != .active { additional("status", record.status.rawValue, &writer) }
            additional(record.values, .household, &writer)
        }
        dates(record.registeredAt, record.updatedAt, &writer)
        writer.endObject()
    }

    // MARK: - Member and person

    private func memberMembers(
        _ record: PersonRecord, head: PersonRecord?, _ areas: AreaIndex, _ writer: inout JSONWriter
    ) throws {
        let contacts = try record.contacts(registry.keys)
        writer.member("@type", "Member")
        writer.key("member_identifier")
        identifiers(number: record.socialID, country.personNumber, contacts, &writer)
        writer.key("demographic_info")
        try writer.object { try personMembers(record, contacts, areas, &$0) }
        relation(record, head: head, &writer)
        write(AttributeTable.member, record.values, .person, &writer)
        disability(record.values, &writer)
        writer.key("additional_attributes")
        writer.array { writer in
            if record.status != .active { additional("status", record.status.rawValue, &writer) }
            if let precision = record.values["birth_date"]?["precision"]?.string, precision != "day" {
                additional("birth_precision", precision, &writer)
            }
            if let role = record.role { additional("role", role.rawValue, &writer) }
            if let recipient = record.recipient { additional("recipient", recipient.rawValue, &writer) }
            additional(record.values, .person, &writer)
        }
        dates(record.registeredAt, record.updatedAt, &writer)
    }

    private func personMembers(
        _ record: PersonRecord, _ contacts: Contacts, _ areas: AreaIndex, _ writer: inout JSONWriter
    ) throws {
        writer.member("@type", "SRPerson")
        writer.key("identifier")
        identifiers(number: record.socialID, country.personNumber, contacts, &writer)
        writer.key("name")
        writer.object { write(AttributeTable.name, record.values, .person, &$0) }
        write(AttributeTable.person, record.values, .person, &writer)
        if record.area != nil {
            writer.key("address")
            address(record.area, line: nil, areas, &writer)
        }
        if let phones = contacts.phones, !phones.isEmpty {
            writer.key("phone_number")
            writer.array { for phone in phones { $0.string(phone) } }
        }
        dates(record.registeredAt, record.updatedAt, &writer)
    }

    private func identifiers(number: String, _ type: String, _ contacts: Contacts, _ writer: inout JSONWriter) {
        writer.array { writer in
            identifier(type, number, &writer)
            for identifier in contacts.identifiers {
                self.identifier(
                    codes.dci("identifier_type", identifier.type) ?? identifier.type, identifier.value, &writer)
            }
        }
    }

    private func identifier(_ type: String, _ value: String, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("identifier_type", type)
        writer.member("identifier_value", value)
        writer.endObject()
    }

    /// The relationship to the head, and who the head is where the group is at hand (core RelatedPerson).
    private func relation(_ record: PersonRecord, head: PersonRecord?, _ writer: inout JSONWriter) {
        guard record.role != .head, record.id != head?.id,
            let type = record.relationship.flatMap({ codes.dci("relationship", $0) })
        else { return }
        writer.key("related_person")
        writer.array { writer in
            writer.object { writer in
                writer.member("relationship_type", type)
                guard let head else { return }
                writer.key("related_member")
                writer.object { writer in
                    writer.member("@type", "SRPerson")
                    writer.key("identifier")
                    identifiers(number: head.socialID, country.personNumber, Contacts(), &writer)
                    writer.key("name")
                    writer.object { write(AttributeTable.name, head.values, .person, &$0) }
                }
            }
        }
    }

    /// One entry for each Washington Group domain that was asked (core DisabilityInfo).
    private func disability(_ values: JSONObject, _ writer: inout JSONWriter) {
        var isOpen = false
        for (domain, attribute) in AttributeTable.domains {
            guard let level = values[attribute]?.string, let type = codes.dci("disability_domain", domain),
                let severity = codes.dci(lists[.person]?[attribute] ?? "wg_severity", level)
            else { continue }
            if !isOpen {
                writer.key("disability_info")
                writer.beginArray()
                isOpen = true
            }
            writer.beginObject()
            writer.member("disability_limitation_type", type)
            writer.member("functional_severity", severity)
            writer.endObject()
        }
        if isOpen { writer.endArray() }
    }

    private func dates(_ registered: Date, _ updated: Date, _ writer: inout JSONWriter) {
        writer.member("registration_date", country.time.text(registered))
        writer.member("last_updated", country.time.text(updated))
    }

    // MARK: - Table driven members

    private func write(
        _ entries: [AttributeTable.Entry], _ values: JSONObject, _ kind: SubjectKind, _ writer: inout JSONWriter
    ) {
        for entry in entries {
            guard let value = values[entry.attribute] else { continue }
            switch entry.shape {
            case .text:
                if let text = value.string { writer.member(entry.property, text) }
            case .code:
                let code = value.string.flatMap { codes.dci(lists[kind]?[entry.attribute], $0) }
                if let code { writer.member(entry.property, code) }
            case .firstCode:
                let code = value[0]?.string.flatMap { codes.dci(lists[kind]?[entry.attribute], $0) }
                if let code { writer.member(entry.property, code) }
            case .flag:
                if let flag = value.bool { writer.member(entry.property, flag) }
            case .number:
                if case .number = value { writer.member(entry.property, value) }
            case .day:
                let day = value.string.flatMap { CalendarDate($0) }
                if let day { writer.member(entry.property, country.time.text(day)) }
            case .birth:
                let day = value["date"]?.string.flatMap { CalendarDate($0) }
                if let day { writer.member(entry.property, country.time.text(day)) }
            case .texts:
                if value.array?.isEmpty == false { writer.member(entry.property, value) }
            }
        }
    }

    /// Everything else that is known and not sensitive, as pairs of key and value.
    private func additional(_ values: JSONObject, _ kind: SubjectKind, _ writer: inout JSONWriter) {
        guard let attributes = registry.dictionary.attributes[kind], let placed = placed[kind] else { return }
        for (name, value) in values {
            guard let attribute = attributes[name], !attribute.isSensitive else { continue }
            // A code without a place in the DCI list is told here in the profile's own word.
            if placed.contains(name) {
                guard attribute.kind == .code, let code = value.string, codes.dci(attribute.codeList, code) == nil
                else { continue }
            }
            if let text = Self.text(value) { additional(name, text, &writer) }
        }
    }

    private func additional(_ key: String, _ value: String, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("key", key)
        writer.member("value", value)
        writer.endObject()
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let flag): flag ? "true" : "false"
        case .array(let items):
            items.allSatisfy { $0.string != nil } ? items.compactMap(\.string).joined(separator: ",") : nil
        case .object, .null: nil
        }
    }
}
