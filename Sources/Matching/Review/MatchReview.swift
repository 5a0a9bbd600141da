import Documents
import Foundation
package import Groundwork
import Linkage
package import Postgres
import Registry

/// The queue as a file, for clerical review away from the system, and back.
package struct MatchReview: Sendable {
    let database: Database
    let matcher: Matcher
    let queue: MatchQueue
    let today: @Sendable () -> CalendarDate

    package init(
        database: Database, matcher: Matcher, queue: MatchQueue, today: @escaping @Sendable () -> CalendarDate
    ) {
        (self.database, self.matcher, self.queue, self.today) = (database, matcher, queue, today)
    }

    /// What both sides have a column for, in front of it `a_` or `b_`.
    private static let sides = [
        "id", "version", "given_name", "family_name", "sex", "birth_date", "father", "mother", "phones", "identifiers",
        "area", "address", "household", "role",
    ]
    private static let page = 500

    /// Writes open pairs as CSV, the likeliest first: both records, the bits of each field, and empty columns for decision,
    /// survivor (a or b) and reason. Of identifiers the last four signs are shown.
    ///
    /// - Returns: how many pairs were written.
    package func export(
        band: MatchPolicy.Band?, limit: Int, as mandate: Mandate, to write: @Sendable ([UInt8]) throws -> Void
    ) async throws -> Int {
        var writer = CSVWriter(guardsFormulas: true)
        let header =
            ["pair", "bits", "band"] + Self.sides.map { "a_" + $0 } + Self.sides.map { "b_" + $0 }
            + ["bits_prior"] + MatchField.allCases.map { "bits_" + $0.name } + ["decision", "survivor", "reason"]
        writer.row(header)
        var count = 0
        var last: (bits: String, id: UUID)?
        while count < limit {
            let place = last
            let wanted = min(Self.page, limit - count)
            let (pairs, people) = try await database.read(as: mandate) { tx -> ([QueuedPair], [UUID: MatchPerson]) in
                let pairs = try await queue.open(band: band, area: nil, after: place, limit: wanted, in: tx)
                let reader = MatchPeople(context: matcher.context, policy: matcher.policy)
                var people: [UUID: MatchPerson] = [:]
                for row in try await tx.query(
                    MatchPeople.those(pairs.flatMap { [$0.low.rawValue, $0.high.rawValue] }))
                {
                    let person = try reader.read(row)
                    people[person.id] = person
                }
                return (pairs, people)
            }
            for pair in pairs { row(pair, people, to: &writer) }
            try write(writer.take())
            count += pairs.count
            guard pairs.count == wanted, let end = pairs.last else { break }
            last = (end.bits, end.id)
        }
        return count
    }

    private func row(_ pair: QueuedPair, _ people: [UUID: MatchPerson], to writer: inout CSVWriter) {
        for text in [pair.id.lowercased, pair.bits, pair.band] { writer.field(text) }
        for id in [pair.low, pair.high] { side(id.rawValue, people[id.rawValue], to: &writer) }
        var bits: [String: String] = [:]
        for step in pair.evidence.array ?? [] { bits[step["field"]?.string ?? ""] = step["bits"]?.string }
        writer.field(bits["prior"] ?? "")
        for field in MatchField.allCases { writer.field(bits[field.name] ?? "") }
        for _ in 0..<3 { writer.emptyField() }
        writer.endRow()
    }

    private func side(_ id: UUID, _ person: MatchPerson?, to writer: inout CSVWriter) {
        guard let person else {
            writer.field(id.lowercased)
            for _ in Self.sides.dropFirst() { writer.emptyField() }
            return
        }
        let record = person.record
        let area = matcher.context.areas.index.area(order: person.areaOrder)
        writer.field(id.lowercased)
        writer.field(person.version)
        writer.field(record.given)
        writer.field(record.family)
        writer.field(record.sex == .unknown ? "" : "\(record.sex)")
        writer.field(
            record.birth.map { "\($0.date)" + ($0.precision == .day ? "" : " (\($0.precision.rawValue))") } ?? "")
        writer.field(record.father)
        writer.field(record.mother)
        writer.field(record.phones.joined(separator: " "))
        writer.field(record.identifiers.map { "\($0.type) …\($0.value.suffix(4))" }.joined(separator: " "))
        writer.field(area?.name ?? "")
        writer.field(record.address)
        writer.field(person.household?.lowercased ?? "")
        writer.field(record.role == .unknown ? "" : "\(record.role)")
    }
}
