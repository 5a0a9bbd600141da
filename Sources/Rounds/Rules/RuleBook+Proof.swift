import Foundation
import Groundwork
package import Postgres
import Registry
import Rules
import Search

extension RuleBook {
    /// Runs a rule both ways over sampled households: by its statement, and by the reference interpreter that reads the text.
    ///
    /// - Parameter seed: chooses the sample.
    /// - Returns: how many households were asked; 0 in an empty registry.
    /// - Throws: `.disagreement` when the two take different ones.
    package func prove(_ text: String, seed: Int, in tx: borrowing Transaction) async throws -> Int {
        let (rule, query) = try await read(text, in: tx)
        let day = today()
        let homes = try await sampled(query, seed: seed, day: day, in: tx)
        guard !homes.isEmpty else { return 0 }
        let selection = try searcher.selection(query, row: "h", homes: "SELECT unnest(\(homes))", today: day)
        let rows = try await tx.query(
            """
            \(fragment: selection.with)SELECT h.id FROM registry.household AS h\(fragment: selection.join)
            WHERE h.id = ANY(\(homes)) AND \(fragment: selection.condition)
            """)
        let found = Set(try rows.map { try $0.get(0, as: UUID.self) })
        let cohort = try await cohort(of: homes, day: day, in: tx)
        var differing = 0
        for home in homes {
            guard let record = cohort.ruleRecord(of: home, context, today: day) else { continue }
            if rule.fits(record) != found.contains(home) { differing += 1 }
        }
        guard differing == 0 else { throw RoundsFault.disagreement(households: differing, of: homes.count) }
        return homes.count
    }

    /// Active households in the order of a hash, which the seed changes: half of all, and half of those that the statement takes,
    /// so that a rule which takes few is not proven on households that it never would.
    private func sampled(_ query: RegistryQuery, seed: Int, day: CalendarDate, in tx: borrowing Transaction)
        async throws -> [UUID]
    {
        let selection = try searcher.selection(query, row: "h", today: day)
        let half = Self.sample / 2
        var homes: [UUID] = []
        for statement: SQL in [
            """
            SELECT h.id FROM registry.household AS h WHERE h.status = 'active'
            ORDER BY uuid_hash_extended(h.id, \(seed)) LIMIT \(half)
            """,
            """
            \(fragment: selection.with)SELECT h.id FROM registry.household AS h\(fragment: selection.join)
            WHERE h.status = 'active' AND \(fragment: selection.condition)
            ORDER BY uuid_hash_extended(h.id, \(seed)) LIMIT \(half)
            """,
        ] {
            for row in try await tx.query(statement) { homes.append(try row.get(0)) }
        }
        return Array(Set(homes))
    }

    /// The households with all that a rule may ask of them, in memory.
    private func cohort(of homes: [UUID], day: CalendarDate, in tx: borrowing Transaction) async throws -> Cohort {
        var members: [(household: ID<Household>, person: ID<Person>)] = []
        let open = try await tx.query(
            "SELECT household_id, person_id FROM registry.membership WHERE household_id = ANY(\(homes)) AND valid_to IS NULL"
        )
        for row in open {
            members.append((ID(try row.get(0, as: UUID.self)), ID(try row.get(1, as: UUID.self))))
        }
        let people = Array(Set(members.map(\.person.rawValue)))
        let participation = try await participation(of: homes + people, in: tx)
        var (households, persons): ([Cohort.Entry<HouseholdRecord>], [Cohort.Entry<PersonRecord>]) = ([], [])
        for chunk in homes.chunks(of: 500) {
            let request = RegistryRequest(
                subject: .household, filter: .subjects(chunk), page: .after(cursor: nil, limit: chunk.count), today: day
            )
            for record in try await searcher.households(request, in: tx).records {
                households.append(Cohort.Entry(record, participation: participation[record.id.rawValue] ?? []))
            }
        }
        for chunk in people.chunks(of: 500) {
            let request = RegistryRequest(
                subject: .person, filter: .subjects(chunk), page: .after(cursor: nil, limit: chunk.count), today: day)
            for record in try await searcher.people(request, in: tx).records {
                persons.append(Cohort.Entry(record, participation: participation[record.id.rawValue] ?? []))
            }
        }
        return Cohort(
            people: persons, households: households, members: members, scores: try await scores(of: homes, in: tx))
    }

    private func participation(
        of subjects: [UUID], in tx: borrowing Transaction
    ) async throws -> [UUID: [Cohort.Participates]] {
        var result: [UUID: [Cohort.Participates]] = [:]
        let rows = try await tx.query(
            "SELECT subject_id, programme, status FROM registry.participation WHERE subject_id = ANY(\(subjects))")
        for row in rows {
            result[try row.get(0), default: []].append(
                Cohort.Participates(programme: try row.get(1), status: try row.get(2)))
        }
        return result
    }

    private func scores(
        of homes: [UUID], in tx: borrowing Transaction
    ) async throws -> [UUID: [String: RuleRecord.Score]] {
        var result: [UUID: [String: RuleRecord.Score]] = [:]
        let rows = try await tx.query(
            """
            SELECT household_id, formula, score, class FROM targeting.score_in_force
            WHERE household_id = ANY(\(homes)) AND score IS NOT NULL
            """)
        for row in rows {
            result[try row.get(0), default: [:]][try row.get(1)] = RuleRecord.Score(
                try row.get(2, as: Decimal.self), classCode: try row.get(3))
        }
        return result
    }
}

extension Array {
    /// Slices of at most so many elements, in order.
    func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
