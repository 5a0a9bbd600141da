import Documents
import Groundwork
import Linkage
import Matching
import Postgres
import Registry
import Web

extension Desk {
    /// The refusal of a registration of somebody who may be on record already; nil when nothing speaks against it.
    ///
    /// - Parameter others: people whom the sender was told of and holds to be others.
    func suspected(
        _ command: Command, _ others: [ID<Person>], _ terms: CommandTerms, _ call: Call
    ) async throws -> Response? {
        guard let matcher, matcher.policy.intake == .refuse else { return nil }
        let described = drafts(of: command, matcher)
        guard !described.records.isEmpty else { return nil }
        let told = Set(others.map(\.rawValue))
        let hits = try await reading(call, .registration) { tx -> [Matcher.Hit] in
            // A repeat of what was carried out gets its first answer; of course that person is on record now.
            if let hash = terms.requestHash,
                try await CommandLog.earlier(key: terms.idempotencyKey, hash: hash, in: tx) != nil
            {
                return []
            }
            // Without a model nothing is known of likeness; the first run over all finds what came in before.
            guard let model = try await matcher.models.active(in: tx) else { return [] }
            return try await matcher.hits(
                described.records, least: matcher.policy.intakeBits, model: model, in: tx)
        }
        let suspects = hits.filter { !told.contains($0.person.id) }
        guard !suspects.isEmpty else { return nil }
        var list: [JSON] = []
        for hit in suspects.prefix(4000) {
            var writer = JSONWriter()
            MatchAnswers.write(hit, matcher.grade(hit, among: hits), to: &writer)
            var suspect = try JSON.parse(writer.bytes).object ?? [:]
            if let member = described.members[hit.asked] { suspect["member"] = .number(JSONNumber(member)) }
            list.append(.object(suspect))
        }
        let problem = Problem(fault: APIFault.suspected, requestID: call.request.requestID)
        return .problem(problem, with: ["suspects": .array(list)])
    }

    /// The new people of a command, and which member of the request each is.
    private func drafts(
        of command: Command, _ matcher: Matcher
    ) -> (records: [MatchRecord], members: [Int?]) {
        let reader = MatchPeople(context: context, policy: matcher.policy)
        switch command {
        case .registerPerson(let draft): return ([reader.described(draft, area: nil)], [nil])
        case .recordBirth(let birth): return ([reader.described(birth.child, area: nil)], [nil])
        case .addMember(_, let member):
            guard case .new(let draft) = member.who else { return ([], []) }
            return (
                [reader.described(draft, area: nil, role: member.role.rawValue, relationship: member.relationship)],
                [nil]
            )
        case .registerHousehold(let household):
            let area = household.claims["area"]?.string.flatMap { context.areas.index.area($0) }
            var (records, places): ([MatchRecord], [Int?]) = ([], [])
            for (place, member) in household.members.enumerated() {
                guard case .new(let draft) = member.who else { continue }
                records.append(
                    reader.described(
                        draft, area: area, household: "draft", role: member.role.rawValue,
                        relationship: member.relationship))
                places.append(place)
            }
            return (records, places)
        default: return ([], [])
        }
    }
}
