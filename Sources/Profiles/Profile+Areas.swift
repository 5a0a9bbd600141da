import Documents
import Groundwork

extension Profile {
    static func geography(
        _ name: String, language: String, _ folder: inout ProfileFolder
    ) throws(ProfileFault) -> Geography {
        let file = "areas/\(name).json"
        let json = try folder.json(file)
        guard let table = json["table"]?.string else { throw .malformed(file: file, reason: "it names no table.") }
        var levels: [String: Int] = [:]
        for item in json["levels"]?.array ?? [] {
            if let code = item["code"]?.string, let level = item["level"]?.int { levels[code] = level }
        }
        var systems: [(system: String, column: String)] = []
        for item in json["code_systems"]?.array ?? [] {
            guard let column = item["column"]?.string, let system = item["code"]?.string, column != "code" else {
                continue
            }
            systems.append((system, column))
        }
        let path = "areas/\(table)"
        var entries: [Geography.Entry] = []
        var known: Set<String> = []
        for (index, row) in try folder.table(path).enumerated() {
            func wrong(_ reason: String) -> ProfileFault {
                .malformed(file: path, reason: "line \(index + 2): \(reason)")
            }
            guard let code = row["code"], !code.isEmpty, let name = row["name"], !name.isEmpty else {
                throw wrong("code and name are needed.")
            }
            guard let word = row["level"], let level = levels[word] else { throw wrong("the level is not declared.") }
            let parent = row["parent_code"].flatMap { $0.isEmpty ? nil : $0 }
            if let parent, !known.contains(parent) { throw wrong("the parent does not stand above.") }
            guard known.insert(code).inserted else { throw wrong("the code stands twice.") }
            var facts: [String: String] = [:]
            for key in ["chief_town", "settlement", "doubt"] {
                if let value = row[key], !value.isEmpty { facts[key] = value }
            }
            entries.append(
                Geography.Entry(
                    code: code, name: name, level: level, levelName: word, parent: parent,
                    aliases: (row["aliases"] ?? "").split(separator: "|").map(String.init),
                    otherCodes: systems.compactMap { system in
                        row[system.column].flatMap { $0.isEmpty ? nil : (system.system, $0) }
                    },
                    facts: facts))
        }
        return Geography(
            code: json["geography"]?.string ?? name, title: json["title"]?.label(language) ?? name,
            validFrom: json["valid_from"]?.string.flatMap { CalendarDate($0) },
            validTo: json["valid_to"]?.string.flatMap { CalendarDate($0) }, entries: entries, part: file)
    }

    static func areaSets(language: String, _ folder: inout ProfileFolder) throws(ProfileFault) -> [AreaSet] {
        guard folder.files(in: "areas", ending: "sets.json").contains("areas/sets.json") else { return [] }
        let json = try folder.json("areas/sets.json")
        let geography = json["geography"]?.string ?? ""
        return (json["sets"]?.array ?? []).compactMap { item in
            guard let code = item["code"]?.string else { return nil }
            return AreaSet(
                code: code, name: item["labels"]?.label(language) ?? code, kind: item["kind"]?.string ?? "other",
                geography: geography, validFrom: item["valid_from"]?.string.flatMap { CalendarDate($0) },
                validTo: item["valid_to"]?.string.flatMap { CalendarDate($0) }, areas: item["areas"]?.texts ?? [])
        }
    }
}
