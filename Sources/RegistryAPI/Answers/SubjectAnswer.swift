import Audit
import Documents
import Foundation
import Groundwork
import Registry

/// What is the same about every answered person and household.
struct SubjectHead: Sendable {
    var id: String
    /// The version of the current view; nil for a view of the past.
    var version: Int?
    var status: String
    var socialID: String
    var values: JSONObject
    var contacts: Contacts
    var area: Area?
    var mergedInto: String?
    var observedOn: CalendarDate
    var dueOn: CalendarDate?
    var registeredAt: Date
    var updatedAt: Date?
}

/// How subjects are answered to one caller.
struct AnswerStyle: Sendable {
    /// Identifiers and phone numbers in full, not only their last characters.
    var showsIdentifiers: Bool
    /// What the caller asked for, when another subject answers for it.
    var askedFor: String?
    /// The point in the two times, when the view is not the current one.
    var point: History.Point?
    /// The division in which areas are told too.
    var division: DivisionView?
    /// Where those that are written are noted.
    let disclosed: Disclosed

    init(
        _ call: Call, askedFor: String? = nil, point: History.Point? = nil, division: DivisionView? = nil
    ) {
        (showsIdentifiers, disclosed) = (call.seesIdentifiers, call.disclosed)
        (self.askedFor, self.point, self.division) = (askedFor, point, division)
    }

    /// The same for somebody inside the answer: only the answer as a whole is about what was asked for.
    var inner: AnswerStyle {
        var copy = self
        (copy.askedFor, copy.point) = (nil, nil)
        return copy
    }

    private func note(_ head: SubjectHead, _ kind: SubjectKind) {
        guard let id = UUID(uuidString: head.id) else { return }
        disclosed.note(Subject(kind, id), fields: head.values.lazy.map(\.key))
        if !head.contacts.identifiers.isEmpty {
            disclosed.note([], fields: [showsIdentifiers ? "identifiers" : "identifiers.last4"])
        }
        if head.contacts.phones?.isEmpty == false {
            disclosed.note([], fields: [showsIdentifiers ? "phones" : "phones.last4"])
        }
    }

    func begin(_ head: SubjectHead, _ kind: SubjectKind, to writer: inout JSONWriter) {
        note(head, kind)
        writer.member("id", head.id)
        if let askedFor { writer.member("asked_for", askedFor) }
        writer.member("version", head.version)
        writer.member("status", head.status)
        writer.member("social_id", head.socialID)
        writer.member("attributes", .object(head.values))
        contacts(head.contacts, to: &writer)
        writer.key("area")
        Self.write(head.area, to: &writer)
        if let division {
            writer.key("area_in")
            division.write(head.area, to: &writer)
        }
        writer.member("merged_into", head.mergedInto)
    }

    func end(_ head: SubjectHead, to writer: inout JSONWriter) {
        writer.member("observed_on", head.observedOn)
        writer.member("due_on", head.dueOn)
        writer.member("registered_at", instant: head.registeredAt)
        writer.member("updated_at", instant: head.updatedAt)
        guard let point else { return }
        writer.key("as_of")
        writer.object { writer in
            writer.member("valid", point.valid)
            writer.member("known", instant: point.known)
        }
    }

    /// Identifiers and phones; without the scope only their last characters.
    func contacts(_ contacts: Contacts, to writer: inout JSONWriter) {
        writer.key("identifiers")
        writer.array { writer in
            for identifier in contacts.identifiers { write(identifier, to: &writer) }
        }
        writer.key("phones")
        writer.array { writer in
            for phone in contacts.phones ?? [] {
                writer.object { writer in
                    if showsIdentifiers { writer.member("number", phone) }
                    writer.member("last4", Identifier(type: Contacts.phoneType, value: phone).last4)
                }
            }
        }
    }

    private func write(_ identifier: Identifier, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", identifier.type)
            if showsIdentifiers { writer.member("value", identifier.value) }
            writer.member("last4", identifier.last4)
            if let issuer = identifier.issuer { writer.member("issuer", issuer) }
            if let day = identifier.verifiedOn { writer.member("verified_on", day) }
            if let how = identifier.verifiedHow { writer.member("verified_how", how) }
            if let day = identifier.validFrom { writer.member("valid_from", day) }
            if let day = identifier.validTo { writer.member("valid_to", day) }
        }
    }

    /// An area in short, or null.
    static func write(_ area: Area?, to writer: inout JSONWriter) {
        guard let area else { return writer.null() }
        writer.object { writer in
            writer.member("reference", area.reference)
            writer.member("name", area.name)
            writer.member("level", area.level)
            writer.member("level_name", area.levelName)
        }
    }
}

extension JSONWriter {
    /// A member with a day.
    mutating func member(_ name: String, _ value: CalendarDate) {
        member(name, value.description)
    }
}
