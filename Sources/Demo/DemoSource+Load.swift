import Documents
import Foundation

extension DemoSource {
    /// Reads what the demo needs from a profile's folder, e.g. `profiles/burundi`.
    package static func load(folder: String) throws(DemoFault) -> DemoSource {
        let reader = Reader(folder: folder)
        let profile = try reader.json("profile.json")
        let geographies = profile["geographies"]?.array ?? []
        guard let geography = geographies.first(where: { $0["current"]?.bool ?? false })?["code"]?.string,
            let columns = try reader.json("mappings/plain.json")["columns"]?.array
        else { throw .profile(file: "profile.json") }
        let family = try reader.json("names/family.json")
        return DemoSource(
            profile: profile["code"]?.string ?? "", callingCode: profile["country"]?["calling_code"]?.string ?? "",
            columns: columns.compactMap { $0["column"]?.string }, places: try reader.places(of: geography),
            lists: try reader.lists(), maleNames: try reader.names("names/given_male.json"),
            femaleNames: try reader.names("names/given_female.json"),
            familyNames: try reader.names("names/family.json"),
            sharedFamilyName: Double(family["shared_in_household_percent"]?.int ?? 50) / 100,
            equivalences: (try reader.json("names/equivalences.json")["groups"]?.array ?? [])
                .map { ($0.array ?? []).compactMap(\.string) },
            honorifics: (try reader.json("names/honorifics.json")["honorifics"]?.array ?? []).compactMap(\.string),
            languages: (profile["languages"]?.array ?? []).compactMap { $0["code"]?.string })
    }
}

extension DemoForm {
    /// The layout of that code in a profile's folder.
    ///
    /// - Throws: `.layout` with the layouts that the profile has.
    package static func load(_ code: String, folder: String) throws(DemoFault) -> DemoForm {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/demo")) ?? []
        let known = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
        guard known.contains(code) else { throw .layout(code, known: ["plain"] + known) }
        let file = "demo/\(code).json"
        guard let form = DemoForm(try Reader(folder: folder).json(file)) else { throw .profile(file: file) }
        return form
    }
}

/// Reads files of one profile folder.
private struct Reader {
    let folder: String

    func bytes(_ file: String) throws(DemoFault) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: folder + "/" + file) else { throw .profile(file: file) }
        return [UInt8](data)
    }

    func json(_ file: String) throws(DemoFault) -> JSON {
        let bytes = try bytes(file)
        do {
            return try JSON.parse(bytes)
        } catch {
            throw .profile(file: file)
        }
    }

    /// Names with weights, in the order of the file, so that a seed gives the same names.
    func names(_ file: String) throws(DemoFault) -> [(String, Double)] {
        guard let names = try json(file)["names"]?.object else { throw .profile(file: file) }
        return names.map { ($0.key, Double($0.value.int ?? 1)) }
    }

    func lists() throws(DemoFault) -> [String: [DemoSource.Word]] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder + "/codes") else {
            throw .profile(file: "codes")
        }
        var lists: [String: [DemoSource.Word]] = [:]
        for file in files where file.hasSuffix(".json") {
            let list = try json("codes/" + file)
            guard let name = list["list"]?.string else { throw .profile(file: "codes/" + file) }
            lists[name] = (list["codes"]?.array ?? []).compactMap { code in
                code["code"]?.string.map {
                    DemoSource.Word(code: $0, aliases: (code["aliases"]?.array ?? []).compactMap(\.string))
                }
            }
        }
        return lists
    }

    func places(of geography: String) throws(DemoFault) -> [DemoSource.Place] {
        let file = "areas/\(geography).csv"
        let table = try Table(try bytes(file), file: file)
        guard let code = table.column("code"), let level = table.column("level") else { throw .profile(file: file) }
        let lowest = (try json("areas/\(geography).json")["levels"]?.array ?? []).compactMap { $0["code"]?.string }.last
        let (camps, hosts, quarters) = try sets()
        let settlement = table.column("settlement")
        let names = AreaNames(table, code: code, level: level)
        var places: [DemoSource.Place] = []
        for row in table.rows where row[level] == lowest {
            let name = row[code]
            let names = names.around(name)
            let isUrban = settlement.map { row[$0] == "quarter" } ?? false
            var place = DemoSource.Place(
                code: name, isUrban: isUrban || quarters.contains(name), isCamp: camps.contains(name),
                isHost: hosts.contains { name.hasPrefix($0) })
            place.names = names
            places.append(place)
        }
        let alike = Dictionary(grouping: places, by: \.names).mapValues(\.count)
        for index in places.indices { places[index].isAmbiguous = alike[places[index].names] ?? 0 > 1 }
        guard !places.isEmpty else { throw .profile(file: file) }
        places.sort { $0.code < $1.code }
        for index in places.indices { places[index].number = "L" + String(100_000 + index) }
        return places
    }

    /// Codes of the sets that tell camps, hosting areas and towns.
    private func sets() throws(DemoFault) -> (camps: Set<String>, hosts: [String], quarters: Set<String>) {
        var camps: Set<String> = []
        var hosts: [String] = []
        var quarters: Set<String> = []
        for set in try json("areas/sets.json")["sets"]?.array ?? [] {
            let areas = (set["areas"]?.array ?? []).compactMap(\.string)
            let name = set["code"]?.string ?? ""
            if name.contains("camp") || name.contains("settlement") {
                camps.formUnion(areas)
            } else if name.contains("host") {
                hosts += areas
            } else if name.contains("quarter") || name.contains("urban") {
                quarters.formUnion(areas)
            }
        }
        return (camps, hosts, quarters)
    }
}

/// Names of areas and of those around them.
private struct AreaNames {
    private var areas: [String: (name: String, level: String, parent: String)] = [:]

    init(_ table: Table, code: Int, level: Int) {
        guard let name = table.column("name"), let parent = table.column("parent_code") else { return }
        for row in table.rows { areas[row[code]] = (row[name], row[level], row[parent]) }
    }

    func around(_ code: String) -> [String: String] {
        var names: [String: String] = [:]
        var next = code
        while let area = areas[next], names[area.level] == nil {
            names[area.level] = area.name
            next = area.parent
        }
        return names
    }
}

/// A whole CSV file of the profile, which is small.
private struct Table {
    var header: [String] = []
    var rows: [[String]] = []

    init(_ bytes: [UInt8], file: String) throws(DemoFault) {
        var lines: [[String]] = []
        var isSound = true
        var reader = CSVReader()
        let take: (CSVRow) -> Void = { row in
            if row.fault != nil { isSound = false }
            lines.append((0..<row.count).map { row[$0] })
        }
        reader.feed(bytes, take)
        reader.finish(take)
        guard isSound, let first = lines.first else { throw .profile(file: file) }
        header = first
        rows = lines.dropFirst().filter { $0.count == first.count }
    }

    func column(_ name: String) -> Int? { header.firstIndex(of: name) }
}
