import Foundation
package import Groundwork
package import Postgres
package import Registry

/// Finds people and households by a query tree, and reads their current rows.
///
/// Merged subjects never appear; asked for by id or number, their survivor answers.
package struct Searcher: Sendable {
    let context: RegistryContext
    package let limits: SearchLimits

    package init(context: RegistryContext, limits: SearchLimits = .standard) {
        (self.context, self.limits) = (context, limits)
    }

    // MARK: In a transaction

    /// - Throws: `.invalid` with findings for attributes, values, cursors or page sizes that cannot be.
    package func people(
        _ request: RegistryRequest, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Page<PersonRecord> {
        guard request.subject == .person else { throw Self.otherSubject }
        try request.checkPage(limits)
        if let search = NameSearch(request) { return try await ranked(search, request, in: tx) }
        return try await list(request, in: tx)
    }

    /// - Throws: `.invalid` with findings for attributes, values, cursors or page sizes that cannot be.
    package func households(
        _ request: RegistryRequest, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Page<HouseholdRecord> {
        guard request.subject == .household else { throw Self.otherSubject }
        try request.checkPage(limits)
        var page: Page<HouseholdRecord> = try await list(request, in: tx)
        if request.withMembers { try await addMembers(to: &page.records, in: tx) }
        return page
    }

    /// How many fit, exactly; sort and page do not matter.
    package func count(_ request: RegistryRequest, in tx: borrowing Transaction) async throws(RegistryFault) -> Int {
        if let search = NameSearch(request) {
            let found = try await candidates(search, request, in: tx)
            if !found.isTruncated { return found.ranked.count }
        }
        return try read(try await query([try counting(request)], in: tx)[0])
    }

    /// The person of that id, or the survivor of one merged; nil when there is none.
    package func person(_ id: ID<Person>, in tx: borrowing Transaction) async throws(RegistryFault) -> PersonRecord? {
        let request = RegistryRequest(
            subject: .person, filter: .subjects([id.rawValue]), page: .after(cursor: nil, limit: 1), today: .latest)
        return try await people(request, in: tx).records.first
    }

    /// The household of that id with its open members, or the survivor of one merged; nil when there is none.
    package func household(
        _ id: ID<Household>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> HouseholdRecord? {
        let request = RegistryRequest(
            subject: .household, filter: .subjects([id.rawValue]), page: .after(cursor: nil, limit: 1),
            withMembers: true, today: .latest)
        return try await households(request, in: tx).records.first
    }

    // MARK: Outside of one

    /// Answers in one round trip where that is possible, else in a transaction of its own.
    package func people(
        _ request: RegistryRequest, from database: Database, as mandate: Mandate
    ) async throws(RegistryFault) -> Page<PersonRecord> {
        guard request.subject == .person else { throw Self.otherSubject }
        if let statements = try statements(for: request) {
            let rows = try await Self.once(statements, database, mandate)
            if let page = try decodePeople(rows, for: request) { return page }
        }
        return try await Self.reading(database, mandate) { tx in try await people(request, in: tx) }
    }

    /// Answers in one round trip where that is possible, else in a transaction of its own.
    package func households(
        _ request: RegistryRequest, from database: Database, as mandate: Mandate
    ) async throws(RegistryFault) -> Page<HouseholdRecord> {
        guard request.subject == .household else { throw Self.otherSubject }
        if let statements = try statements(for: request) {
            let rows = try await Self.once(statements, database, mandate)
            if let page = try decodeHouseholds(rows, for: request) { return page }
        }
        return try await Self.reading(database, mandate) { tx in try await households(request, in: tx) }
    }

    private static func once(
        _ statements: [SQL], _ database: Database, _ mandate: Mandate
    ) async throws(RegistryFault) -> [Rows] {
        do { return try await database.read(as: mandate, once: statements) } catch { throw .store(error) }
    }

    private static func reading<Result>(
        _ database: Database, _ mandate: Mandate, _ body: (borrowing Transaction) async throws -> Result
    ) async throws(RegistryFault) -> Result {
        do {
            return try await database.read(as: mandate, body)
        } catch let fault as RegistryFault {
            throw fault
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .defect("a read failed in an unknown way")
        }
    }

    static let otherSubject: RegistryFault = .invalid([
        Finding("subject", code: "query.subject", "The search is about the other kind of subject.")
    ])

    // MARK: Rows

    func query(_ statements: [SQL], in tx: borrowing Transaction) async throws(RegistryFault) -> [Rows] {
        do { return try await tx.query(all: statements) } catch { throw .store(error) }
    }

    func read(_ counted: Rows) throws(RegistryFault) -> Int {
        do {
            return try counted.first.map { row throws(DatabaseError) in Int(try row.get(0, as: Int64.self)) } ?? 0
        } catch { throw .store(error) }
    }

    func decode<Record: SearchedRecord>(_ rows: some Sequence<Row>) throws(RegistryFault) -> [Record] {
        let areas = context.areas.index
        var records: [Record] = []
        do {
            for row in rows { records.append(try Record(row, from: 0, areas: areas)) }
        } catch {
            throw .store(error)
        }
        return records
    }
}
