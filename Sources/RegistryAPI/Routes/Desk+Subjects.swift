import Documents
import Foundation
import Groundwork
import Registry
import Web

extension Desk {
    /// The UUID behind a reference; a UUID is taken as it is, for what follows will look it up anyway.
    func resolve(_ reference: SubjectReference, _ kind: SubjectKind, _ call: Call) async throws -> UUID {
        switch reference {
        case .id(let id): return id.rawValue
        case .socialID: return try await row(reference, kind, call).id
        }
    }

    /// The current row that a reference names.
    func row(_ reference: SubjectReference, _ kind: SubjectKind, _ call: Call) async throws -> SubjectRow {
        let found = try await reading(call) { tx in
            switch reference {
            case .id(let id): try await SubjectLookup.row(kind, id: id.rawValue, in: tx)
            case .socialID(let digits): try await SubjectLookup.row(kind, socialID: digits, in: tx)
            }
        }
        guard let found else { throw kind == .person ? RegistryFault.personNotFound : .householdNotFound }
        return found
    }

    /// The point in the two times that the query asks for; nil for the current view.
    func point(_ query: inout QueryReader, _ call: Call) throws -> History.Point? {
        let (valid, known) = (query.date("valid"), query.instant("known"))
        try query.finish()
        guard valid != nil || known != nil else { return nil }
        try call.require("registry.history")
        return History.Point(valid: valid, known: known)
    }

    /// The division in which the caller wants areas told too.
    private func division(_ query: inout QueryReader) -> DivisionView? {
        let least = query.leastConfidence() ?? .possible
        return context.areas.index.division(&query, least: least)
    }

    // MARK: People

    func readPerson(_ call: Call) async throws -> Response {
        let reference = try call.reference()
        var query = QueryReader(call.request)
        let division = division(&query)
        if let point = try point(&query, call) { return try await person(reference, at: point, division, call) }
        let found = try await person(naming: reference, call)
        guard let found else { throw RegistryFault.personNotFound }
        let style = style(call, asked: reference, answered: found.head, division)
        return subject(found.bytes(style), found.head, "/api/v1/people/", style)
    }

    private func person(
        _ reference: SubjectReference, at point: History.Point, _ division: DivisionView?, _ call: Call
    ) async throws -> Response {
        let row = try await row(reference, .person, call)
        let state = try await reading(call) { tx in
            try await history.person(ID(row.id), at: point, in: tx)
        }
        guard let state else { throw APIFault.unknownThen }
        let answer = PersonAnswer(state, socialID: row.socialID, at: point)
        return .json(
            answer.bytes(AnswerStyle(call, point: point, division: division)))
    }

    // MARK: Households

    func readHousehold(_ call: Call) async throws -> Response {
        let reference = try call.reference()
        var query = QueryReader(call.request)
        let withMembers = query.flag("members", default: true)
        let division = division(&query)
        if let point = try point(&query, call) { return try await household(reference, at: point, division, call) }
        let found = try await household(naming: reference, members: withMembers, call)
        guard let found else { throw RegistryFault.householdNotFound }
        let style = style(call, asked: reference, answered: found.head, division)
        return subject(found.bytes(style), found.head, "/api/v1/households/", style)
    }

    private func household(
        _ reference: SubjectReference, at point: History.Point, _ division: DivisionView?, _ call: Call
    ) async throws -> Response {
        let row = try await row(reference, .household, call)
        let answer = try await reading(call) { tx -> HouseholdAnswer? in
            guard let found = try await history.household(ID(row.id), at: point, in: tx) else { return nil }
            var members: [HouseholdAnswer.Member] = []
            for (id, spell) in found.members {
                guard let state = try await history.person(id, at: point, in: tx),
                    let own = try await SubjectLookup.row(.person, id: id.rawValue, in: tx)
                else { continue }
                members.append(
                    HouseholdAnswer.Member(
                        person: PersonAnswer(state, socialID: own.socialID, at: point), role: spell.role.rawValue,
                        relationship: spell.relationship, recipient: spell.recipient?.rawValue, from: spell.from,
                        to: spell.to))
            }
            return HouseholdAnswer(found, socialID: row.socialID, members: members)
        }
        guard let answer else { throw APIFault.unknownThen }
        return .json(
            answer.bytes(AnswerStyle(call, point: point, division: division)))
    }

    // MARK: Both

    private func style(
        _ call: Call, asked reference: SubjectReference, answered head: SubjectHead, _ division: DivisionView?
    ) -> AnswerStyle {
        let isItself = reference.text == head.id || reference.text == head.socialID
        return AnswerStyle(call, askedFor: isItself ? nil : reference.text, division: division)
    }

    /// The answer about one subject; the survivor of a merge says where it stands itself.
    private func subject(_ bytes: [UInt8], _ head: SubjectHead, _ path: String, _ style: AnswerStyle) -> Response {
        var response = Response.json(bytes)
        if let version = head.version { response.headers["ETag"] = Precondition.entityTag(version) }
        if style.askedFor != nil { response.headers["Content-Location"] = path + head.id }
        return response
    }
}
