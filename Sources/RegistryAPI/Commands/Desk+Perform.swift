import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Web

extension Desk {
    /// Where the answer to a command points.
    enum Made {
        case nothing
        /// The path under which what was made can be read, before its id.
        case at(String)
    }

    /// Reads the body as the command, carries it out, and answers with what it did.
    func perform(_ call: Call, _ kind: CommandKind, _ form: CommandForm, made: Made = .nothing) async throws -> Response
    {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let stated = TermsForm(&fields, today: today)
        let command = form.read(kind, &fields)
        let others = kind.registersPeople ? fields.ids("not_duplicates", atMost: 4000) as [ID<Person>]? : nil
        fields.finish()
        guard fields.findings.isEmpty, let command else { throw APIFault.invalid(fields.findings) }
        var terms = CommandTerms(
            observedOn: stated.observedOn, assurance: stated.assurance, expected: stated.expected,
            idempotencyKey: try Precondition.idempotencyKey(call.request),
            requestHash: body.requestHash(call.request), notDuplicates: Set((others ?? []).map(\.rawValue)))
        let version = try Precondition.version(call.request)
        if let version, let subject = form.target { terms.expected[subject] = version }
        do {
            let outcome = try await carryOut(command, terms, call)
            return answer(outcome, made, command.purpose, call)
        } catch {
            switch error {
            case .staleVersion(_, let current) where version != nil: throw APIFault.stale(current: current)
            case .invalid(let findings): throw RegistryFault.invalid(kind.paths.place(findings))
            default: throw error
            }
        }
    }

    /// Carries a command out; of two requests at once under one idempotency key the second gets the first one's answer.
    func carryOut(_ command: Command, _ terms: CommandTerms, _ call: Call) async throws(RegistryFault) -> Outcome {
        let mandate = call.mandate(command.purpose)
        do {
            return try await write(command, terms, mandate)
        } catch {
            guard case .store(let cause) = error, cause.constraint == "command_idempotency_unique" else { throw error }
            return try await write(command, terms, mandate)
        }
    }

    private func write(
        _ command: Command, _ terms: CommandTerms, _ mandate: Mandate
    ) async throws(RegistryFault) -> Outcome {
        try await database.write(as: mandate) { tx throws(RegistryFault) in
            try await registrar.perform(command, terms, in: tx)
        }
    }

    private func answer(_ outcome: Outcome, _ made: Made, _ purpose: Purpose, _ call: Call) -> Response {
        call.disclosed.note(command: outcome.command, purpose: purpose)
        call.disclosed.note(outcome.touched.map(\.subject))
        var response = Response.json(CommandAnswer.bytes(outcome))
        if case .at(let path) = made, let main = outcome.main {
            response.status = .created
            response.headers["Location"] = path + main.lowercased
        }
        if let version = outcome.mainVersion { response.headers["ETag"] = Precondition.entityTag(version) }
        if outcome.isRepeat { response.headers["Idempotency-Replayed"] = "true" }
        return response
    }
}

extension Outcome {
    /// The version of the person or household that the command was about.
    var mainVersion: Int? {
        touched.first { $0.subject.id == main }?.version
    }
}

extension CommandForm {
    /// Whose version If-Match speaks of.
    var target: Subject? {
        subject ?? household.map(Subject.household) ?? person.map(Subject.person)
    }
}

extension Command {
    /// Why the change is made.
    var purpose: Purpose {
        switch self {
        case .registerHousehold, .registerPerson, .recordBirth: .registration
        default: .maintenance
        }
    }
}
