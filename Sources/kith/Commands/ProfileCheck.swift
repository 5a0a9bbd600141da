import Documents
import Foundation
import Groundwork
import Profiles

/// Reads a profile folder without a database and tells everything that is wrong with it.
struct ProfileCheck {
    let folder: String
    /// Every JSON file that could be read, by its path within the profile.
    private(set) var files: [(path: String, json: JSON)] = []
    private(set) var findings: [Finding] = []

    init(folder: String) {
        self.folder = folder
        read()
        holdToSchemas()
    }

    /// The profile, when it is whole.
    /// - Throws: `.found` with every finding; what `Profile.load` sees only as a whole is thrown by itself.
    func profile() throws -> Profile {
        guard findings.isEmpty else {
            throw RoofFault.found("The profile has \(Grouped.count(findings.count, "mistake")).", findings)
        }
        return try Profile.load(folder)
    }

    private mutating func read() {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        for name in names.sorted() where name.hasSuffix(".json") {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
                findings.append(Finding(FieldPath([name]), code: "profile.unreadable", "The file cannot be read."))
                continue
            }
            do {
                files.append((name, try JSON.parse(Array(data))))
            } catch {
                findings.append(Finding(FieldPath([name]), code: "profile.not_json", error.summary))
            }
        }
    }

    private mutating func holdToSchemas() {
        var schemas: [String: JSONSchema] = [:]
        for (path, json) in files {
            guard let reference = json["$schema"]?.string else {
                findings.append(
                    Finding(FieldPath([path]), code: "profile.no_schema", "The file names no $schema that it follows."))
                continue
            }
            let place = NSString(
                string: folder + "/" + NSString(string: path).deletingLastPathComponent + "/" + reference
            )
            .standardizingPath
            if schemas[place] == nil {
                guard let data = FileManager.default.contents(atPath: place), let parsed = try? JSON.parse(Array(data)),
                    let schema = try? JSONSchema(parsed)
                else {
                    findings.append(
                        Finding(
                            FieldPath([path, "$schema"]), code: "profile.schema_missing",
                            "The schema \(reference) cannot be read from here."))
                    continue
                }
                schemas[place] = schema
            }
            findings += schemas[place]?.validate(json, at: FieldPath([path])) ?? []
        }
    }
}
