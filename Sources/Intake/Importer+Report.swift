import Documents
package import Foundation
package import Groundwork
import Postgres
package import Registry

/// What an import brought and what it held back, by rule and by area.
package struct ImportBreakdown: Sendable {
    package struct Place: Sendable {
        /// Nil for what has no area, none of the level, or one that cannot be understood.
        package var area: Area?
        /// Households and people registered or changed who live there now.
        package var households: Int = 0
        package var people: Int = 0
        /// Lines held back, by code of the finding.
        package var lines: [String: Int] = [:]
        package var linesHeld: Int = 0
    }

    package var level: Int
    package var rules: [(code: String, lines: Int)]
    /// In the order of the areas; those in which nothing happened are left out.
    package var places: [Place]
}

extension Importer {
    /// Counts an import's statements and the lines that it held back by areas of one level.
    package func breakdown(
        of id: UUID, level: Int, as mandate: Mandate
    ) async throws(IntakeFault) -> ImportBreakdown {
        let batch = try await batch(id, as: mandate)
        let buckets = AreaBuckets(context.areas.index, level: level)
        var places: [Int: ImportBreakdown.Place] = [:]
        func count(_ area: Area?, _ change: (inout ImportBreakdown.Place) -> Void) {
            change(&places[area?.preorder ?? -1, default: ImportBreakdown.Place(area: area)])
        }
        let rules: [(code: String, lines: Int)]
        do {
            let (rows, found) = try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> ([Rows], [(code: String, lines: Int)]) in
                let rows = try await tx.query(all: [
                    Self.touched("household", by: id, buckets), Self.touched("person", by: id, buckets),
                ])
                return (rows, try await Quarantine.rules(of: id, in: tx))
            }
            rules = found
            for row in rows[0] {
                let (bucket, number) = (try row.get(0, as: Int?.self), try row.get(1, as: Int.self))
                count(buckets[bucket]) { $0.households += number }
            }
            for row in rows[1] {
                let (bucket, number) = (try row.get(0, as: Int?.self), try row.get(1, as: Int.self))
                count(buckets[bucket]) { $0.people += number }
            }
        } catch {
            throw IntakeFault(any: error)
        }
        var lines = QuarantinePlaces(
            columns: batch.columns, mapping: (try? layout(batch.mapping)) ?? mapping,
            separator: batch.separator ?? mapping.separator, index: context.areas.index, level: level)
        try await quarantined(id, as: mandate) { page in
            for line in page { lines.add(line) }
        }
        for (area, codes, held) in lines.finished() {
            count(area) { place in
                place.lines.merge(codes) { $0 + $1 }
                place.linesHeld += held
            }
        }
        return ImportBreakdown(
            level: level, rules: rules, places: places.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Subjects of which the import made statements that still hold, by the area in which they are now.
    private static func touched(_ kind: String, by batch: UUID, _ buckets: AreaBuckets) -> SQL {
        """
        SELECT \(fragment: buckets.bucket("s.area_order")) AS bucket, count(DISTINCT s.id)
        FROM intake.import_chunk AS c
        JOIN registry.source_record AS r ON r.command_id = c.command_id AND r.subject_kind = \(kind)
        JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
        JOIN registry.\(unchecked: kind) AS s ON s.id = l.subject_id
        WHERE c.batch_id = \(batch)
        GROUP BY bucket
        """
    }
}

/// Counts lines held back by area. Only one line of a household states the area, so its lines are counted together.
struct QuarantinePlaces {
    private struct Home {
        var key: [UInt8]?
        var area: Area?
        var codes: [String: Int] = [:]
        var held: Int = 0
    }

    private let areaPlace: Int?
    private let keyPlace: Int?
    private let separator: UInt8
    private let index: AreaIndex
    private let level: Int
    private var home = Home()
    private var counts: [Int: Home] = [:]

    init(columns: [String], mapping: FileMapping, separator: UInt8, index: AreaIndex, level: Int) {
        func place(_ attribute: String) -> Int? {
            mapping.columns.first { $0.subject == .household && $0.attribute == attribute }
                .flatMap { columns.firstIndex(of: $0.name) }
        }
        areaPlace = place("area")
        keyPlace = place("source_key")
        (self.separator, self.index, self.level) = (separator, index, level)
    }

    mutating func add(_ line: QuarantinedLine) {
        let row = CSVReader.rows(of: line.raw, separator: separator).first
        func cell(_ place: Int?) -> [UInt8]? {
            guard let place, let row, row.fault == nil, place < row.count else { return nil }
            let bytes = row.bytes(place)
            return bytes.isEmpty ? nil : Array(bytes)
        }
        let key = cell(keyPlace)
        // A line whose key cannot be read belongs to the household before it.
        if let key, key != home.key {
            endHome()
            home.key = key
        }
        if home.area == nil, let text = cell(areaPlace) {
            home.area = index.area(String(decoding: text, as: UTF8.self)).flatMap { area in
                index.path(to: area).first { $0.level == level }
            }
        }
        if line.isBad {
            for code in Set(line.findings.map(\.code)) { home.codes[code, default: 0] += 1 }
        } else {
            home.held += 1
        }
    }

    private mutating func endHome() {
        defer { home = Home() }
        guard !home.codes.isEmpty || home.held > 0 else { return }
        var sum = counts[home.area?.preorder ?? -1] ?? Home(area: home.area)
        sum.codes.merge(home.codes) { $0 + $1 }
        sum.held += home.held
        counts[home.area?.preorder ?? -1] = sum
    }

    mutating func finished() -> [(area: Area?, codes: [String: Int], held: Int)] {
        endHome()
        return counts.sorted { $0.key < $1.key }.map { ($0.value.area, $0.value.codes, $0.value.held) }
    }
}
