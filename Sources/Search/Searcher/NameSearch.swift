import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

/// A search for a name whose answer is ordered by likeness.
struct NameSearch {
    let text: String
    /// All other conditions.
    let rest: RegistryQuery
    /// Where the person must live; nil for anywhere.
    let ranges: [ClosedRange<Int>]?

    /// Nil when no name must fit, or when another order is asked for.
    init?(_ request: RegistryRequest) {
        guard request.subject == .person, request.sort.isEmpty else { return nil }
        var parts = request.filter.conjuncts
        let place = parts.firstIndex { if case .name = $0 { true } else { false } }
        guard let place, case .name(let text) = parts[place] else { return nil }
        parts.remove(at: place)
        self.text = text
        rest = parts.isEmpty ? .everything : .and(parts)
        ranges = parts.lazy.compactMap { if case .within(let ranges) = $0 { ranges } else { nil } }.first
    }

    /// The order of such an answer, for cursors.
    static let order: String = "likeness"
}

extension Searcher {
    /// Bounds of the work on one name.
    enum NameLimits {
        /// Key entries read for one key when other conditions narrow them down.
        static let reach: Int = 20_000
        /// With fewer candidates than this, single words are searched as well.
        static let few: Int = 20
        /// A word that more people bear than this tells nothing on its own.
        static let common: Int = 500
        /// Likeness, of 1000, that somebody found by a single word must have.
        static let likeness: Int = 750
        /// Area ranges that are followed into the index of the keys.
        static let ranges: Int = 64
    }

    struct Candidates {
        /// The best first, equals by id.
        var ranked: [(id: UUID, score: Int)] = []
        var isTruncated = false
    }

    func ranked(
        _ search: NameSearch, _ request: RegistryRequest, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Page<PersonRecord> {
        let found = try await candidates(search, request, in: tx)
        var start = request.offset
        if case .after(let text?, _) = request.page {
            let cursor = try Cursor(text, order: NameSearch.order, kinds: [.integer], keys: context.keys)
            guard case .integer(let score) = cursor.values[0] else { throw Cursor.refusal }
            start = found.ranked.firstIndex { Self.follows($0, (cursor.id, Int(score))) } ?? found.ranked.count
        }
        let slice = found.ranked.dropFirst(start).prefix(request.size)
        var page = Page(records: try await people(slice.map(\.id), in: tx), isTruncated: found.isTruncated)
        if start + slice.count < found.ranked.count, let last = slice.last {
            page.next = Cursor(values: [.integer(Int32(last.score))], id: last.id)
                .text(order: NameSearch.order, keys: context.keys)
        }
        guard request.wantsTotal else { return page }
        page.total =
            found.isTruncated
            ? try read(try await query([try counting(request)], in: tx)[0]) : found.ranked.count
        return page
    }

    private static func follows(_ item: (id: UUID, score: Int), _ last: (id: UUID, score: Int)) -> Bool {
        item.score != last.score ? item.score < last.score : last.id.sortsBefore(item.id)
    }

    /// Rows of those ids, in their order.
    private func people(_ ids: [UUID], in tx: borrowing Transaction) async throws(RegistryFault) -> [PersonRecord] {
        guard !ids.isEmpty else { return [] }
        let statement: SQL = """
            SELECT \(fragment: PersonRecord.selected) FROM registry.person AS r0 WHERE r0.id = ANY(\(ids))
            """
        let records: [PersonRecord] = try decode(try await query([statement], in: tx)[0])
        let byID = Dictionary(records.map { ($0.uuid, $0) }, uniquingKeysWith: { first, _ in first })
        return ids.compactMap { byID[$0] }
    }

    /// Those who hold a key of two words together; where they are few, also those who hold a rare word and are alike.
    func candidates(
        _ search: NameSearch, _ request: RegistryRequest, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Candidates {
        try QueryCompiler.check(search.text, "name")
        let keys = context.names.query(search.text)
        guard !keys.isEmpty else { return Candidates() }
        let likeness = NameSimilarity(context.names)
        let wanted = likeness.read(search.text)
        let reach = search.rest == .everything ? limits.candidates + 1 : NameLimits.reach
        let among = try bearers(keys.strong, search, limit: reach, "c.person_id")
        let answers = try await query(
            [try named(search, request, among: among), Self.largest(keys.strong, upTo: reach + 1)], in: tx)
        var found = Candidates()
        var seen: Set<UUID> = []
        found.isTruncated = answers[0].count > limits.candidates
        if try read(answers[1]) > reach, search.ranges == nil { found.isTruncated = true }
        for (id, name) in try names(answers[0].prefix(limits.candidates)) {
            seen.insert(id)
            found.ranked.append((id, likeness.score(wanted, likeness.read(name))))
        }
        if found.ranked.count < NameLimits.few, keys.weak != keys.strong {
            let more = try await bearersOfRareWords(keys.weak, search, in: tx).subtracting(seen)
            let rows = try await query(
                [try named(search, request, among: "SELECT unnest(\(Array(more)))")], in: tx)[0]
            for (id, name) in try names(rows.prefix(limits.candidates)) {
                let score = likeness.score(wanted, likeness.read(name))
                if score >= NameLimits.likeness { found.ranked.append((id, score)) }
            }
        }
        found.ranked.sort { Self.follows($1, $0) }
        return found
    }

    /// Names of the people among `ids` who fit all other conditions.
    func named(
        _ search: NameSearch, _ request: RegistryRequest, among ids: SQL
    ) throws(RegistryFault) -> SQL {
        var compiler = QueryCompiler(context: context, today: request.today)
        let fits = try compiler.condition(search.rest, .person, "r0")
        return """
            SELECT r0.id, r0.given_name, r0.further_names, r0.family_name, r0.maiden_name
            FROM registry.person AS r0
            WHERE r0.id = ANY(ARRAY(\(fragment: ids))) AND r0.status <> 'merged' AND \(fragment: fits)
            ORDER BY r0.id
            LIMIT \(limits.candidates + 1)
            """
    }

    /// How many hold the most common of the keys, counted no further than asked.
    static func largest(_ keys: [Int64], upTo limit: Int) -> SQL {
        """
        SELECT coalesce(max(c.n), 0)
        FROM unnest(\(keys)) AS q (h)
        CROSS JOIN LATERAL (
            SELECT count(*) AS n
            FROM (SELECT FROM registry.name_key AS k WHERE k.h = q.h LIMIT \(limit)) AS s
        ) AS c
        """
    }

    private func names(_ rows: some Sequence<Row>) throws(RegistryFault) -> [(id: UUID, name: String)] {
        var result: [(id: UUID, name: String)] = []
        do {
            for row in rows {
                var parts: [String] = []
                for column in 1...4 {
                    if let part: String = try row.get(column, as: String?.self) { parts.append(part) }
                }
                result.append((try row.get(0), parts.joined(separator: " ")))
            }
        } catch {
            throw .store(error)
        }
        return result
    }

    /// Who holds one of the keys, at most `limit` for each key and range, in the order of the index.
    func bearers(_ keys: [Int64], _ search: NameSearch, limit: Int, _ columns: SQL) throws(RegistryFault) -> SQL {
        var ranges = try search.ranges.map { ranges throws(RegistryFault) in try QueryCompiler.merged(ranges) }
        if let many = ranges, many.count > NameLimits.ranges, let first = many.first, let last = many.last {
            ranges = [first.lowerBound...last.upperBound]
        }
        guard let ranges else {
            return """
                SELECT \(fragment: columns)
                FROM unnest(\(keys)) AS q (h)
                CROSS JOIN LATERAL (
                    SELECT k.person_id FROM registry.name_key AS k
                    WHERE k.h = q.h
                    ORDER BY k.area_order, k.person_id
                    LIMIT \(limit)
                ) AS c
                """
        }
        return """
            SELECT \(fragment: columns)
            FROM unnest(\(keys)) AS q (h)
            CROSS JOIN unnest(\(ranges.map(\.lowerBound)), \(ranges.map(\.upperBound))) AS a (low, high)
            CROSS JOIN LATERAL (
                SELECT k.person_id FROM registry.name_key AS k
                WHERE k.h = q.h AND k.area_order BETWEEN a.low AND a.high
                ORDER BY k.area_order, k.person_id
                LIMIT \(limit)
            ) AS c
            """
    }

    private func bearersOfRareWords(
        _ words: [Int64], _ search: NameSearch, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Set<UUID> {
        let statement = try bearers(words, search, limit: NameLimits.common + 1, "q.h, c.person_id")
        let rows = try await query([statement], in: tx)[0]
        var byWord: [Int64: [UUID]] = [:]
        do {
            for row in rows { byWord[try row.get(0), default: []].append(try row.get(1)) }
        } catch {
            throw .store(error)
        }
        return Set(byWord.values.filter { $0.count <= NameLimits.common }.joined())
    }
}
