import Documents
import Groundwork
import Linkage
package import Registry

extension Profile {
    private static let crosswalkFolder: String = "areas/crosswalks"

    /// Reads every crosswalk of the profile: the derived lines, and over them what an administration stated.
    ///
    /// - Throws: `.invalid` with every mistake of every crosswalk, at file and line.
    static func crosswalks(
        _ geographies: [Geography], _ folder: inout ProfileFolder
    ) throws(ProfileFault) -> [Crosswalk] {
        let plans = try crosswalkPlans(&folder)
        var findings = CrosswalkCheck.circles(plans)
        var crosswalks: [Crosswalk] = []
        for plan in plans {
            guard let from = geographies.first(where: { $0.code == plan.from }),
                let to = geographies.first(where: { $0.code == plan.to })
            else {
                findings.append(
                    Finding(
                        FieldPath([plan.file]), code: "crosswalk.geography_unknown",
                        "\(plan.from) and \(plan.to) must both be geographies of the profile."))
                continue
            }
            let check = CrosswalkCheck(from: from, to: to)
            let derived = try lines(plan.table, stated: false, &folder, &findings)
            let stated = try lines(plan.overrides, stated: true, &folder, &findings)
            let mistakes = check.findings(derived) + check.findings(stated)
            findings += mistakes
            guard mistakes.isEmpty else { continue }
            let merged = CrosswalkOverrides(from: from, to: to).merged(derived, with: stated)
            findings += check.findings(merged)
            crosswalks.append(Crosswalk(from: plan.from, to: plan.to, lines: merged.map(\.line)))
        }
        guard findings.isEmpty else { throw .invalid(findings) }
        return crosswalks
    }

    private static func crosswalkPlans(_ folder: inout ProfileFolder) throws(ProfileFault) -> [CrosswalkPlan] {
        var plans: [CrosswalkPlan] = []
        for file in folder.files(in: crosswalkFolder, ending: ".json") {
            guard let plan = CrosswalkPlan(try folder.json(file), file: file) else {
                throw .malformed(file: file, reason: "from, to, table, unresolved and overrides are needed.")
            }
            plans.append(plan)
        }
        return plans
    }

    private static func lines(
        _ path: String, stated: Bool, _ folder: inout ProfileFolder, _ findings: inout [Finding]
    ) throws(ProfileFault) -> [(place: FieldPath, line: CrosswalkLine)] {
        var lines: [(place: FieldPath, line: CrosswalkLine)] = []
        for (index, row) in try folder.table(path).enumerated() {
            let place = FieldPath([path, "line \(index + 2)"])
            do {
                lines.append((place, try CrosswalkTable.line(row, stated: stated)))
            } catch {
                findings.append(Finding(place, code: error.code, error.summary))
            }
        }
        return lines
    }

    /// What the names alone tell of two divisions of a profile folder, made anew; the shipped table is not read.
    package struct DerivedCrosswalk: Sendable {
        package var plan: CrosswalkPlan
        package var lines: [CrosswalkLine]
        package var unresolved: [UnresolvedUnit]
    }

    /// - Throws: `.malformed` when the profile describes no such crosswalk, or not by which levels to derive it.
    package static func derivedCrosswalk(
        _ path: String, from: String, to: String
    ) throws(ProfileFault) -> DerivedCrosswalk {
        var folder = ProfileFolder(root: path)
        let head = try folder.json("profile.json")
        let language = head["default_language"]?.string ?? "eng"
        guard let plan = try crosswalkPlans(&folder).first(where: { $0.from == from && $0.to == to }) else {
            throw .malformed(file: crosswalkFolder, reason: "no description leads from \(from) to \(to).")
        }
        var names: [String: JSON] = [:]
        for file in folder.files(in: "names", ending: ".json") { names[stem(file)] = try folder.json(file) }
        let (old, new) = (
            try geography(from, language: language, &folder), try geography(to, language: language, &folder)
        )
        guard let deriver = CrosswalkDeriver(plan, from: old, to: new, names: nameKeys(names)) else {
            throw .malformed(file: plan.file, reason: "derivation does not name the levels to compare.")
        }
        let derived = deriver.derive()
        return DerivedCrosswalk(plan: plan, lines: derived.lines, unresolved: derived.unresolved)
    }
}
