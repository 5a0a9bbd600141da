import Documents
package import Groundwork
import Registry
package import Scorecards

/// The scoring formulas of a profile with their bindings.
package struct ProfileFormulas: Sendable {
    package struct File<Content: Sendable>: Sendable {
        /// Path within the profile, e.g. `pmt/merankabandi.json`.
        package var path: String
        package var content: Content
    }

    package private(set) var formulas: [File<Formula>] = []
    package private(set) var bindings: [File<Binding>] = []

    /// Reads `pmt` and `pmt/bindings` of a profile folder.
    ///
    /// - Throws: with every mistake of the first file that has one; the path of a finding begins with the file.
    package static func load(_ folder: String) throws(ProfileFault) -> ProfileFormulas {
        var (files, result) = (ProfileFolder(root: folder), ProfileFormulas())
        for path in files.files(in: "pmt", ending: ".json") {
            let json = try files.json(path)
            do throws(InvalidInput) {
                result.formulas.append(File(path: path, content: try Formula(json)))
            } catch {
                throw .invalid(error.findings.map { $0.inside(path) })
            }
        }
        for path in files.files(in: "pmt/bindings", ending: ".json") {
            let json = try files.json(path)
            do throws(InvalidInput) {
                result.bindings.append(File(path: path, content: try Binding(json)))
            } catch {
                throw .invalid(error.findings.map { $0.inside(path) })
            }
        }
        return result
    }

    /// Holds formulas and bindings to each other and to the code lists and divisions of the profile.
    ///
    /// - Returns: blocking: a list or code that the profile does not have, a division or level that it does not have, a binding that
    ///   does not fit, two formulas for one stratum. Warnings: codes that nothing leads to, and area codes that the division's
    ///   table lacks, without which no household of those areas can be scored from the registry.
    package func objections(_ profile: Profile) -> [Finding] {
        var findings = Formula.overlaps(formulas.map(\.content)).map { $0.inside("pmt") }
        for file in formulas { findings += Self.objections(file.content, profile).map { $0.inside(file.path) } }
        for file in bindings {
            guard let formula = formulas.first(where: { $0.content.code == file.content.formula }) else {
                findings.append(
                    Finding(
                        FieldPath([file.path, "formula"]), code: "profile.formula_unknown",
                        "The profile has no formula \(file.content.formula); name one of pmt/*.json."))
                continue
            }
            findings += file.content.check(against: formula.content).map { $0.inside(file.path) }
        }
        return findings
    }

    /// What speaks against using one formula with this profile's lists and divisions.
    package static func objections(_ formula: Formula, _ profile: Profile) -> [Finding] {
        var findings: [Finding] = []
        for (place, input) in formula.inputs.enumerated() {
            let path = FieldPath("inputs").appending(place)
            findings += codes(input, profile, at: path)
            if case .area(let codes) = input.kind { findings += areas(codes, input, formula, profile, at: path) }
        }
        for (place, rows) in formula.rows.enumerated() {
            for (index, input) in rows.inputs.enumerated() {
                let path = FieldPath("rows").appending(place).appending("inputs").appending(index)
                findings += codes(input, profile, at: path)
            }
        }
        return findings
    }

    private static func codes(_ input: Input, _ profile: Profile, at path: FieldPath) -> [Finding] {
        guard let name = input.list else { return [] }
        guard let list = profile.lists.first(where: { $0.name == name }) else {
            return [
                Finding(
                    path.appending("list"), code: "profile.formula_list",
                    "The profile has no code list \(name); add codes/\(name).json, or correct the name.")
            ]
        }
        guard case .code(let codes) = input.kind else { return [] }
        let known = Set(list.codes.map(\.code))
        return codes.filter { !known.contains($0) }.map { code in
            Finding(
                path.appending("codes"), code: "profile.formula_code",
                "“\(code)” is not in the list \(name), so that no household can ever have it; "
                    + "correct the code, or add it to the list.")
        }
    }

    private static func areas(
        _ codes: AreaCodes, _ input: Input, _ formula: Formula, _ profile: Profile, at path: FieldPath
    ) -> [Finding] {
        guard let geography = profile.geographies.first(where: { $0.code == codes.geography }) else {
            return [
                Finding(
                    path.appending("geography"), code: "profile.formula_division",
                    "The profile has no division \(codes.geography); name one of its geographies.")
            ]
        }
        let entries = geography.entries.filter { $0.levelName == codes.level }
        guard !entries.isEmpty else {
            return [
                Finding(
                    path.appending("level"), code: "profile.formula_level",
                    "The division \(codes.geography) has no level \(codes.level).")
            ]
        }
        let known = Set(
            entries.flatMap { entry in
                codes.system.map { system in entry.otherCodes.filter { $0.system == system }.map(\.code) } ?? [
                    entry.code
                ]
            })
        let used = Set(
            formula.strata.flatMap(\.terms).flatMap { term -> [String] in
                guard case .lookup(input.name, let points, _) = term.kind else { return [] }
                return Array(points.keys)
            })
        let open = used.subtracting(known).sorted()
        guard !open.isEmpty else { return [] }
        return [
            Finding(
                path.appending("system"), code: "profile.formula_areas", severity: .warning,
                "The table of \(codes.geography) has no \(codes.level) with the code "
                    + "\(open.joined(separator: ", ")) of \(codes.system ?? "its own"); complete the table before households are "
                    + "scored from the registry.")
        ]
    }
}

extension Finding {
    fileprivate func inside(_ file: String) -> Finding {
        Finding(FieldPath([file]).appending(path), code: code, severity: severity, summary)
    }
}
