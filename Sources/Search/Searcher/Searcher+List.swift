import Foundation
import Groundwork
import Postgres
import Registry

extension Searcher {
    /// A request made ready: its statement and what reading the answer needs.
    struct Listing {
        var statement: SQL
        var order: SortOrder
    }

    func list<Record: SearchedRecord>(
        _ request: RegistryRequest, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Page<Record> {
        let listing = try listing(request, Record.self)
        let rows = try await query([listing.statement], in: tx)[0]
        var page: Page<Record> = try page(rows, listing, request)
        if request.wantsTotal {
            if let known = known(page, request) {
                page.total = known
            } else {
                page.total = try read(try await query([try counting(request)], in: tx)[0])
            }
        }
        return page
    }

    /// The total, where the page itself tells it.
    private func known<Record>(_ page: Page<Record>, _ request: RegistryRequest) -> Int? {
        guard page.next == nil, request.offset > 0 || request.isFirstPage else { return nil }
        return page.records.isEmpty && request.offset > 0 ? nil : request.offset + page.records.count
    }

    func listing<Record: SearchedRecord>(
        _ request: RegistryRequest, _ type: Record.Type
    ) throws(RegistryFault) -> Listing {
        var compiler = QueryCompiler(context: context, today: request.today)
        let row = "r0"
        let order = try SortOrder(request, compiler: compiler, row: row)
        let fits = try compiler.condition(request.filter, request.subject, row)
        var segments: [SQL] = []
        if case .after(let cursor?, _) = request.page {
            let place = try Cursor(
                cursor, order: order.fingerprint, kinds: order.keys.map(\.kind), keys: context.keys)
            segments = order.segments(after: place)
        }
        let limit = request.size + 1
        func select(_ more: SQL) -> SQL {
            """
            SELECT \(fragment: Record.selected)\(fragment: order.columns)
            FROM \(unchecked: QueryCompiler.table(request.subject)) AS \(unchecked: row)
            WHERE \(unchecked: row).status <> 'merged' AND \(fragment: fits)\(fragment: more)
            ORDER BY \(fragment: order.orderBy)
            LIMIT \(limit)
            """
        }
        if segments.isEmpty {
            var statement = select("")
            if request.offset > 0 { statement += " OFFSET \(request.offset)" }
            return Listing(statement: statement, order: order)
        }
        let parts = segments.map { select(" AND \(fragment: $0)") }
        if parts.count == 1 { return Listing(statement: parts[0], order: order) }
        // The second part is read only when the first runs out.
        let bracketed = parts.map { part -> SQL in "(\(fragment: part))" }
        return Listing(
            statement: "\(fragment: SQL.joined(bracketed, by: " UNION ALL ")) LIMIT \(limit)", order: order)
    }

    func counting(_ request: RegistryRequest) throws(RegistryFault) -> SQL {
        var compiler = QueryCompiler(context: context, today: request.today)
        let fits = try compiler.condition(request.filter, request.subject, "r0")
        return """
            SELECT count(*) FROM \(unchecked: QueryCompiler.table(request.subject)) AS r0
            WHERE r0.status <> 'merged' AND \(fragment: fits)
            """
    }

    /// One row more than the page holds was read, to know whether another page follows.
    func page<Record: SearchedRecord>(
        _ rows: Rows, _ listing: Listing, _ request: RegistryRequest
    ) throws(RegistryFault) -> Page<Record> {
        let size = request.size
        var page = Page<Record>(records: try decode(rows.prefix(size)))
        if rows.count > size, size > 0 {
            var values: [CursorValue] = []
            do {
                for (place, key) in listing.order.keys.enumerated() {
                    values.append(try CursorValue(rows[size - 1], Record.columns.count + place, key.kind))
                }
            } catch {
                throw .store(error)
            }
            page.next = Cursor(values: values, id: page.records[size - 1].uuid)
                .text(order: listing.order.fingerprint, keys: context.keys)
        }
        return page
    }

    // MARK: Members

    /// Reads the open members of the households, heads first.
    func addMembers(
        to households: inout [HouseholdRecord], in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        guard !households.isEmpty else { return }
        let rows = try await query([Self.members("SELECT unnest(\(households.map(\.uuid)))")], in: tx)[0]
        try addMembers(rows, to: &households)
    }

    static func members(_ households: SQL) -> SQL {
        """
        SELECT \(fragment: PersonRecord.selected), m.household_id, m.role, m.relationship, m.recipient, m.valid_from
        FROM registry.membership AS m
        JOIN registry.person AS r0 ON r0.id = m.person_id
        WHERE m.household_id = ANY(ARRAY(\(fragment: households))) AND m.valid_to IS NULL
        ORDER BY m.household_id, m.role, m.valid_from, m.person_id
        """
    }

    func addMembers(_ rows: Rows, to households: inout [HouseholdRecord]) throws(RegistryFault) {
        let areas = context.areas.index
        var members: [UUID: [PersonRecord]] = [:]
        do {
            for row in rows {
                var person = try PersonRecord(row, areas: areas)
                var reader = ColumnReader(row, from: PersonRecord.columns.count)
                let household: UUID = try reader.next()
                person.household = ID(household)
                person.role = MemberRole(rawValue: try reader.next())
                person.relationship = try reader.next()
                person.recipient = try reader.next(String?.self).flatMap(Recipient.init(rawValue:))
                person.memberSince = try reader.next(CalendarDate.self)
                members[household, default: []].append(person)
            }
        } catch {
            throw .store(error)
        }
        for place in households.indices { households[place].members = members[households[place].uuid] ?? [] }
    }
}
