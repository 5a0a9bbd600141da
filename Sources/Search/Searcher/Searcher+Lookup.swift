import Foundation
import Groundwork
package import Postgres
package import Registry

/// A filter that names its subject: the hot path of every registry.
private enum Lookup {
    case number(String)
    case hash([UInt8])
    case ids([UUID])

    /// Nil for filters that ask for more, and for pages behind the first.
    init?(_ request: RegistryRequest, _ context: RegistryContext) throws(RegistryFault) {
        guard request.isFirstPage else { return nil }
        switch request.filter {
        case .identifier(let type, let value):
            let wanted = try IdentifierLookup(type: type, value: value, context: context)
            guard wanted.socialIDs.count + wanted.hashes.count == 1 else { return nil }
            if let number = wanted.socialIDs.first {
                self = .number(number)
            } else {
                guard request.sort.isEmpty else { return nil }
                self = .hash(wanted.hashes[0])
            }
        case .compare(let field, .eq, .text(let number))
        where field == Field(request.subject, "social_id") && Value.text(number).isAcceptable:
            self = .number(number)
        case .subjects(let ids) where ids.count <= request.size && (request.sort.isEmpty || ids.count == 1):
            self = .ids(ids)
        default: return nil
        }
    }

    /// The row itself in two index look-ups at most; a merged one is resolved by asking again.
    func rows<Record: SearchedRecord>(_ type: Record.Type, limit: Int) -> SQL {
        let columns = Record.selected
        let table = QueryCompiler.table(Record.subject)
        return switch self {
        case .number(let number):
            "SELECT \(fragment: columns) FROM \(unchecked: table) AS r0 WHERE r0.social_id = \(number)"
        case .ids(let ids) where ids.count == 1:
            "SELECT \(fragment: columns) FROM \(unchecked: table) AS r0 WHERE r0.id = \(ids[0])"
        case .ids(let ids):
            """
            SELECT \(fragment: columns) FROM \(unchecked: table) AS r0 WHERE r0.id = ANY(\(ids)) ORDER BY r0.id
            """
        case .hash(let hash):
            """
            SELECT \(fragment: columns)
            FROM registry.identifier AS i
            JOIN \(unchecked: table) AS r0 ON r0.id = i.subject_id
            WHERE i.hash = \(hash) AND i.subject_kind = \(Record.subject.rawValue)
            ORDER BY r0.id
            LIMIT \(limit)
            """
        }
    }

    var households: SQL {
        switch self {
        case .number(let number): QueryCompiler.numbered([number], .household)
        case .ids(let ids): "SELECT unnest(\(ids))"
        case .hash(let hash):
            "SELECT i.subject_id FROM registry.identifier AS i WHERE i.hash = \(hash) AND i.subject_kind = 'household'"
        }
    }
}

extension Searcher {
    /// Statements that answer the request in one round trip, for `Database.read(as:once:)`; nil when one is not enough.
    ///
    /// - Throws: `.invalid` with findings for attributes, values, cursors or page sizes that cannot be.
    package func statements(for request: RegistryRequest) throws(RegistryFault) -> [SQL]? {
        try request.checkPage(limits)
        if let lookup = try Lookup(request, context) {
            let limit = request.size + 1
            if request.subject == .person { return [lookup.rows(PersonRecord.self, limit: limit)] }
            let rows = lookup.rows(HouseholdRecord.self, limit: limit)
            return request.withMembers ? [rows, Self.members(lookup.households)] : [rows]
        }
        if let search = NameSearch(request) {
            try QueryCompiler.check(search.text, "name")
            return nil
        }
        if request.withMembers { return nil }
        let statement =
            request.subject == .person
            ? try listing(request, PersonRecord.self).statement : try listing(request, HouseholdRecord.self).statement
        return request.wantsTotal ? [statement, try counting(request)] : [statement]
    }

    /// Reads what `statements(for:)` brought; nil when a merged row or a page too small asks for a transaction.
    package func decodePeople(
        _ rows: [Rows], for request: RegistryRequest
    ) throws(RegistryFault) -> Page<PersonRecord>? {
        try decode(rows, for: request)
    }

    /// Reads what `statements(for:)` brought; nil when a merged row or a page too small asks for a transaction.
    package func decodeHouseholds(
        _ rows: [Rows], for request: RegistryRequest
    ) throws(RegistryFault) -> Page<HouseholdRecord>? {
        guard var page: Page<HouseholdRecord> = try decode(rows, for: request) else { return nil }
        if request.withMembers, rows.count > 1 { try addMembers(rows[1], to: &page.records) }
        return page
    }

    private func decode<Record: SearchedRecord>(
        _ rows: [Rows], for request: RegistryRequest
    ) throws(RegistryFault) -> Page<Record>? {
        guard let first = rows.first else { return nil }
        if try Lookup(request, context) != nil {
            guard first.count <= request.size else { return nil }
            let records: [Record] = try decode(first)
            if records.contains(where: \.isMerged) { return nil }
            return Page(records: records, total: request.wantsTotal ? records.count : nil)
        }
        var page: Page<Record> = try page(first, try listing(request, Record.self), request)
        if request.wantsTotal, rows.count > 1 { page.total = try read(rows[1]) }
        return page
    }
}
