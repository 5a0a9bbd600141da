import Access
import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Runtime

extension Command {
    static let profile: Command = Command(
        "profile", "checks, installs and shows a country profile",
        forms: ["check FOLDER", "install", "show"], words: 1...2,
        explanation: """
            A profile is a folder of data: areas, code lists, attributes, questionnaires, mappings, roles, labels. `check` reads
            one without a database and tells everything that is wrong with it. `install` writes the one that the setting
            `profile` names into the database, with its actors, whose tokens go to credentials.json in the data folder; doing it
            again changes only what changed, and areas keep their identity.
            """,
        settings: ["profile", "database.url", "data"],
        examples: [
            Example("kith profile check profiles/uganda", "is it whole?"),
            Example("kith profile install --profile uganda", "load it"),
            Example("kith profile show", "what is loaded, part by part"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            switch (invocation.words[0], invocation.words.dropFirst().first) {
            case ("check", let folder?): return try check(folder, invocation.console)
            case ("check", nil): return try check(Ground(invocation).profileFolder, invocation.console)
            case ("install", nil): return try await install(invocation)
            case ("show", nil): return try await show(invocation)
            default: throw RoofFault.usage("kith profile does one of: check FOLDER, install, show.")
            }
        })

    private static func check(_ folder: String, _ console: Console) throws -> ExitCode {
        let folder = Ground.absolute(folder)
        guard FileManager.default.fileExists(atPath: folder + "/profile.json") else {
            throw RoofFault.notProfileFolder(folder)
        }
        let profile = try ProfileCheck(folder: folder).profile()
        let objections = try ProfileFormulas.load(folder).objections(profile)
        let blocking = objections.filter { $0.severity == .blocking }
        guard blocking.isEmpty else { throw RoofFault.found("The formulas of the profile cannot be used:", blocking) }
        for warning in objections { console.note("\(warning.path.dotted): \(warning.summary)") }
        let areas = profile.geographies.reduce(0) { $0 + $1.entries.count }
        console.result(
            """
            \(profile.title): good
            \(profile.parts.count) parts, \(Grouped.count(areas, "area")) in \(profile.geographies.count) geographies, \
            \(profile.lists.count) code lists, \(profile.attributes.count) attributes, \(profile.actors.count) actors
            """,
            [
                "ok": .bool(true), "profile": .string(profile.code), "version": .number(JSONNumber(profile.version)),
                "parts": .number(JSONNumber(profile.parts.count)), "areas": .number(JSONNumber(areas)),
            ])
        return .ok
    }

    private static func install(_ invocation: Invocation) async throws -> ExitCode {
        let ground = try Ground(invocation)
        let folder = ground.profileFolder
        return try await Store.with(
            ground, .making, purpose: "kith profile", beside: { try Profile.load(folder) }
        ) { store, profile in
            try await store.requireSchema()
            let changed = try await store.install(profile)
            _ = try await Establishment.establish(profile, on: store, reissues: false)
            invocation.console.result(
                changed.isEmpty
                    ? "\(profile.code): nothing changed"
                    : "\(profile.code): installed \(Grouped.count(changed.count, "part"))\n"
                        + changed.joined(separator: "\n"),
                ["profile": .string(profile.code), "changed": .array(changed.map(JSON.string))])
            return ExitCode.ok
        } ?? .tryAgain
    }

    private static func show(_ invocation: Invocation) async throws -> ExitCode {
        let ground = try Ground(invocation)
        return try await Store.with(ground, .visiting, purpose: "kith profile") { store in
            try await store.requireSchema()
            let rows = try await store.database.read(
                as: Mandate(actor: Actors.system, purpose: .operation),
                once: [
                    """
                    SELECT profile, part, version, encode(hash, 'hex'), loaded_at
                    FROM registry.profile_part
                    ORDER BY profile, part
                    """
                ])
            var parts: [JSON] = []
            var lines: [String] = []
            for row in rows[0] {
                let (profile, part): (String, String) = (try row.get(0), try row.get(1))
                let (version, hash): (String, String) = (try row.get(2), try row.get(3))
                let loaded = (try row.get(4, as: Date.self)).formatted(.iso8601)
                parts.append([
                    "profile": .string(profile), "part": .string(part), "version": .string(version),
                    "sha256": .string(hash), "loaded_at": .string(loaded),
                ])
                lines.append("\(profile)/\(part)  version \(version)  \(hash.prefix(12))  loaded \(loaded)")
            }
            invocation.console.result(
                lines.isEmpty ? "no profile is installed" : lines.joined(separator: "\n"), ["parts": .array(parts)])
            return lines.isEmpty ? ExitCode.refused : .ok
        } ?? .tryAgain
    }
}

extension Store {
    /// Writes the profile into the database.
    ///
    /// - Returns: the paths of the parts that were new or had changed.
    func install(_ profile: Profile) async throws -> [String] {
        try await database.write(as: Mandate(actor: Actors.system, purpose: .maintenance)) { tx in
            try await ProfileInstaller(profile: profile).install(in: tx)
        }
    }
}
