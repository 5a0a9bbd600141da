import Documents
import Foundation
import Groundwork
import Scorecards

/// Finds out in which field names a file speaks.
enum ScoreBinding {
    /// The binding that was named, or of those beside the formula, or the formula's own names: the one of which the first row has
    /// the most fields.
    static func find(
        _ named: String?, formula: Formula, at path: String, first row: JSON?
    ) throws -> Binding {
        if let named { return try read(named, for: formula) }
        let own = Binding(identity: formula)
        guard let row else { return own }
        let folder = (Ground.absolute(path) as NSString).deletingLastPathComponent + "/bindings"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        var best = (binding: own, fit: own.fit(row))
        for file in files where file.hasSuffix(".json") {
            guard let json = try? ScoringFiles.json(folder + "/" + file), json["formula"]?.string == formula.code,
                json["source"]?.string == Binding.Source.file.rawValue
            else { continue }
            let binding = try read(folder + "/" + file, for: formula)
            let fit = binding.fit(row)
            if fit > best.fit { best = (binding, fit) }
        }
        guard best.fit > 0 else {
            throw RoofFault.found(
                "No binding fits: the rows have none of the fields that the formula or a binding beside it names. "
                    + "Name a binding with --binding FILE.", [])
        }
        return best.binding
    }

    private static func read(_ path: String, for formula: Formula) throws -> Binding {
        let binding: Binding
        do {
            binding = try Binding(try ScoringFiles.json(path))
        } catch let fault as InvalidInput {
            throw RoofFault.found("\(path) cannot be used:", fault.findings)
        }
        let findings = binding.check(against: formula).filter { $0.severity == .blocking }
        guard findings.isEmpty else {
            throw RoofFault.found("\(path) does not fit the formula \(formula.code):", findings)
        }
        return binding
    }
}
