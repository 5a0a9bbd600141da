import Documents
import Foundation
import Groundwork
package import Linkage
package import Profiles

/// By which tables names are read in a trial, and the model that stands in where the files tell too little.
package struct TrialTables: Sendable {
    package let keys: NameKeys
    package let model: MatchModel?

    /// Names as they are written, without any table.
    package static let plain: TrialTables = TrialTables(keys: NameKeys(fold: PhoneticFold(.none)), model: nil)

    /// Those of a country's profile.
    package static func load(_ folder: String) throws(ProfileFault) -> TrialTables {
        let profile = try Profile.load(folder)
        return TrialTables(keys: profile.nameKeys, model: try profile.matchModel())
    }
}

extension TrialMapping {
    /// The mapping that was named, or the one for files that are known by themselves.
    ///
    /// - Parameters:
    ///   - name: a file, or a name among `known`; nil to look at the folder.
    ///   - known: folder of the mappings that come with the program.
    package static func find(
        _ name: String?, for folder: String, in known: String
    ) throws(TrialFault) -> TrialMapping {
        if let name {
            let path = FileManager.default.fileExists(atPath: name) ? name : known + "/" + name + ".json"
            return try read(path)
        }
        guard FileManager.default.fileExists(atPath: folder + "/individuals.csv") else {
            throw .noMapping(folder: folder)
        }
        return try read(known + "/registry.json")
    }

    private static func read(_ path: String) throws(TrialFault) -> TrialMapping {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(file: path) }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let json: JSON
        do {
            json = try JSON.parse([UInt8](data))
        } catch {
            throw .malformed(file: name, line: error.line, reason: error.summary)
        }
        do {
            return try TrialMapping(json: json)
        } catch {
            throw .mapping(error.findings)
        }
    }
}

/// What the process has held.
package enum TrialMemory {
    /// The most memory so far, in megabytes (10⁶ bytes).
    package static var peak: Double {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return (Double(line.filter(\.isNumber)) ?? 0) * 1024 / 1e6
        }
        return 0
    }
}
