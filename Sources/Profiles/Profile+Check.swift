import Documents
import Foundation
package import Groundwork

extension Profile {
    /// Holds every JSON file of a profile folder to the schema that it names in `$schema`.
    ///
    /// - Returns: a finding for each mistake; the path begins with the file.
    package static func check(_ path: String) throws(ProfileFault) -> [Finding] {
        var findings: [Finding] = []
        var schemas: [String: JSONSchema] = [:]
        guard let walker = FileManager.default.enumerator(atPath: path) else { throw .unreadable(file: path) }
        var files: [String] = []
        while let file = walker.nextObject() as? String {
            if file.hasSuffix(".json") { files.append(file) }
        }
        for file in files.sorted() {
            let json = try read(path + "/" + file, named: file)
            guard let reference = json["$schema"]?.string else {
                findings.append(
                    Finding(FieldPath([file]), code: "profile.schema_missing", "The file names no $schema."))
                continue
            }
            let folder = (path + "/" + file).split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let location = folder.joined(separator: "/") + "/" + reference
            if schemas[location] == nil {
                do {
                    schemas[location] = try JSONSchema(try read(location, named: reference))
                } catch let fault as ProfileFault {
                    throw fault
                } catch {
                    throw .malformed(file: reference, reason: "it is not a schema that can be used.")
                }
            }
            for finding in schemas[location]?.validate(json) ?? [] {
                findings.append(
                    Finding(FieldPath([file]).appending(finding.path), code: finding.code, finding.summary))
            }
        }
        return findings
    }

    private static func read(_ path: String, named name: String) throws(ProfileFault) -> JSON {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(file: name) }
        do {
            return try JSON.parse([UInt8](data))
        } catch {
            throw .malformed(file: name, reason: error.summary)
        }
    }
}
