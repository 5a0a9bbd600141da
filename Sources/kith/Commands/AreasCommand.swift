import Documents
import Foundation
import Groundwork
import Profiles
import Registry

extension Command {
    static let areas: Command = Command(
        "areas", "derives and reports what became of the areas of a former division",
        forms: ["crosswalk derive --from DIVISION --to DIVISION", "crosswalk report"], words: 2...2,
        explanation: """
            `derive` compares the names of two divisions of the profile and prints the crosswalk as CSV: what became of each
            area, how surely, and by which rule. With `--write` it replaces the table and the list of unresolved areas in the
            profile folder; what an administration stated stands in the overrides and is not touched. `report` counts the
            lines as installed, names every area that is not resolved, and tells how many households and people stand on
            such areas.
            """,
        options: [
            Option("from", "DIVISION", "code of the former division, e.g. bi-former"),
            Option("to", "DIVISION", "code of the division that followed, e.g. bi-2023"),
            Option("write", nil, "write the files into the profile instead of printing the lines"),
        ],
        settings: ["profile", "database.url", "data"],
        examples: [
            Example("kith areas crosswalk derive --from bi-former --to bi-2023", "print the lines"),
            Example("kith areas crosswalk report", "what is not resolved, and who stands there"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            switch (invocation.words[0], invocation.words[1]) {
            case ("crosswalk", "derive"): return try derive(invocation)
            case ("crosswalk", "report"): return try await CrosswalkReportCommand.run(invocation)
            default: throw RoofFault.usage("kith areas does one of: crosswalk derive, crosswalk report.")
            }
        })

    private static func derive(_ invocation: Invocation) throws -> ExitCode {
        let from = try invocation.required("from", "the former division, e.g. bi-former")
        let to = try invocation.required("to", "the division that followed, e.g. bi-2023")
        let folder = try Ground(invocation).profileFolder
        let derived = try Profile.derivedCrosswalk(folder, from: from, to: to)
        let table = CrosswalkTable.bytes(derived.lines)
        guard invocation.has("write") else {
            invocation.console.result(String(decoding: table, as: UTF8.self), object(derived))
            return .ok
        }
        try write(table, to: folder + "/" + derived.plan.table)
        try write(CrosswalkTable.bytes(derived.unresolved), to: folder + "/" + derived.plan.unresolved)
        invocation.console.result(
            """
            \(derived.plan.table): \(Grouped.count(derived.lines.count, "line"))
            \(derived.plan.unresolved): \(Grouped.count(derived.unresolved.count, "unresolved area"))
            """, object(derived))
        return .ok
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw RoofFault.fileUnwritable(path, reason: "the folder refuses it")
        }
    }

    private static func object(_ derived: Profile.DerivedCrosswalk) -> JSONObject {
        [
            "from": .string(derived.plan.from), "to": .string(derived.plan.to),
            "lines": .array(
                derived.lines.map { line in
                    [
                        "from": .string(line.from), "to": .string(line.to), "relation": .string(line.relation.rawValue),
                        "weight": line.weight.map { .string("\($0)") } ?? .null,
                        "confidence": .string(line.confidence.rawValue), "rule": .string(line.rule),
                        "evidence": .string(line.evidence),
                    ]
                }),
            "unresolved": .array(
                derived.unresolved.map { unit in
                    [
                        "geography": .string(unit.geography), "code": .string(unit.code), "name": .string(unit.name),
                        "level": .string(unit.level), "reason": .string(unit.reason.rawValue),
                        "candidates": .array(unit.candidates.map { .string($0) }),
                    ]
                }),
        ]
    }
}
