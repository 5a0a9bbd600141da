import Groundwork
package import Postgres
import Synchronization

/// One area of one geography, as needed at every door: small enough that a country's areas stay in memory.
package struct Area: Sendable, Hashable {
    package var id: Int
    /// Code of the geography, e.g. `bi-2023`.
    package var geography: String
    package var code: String
    package var name: String
    package var level: Int
    package var levelName: String
    package var parent: Int?
    package var preorder: Int
    package var lastPreorder: Int

    /// `geography:code`, the form in which claims and answers name an area.
    package var reference: String { "\(geography):\(code)" }
    /// The preorder numbers of the area and all below it.
    package var range: ClosedRange<Int> { preorder...lastPreorder }

    package init(
        id: Int, geography: String, code: String, name: String, level: Int, levelName: String, parent: Int?,
        preorder: Int, lastPreorder: Int
    ) {
        (self.id, self.geography, self.code, self.name) = (id, geography, code, name)
        (self.level, self.levelName, self.parent) = (level, levelName, parent)
        (self.preorder, self.lastPreorder) = (preorder, lastPreorder)
    }
}

/// All areas, with look-ups by every name and code they are known under.
package struct AreaIndex: Sendable {
    package private(set) var areas: [Area] = []
    private var byID: [Int: Int] = [:]
    private var byOrder: [Int: Int] = [:]
    private var byReference: [String: Int] = [:]
    private var byCode: [String: [Int]] = [:]
    private var byName: [String: [Int]] = [:]
    private var children: [Int: [Int]] = [:]
    /// Areas, with all below them, of each named set.
    package private(set) var sets: [String: [ClosedRange<Int>]] = [:]
    /// The geography that plain codes mean: the one in force.
    package let current: String?
    /// A mark of the codes of other systems, which changes when one of them does.
    package let codeMark: String
    /// Codes of the divisions, in the order of their numbers.
    package private(set) var geographies: [String] = []
    private var levelNames: [String: [Int: String]] = [:]
    package private(set) var crosswalks: [Crosswalk] = []
    /// By area: those of another division that hold it whole.
    private var links: [Int: [AreaLink]] = [:]
    /// By area: those of another division that some line names with it, candidates too.
    private var mentions: [Int: [AreaLink]] = [:]
    private var segments: [String: [Int: [AreaSegment]]] = [:]

    /// - Parameters:
    ///   - otherCodes: `(system, code, area id)` of other code systems.
    ///   - names: `(area id, normalised name)`, own names and aliases.
    ///   - crosswalks: lines that name an area that is not there are passed over.
    package init(
        areas: [Area], otherCodes: [(system: String, code: String, area: Int)] = [],
        names: [(area: Int, normalised: String)] = [], sets: [String: [Int]] = [:], current: String?,
        crosswalks: [Crosswalk] = [], codeMark: String = ""
    ) {
        self.areas = areas.sorted { $0.preorder < $1.preorder }
        self.current = current
        self.codeMark = codeMark
        for (place, area) in self.areas.enumerated() {
            byID[area.id] = place
            byOrder[area.preorder] = place
            byReference[area.reference] = place
            byCode[area.code, default: []].append(place)
            if levelNames[area.geography] == nil { geographies.append(area.geography) }
            levelNames[area.geography, default: [:]][area.level] = area.levelName
            if let parent = area.parent { children[parent, default: []].append(place) }
        }
        for (system, code, area) in otherCodes {
            guard let place = byID[area] else { continue }
            byReference["\(system):\(code)"] = place
            byCode[code, default: []].append(place)
        }
        for (area, name) in names {
            if let place = byID[area], !(byName[name]?.contains(place) ?? false) {
                byName[name, default: []].append(place)
            }
        }
        for (set, members) in sets {
            self.sets[set] = members.compactMap { byID[$0].map { self.areas[$0].range } }
        }
        link(crosswalks)
    }

    private mutating func link(_ crosswalks: [Crosswalk]) {
        self.crosswalks = crosswalks
        for crosswalk in crosswalks {
            for line in crosswalk.lines {
                guard let former = area("\(crosswalk.from):\(line.from)"), let new = area("\(crosswalk.to):\(line.to)")
                else { continue }
                let isEqual = line.relation == .same || line.relation == .rename
                let toFormer = AreaLink(
                    area: former.id, confidence: line.confidence, rule: line.rule, isEqual: isEqual,
                    isWhole: line.relation.newLiesInFormer)
                let toNew = AreaLink(
                    area: new.id, confidence: line.confidence, rule: line.rule, isEqual: isEqual,
                    isWhole: line.relation.formerLiesInNew)
                mentions[new.id, default: []].append(toFormer)
                mentions[former.id, default: []].append(toNew)
                if toFormer.isWhole { links[new.id, default: []].append(toFormer) }
                if toNew.isWhole { links[former.id, default: []].append(toNew) }
            }
        }
        for geography in geographies { segments[geography] = Self.segments(in: self, of: geography) }
    }

    /// Levels of one division from the top: the number and the word.
    package func levels(of geography: String) -> [(level: Int, name: String)] {
        (levelNames[geography] ?? [:]).sorted { $0.key < $1.key }.map { (level: $0.key, name: $0.value) }
    }

    func links(of area: Int) -> [AreaLink] { links[area] ?? [] }
    func mentions(of area: Int) -> [AreaLink] { mentions[area] ?? [] }

    /// How all areas read in one division at one level, as rising runs of preorder numbers; gaps are not resolved.
    package func segments(of geography: String, level: Int) -> [AreaSegment] {
        segments[geography]?[level] ?? []
    }

    package subscript(id: Int) -> Area? { byID[id].map { areas[$0] } }
    package func area(order: Int) -> Area? { byOrder[order].map { areas[$0] } }
    package func children(of id: Int) -> [Area] { (children[id] ?? []).map { areas[$0] } }

    /// The area named by `geography:code`, `system:code`, or by a plain code of the geography in force.
    package func area(_ reference: String) -> Area? {
        if let place = byReference[reference] { return areas[place] }
        guard let places = byCode[reference] else { return nil }
        if let current, let place = places.first(where: { areas[$0].geography == current }) { return areas[place] }
        return places.count == 1 ? areas[places[0]] : nil
    }

    /// Areas with the normalised name, optionally below another one; several may share a name.
    package func areas(named name: String, within outer: Area? = nil) -> [Area] {
        (byName[name] ?? []).map { areas[$0] }.filter { outer?.range.contains($0.preorder) ?? true }
    }

    /// The area and those around it, from the top.
    package func path(to area: Area) -> [Area] {
        var path = [area]
        while let parent = path[path.count - 1].parent, let next = self[parent], path.count < 32 { path.append(next) }
        return path.reversed()
    }

    package var normalisedNames: Dictionary<String, [Int]>.Keys { byName.keys }
}

/// The areas in force, replaced as a whole when a profile is loaded.
package final class AreaBook: Sendable {
    private let held: Mutex<AreaIndex>

    package init(_ index: AreaIndex) {
        held = Mutex(index)
    }

    package var index: AreaIndex { held.withLock { $0 } }

    package func replace(_ index: AreaIndex) {
        held.withLock { $0 = index }
    }
}

extension AreaIndex {
    /// The mark of the codes as they are now.
    package static let codeMark: SQL = """
        SELECT count(*) || ':' || COALESCE(sum(hashtextextended(system || ':' || code || ':' || area_id, 0)), 0)
        FROM registry.area_code
        """

    /// Reads all areas; the geography in force is the newest one without an end.
    package static func load(in tx: borrowing Transaction) async throws(RegistryFault) -> AreaIndex {
        let results = try await query(
            all: [
                """
                SELECT a.id, g.code, a.code, a.name, a.level, a.level_name, a.parent_id, a.preorder, a.last_preorder
                FROM registry.area AS a
                JOIN registry.geography AS g ON g.id = a.geography_id
                """,
                "SELECT system, code, area_id FROM registry.area_code",
                """
                SELECT id, name_normalised FROM registry.area
                UNION
                SELECT area_id, name_normalised FROM registry.area_alias
                """,
                "SELECT set_code, area_id FROM registry.area_set_member",
                """
                SELECT code FROM registry.geography
                WHERE valid_to IS NULL
                ORDER BY valid_from DESC NULLS LAST, id DESC
                LIMIT 1
                """,
                """
                SELECT f.code, t.code, a.code, b.code, c.relation, c.weight, c.confidence, c.rule, c.evidence
                FROM registry.area_crosswalk AS c
                JOIN registry.area AS a ON a.id = c.from_area_id
                JOIN registry.area AS b ON b.id = c.to_area_id
                JOIN registry.geography AS f ON f.id = c.from_geography_id
                JOIN registry.geography AS t ON t.id = c.to_geography_id
                ORDER BY f.id, t.id, a.preorder, b.preorder
                """,
                codeMark,
            ], in: tx)
        do {
            var areas: [Area] = []
            for row in results[0] {
                let level: Int16 = try row.get(4)
                let parent: Int32? = try row.get(6)
                areas.append(
                    Area(
                        id: Int(try row.get(0, as: Int32.self)), geography: try row.get(1), code: try row.get(2),
                        name: try row.get(3), level: Int(level), levelName: try row.get(5),
                        parent: parent.map(Int.init),
                        preorder: Int(try row.get(7, as: Int32.self)),
                        lastPreorder: Int(try row.get(8, as: Int32.self))))
            }
            var codes: [(system: String, code: String, area: Int)] = []
            for row in results[1] {
                codes.append((try row.get(0), try row.get(1), Int(try row.get(2, as: Int32.self))))
            }
            var names: [(area: Int, normalised: String)] = []
            for row in results[2] {
                names.append((Int(try row.get(0, as: Int32.self)), try row.get(1)))
            }
            var sets: [String: [Int]] = [:]
            for row in results[3] {
                sets[try row.get(0, as: String.self), default: []].append(Int(try row.get(1, as: Int32.self)))
            }
            let current: String? = try results[4].first?.get(0)
            return AreaIndex(
                areas: areas, otherCodes: codes, names: names, sets: sets, current: current,
                crosswalks: try crosswalks(results[5]), codeMark: try results[6].first?.get(0) ?? "")
        } catch {
            throw .store(error)
        }
    }

    private static func crosswalks(_ rows: Rows) throws(DatabaseError) -> [Crosswalk] {
        var found: [Crosswalk] = []
        for row in rows {
            let (from, to): (String, String) = (try row.get(0), try row.get(1))
            guard let relation = CrosswalkRelation(rawValue: try row.get(4)),
                let confidence = CrosswalkConfidence(rawValue: try row.get(6))
            else { continue }
            let line = CrosswalkLine(
                from: try row.get(2), to: try row.get(3), relation: relation, weight: try row.get(5),
                confidence: confidence, rule: try row.get(7), evidence: try row.get(8))
            if let last = found.last, (last.from, last.to) == (from, to) {
                found[found.count - 1].lines.append(line)
            } else {
                found.append(Crosswalk(from: from, to: to, lines: [line]))
            }
        }
        return found
    }
}
