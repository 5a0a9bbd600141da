import Cryptography
import Documents
import Foundation

/// Reads the files of one profile, remembering the version and digest of each.
struct ProfileFolder {
    let root: String
    private(set) var parts: [Profile.Part] = []

    init(root: String) {
        self.root = root
    }

    mutating func json(_ path: String) throws(ProfileFault) -> JSON {
        let bytes = try bytes(path)
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw .malformed(file: path, reason: error.summary)
        }
        note(path, version: json["version"]?.int.map { String($0) }, bytes)
        return json
    }

    /// Rows of a comma-separated table by column name.
    mutating func table(_ path: String) throws(ProfileFault) -> [[String: String]] {
        let bytes = try bytes(path)
        note(path, version: nil, bytes)
        var header: [String] = []
        var rows: [[String: String]] = []
        var fault: ProfileFault?
        var reader = CSVReader()
        let take: (CSVRow) -> Void = { row in
            if let trouble = row.fault {
                fault = fault ?? .malformed(file: path, reason: "line \(row.lineNumber): \(trouble.summary)")
                return
            }
            let cells = (0..<row.count).map { row[$0] }
            if header.isEmpty {
                header = cells
                return
            }
            guard cells.count == header.count else {
                fault = fault ?? .malformed(file: path, reason: "line \(row.lineNumber) has \(cells.count) cells")
                return
            }
            rows.append(Dictionary(zip(header, cells), uniquingKeysWith: { first, _ in first }))
        }
        reader.feed(bytes, take)
        reader.finish(take)
        if let fault { throw fault }
        return rows
    }

    /// Names of the files with the ending in a folder of the profile, sorted; empty when there is no such folder.
    func files(in folder: String, ending: String) -> [String] {
        let path = root + "/" + folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { folder + "/" + $0 }
    }

    private func bytes(_ path: String) throws(ProfileFault) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: root + "/" + path) else {
            throw .unreadable(file: path)
        }
        return [UInt8](data)
    }

    private mutating func note(_ path: String, version: String?, _ bytes: [UInt8]) {
        parts.append(Profile.Part(path: path, version: version ?? "1", hash: Digest.sha256(bytes)))
    }
}

extension JSON {
    /// The label in the language, in English, or in any.
    func label(_ language: String) -> String? {
        if let text = self.string { return text }
        return self[language]?.string ?? self["eng"]?.string ?? object?.map(\.value).compactMap(\.string).first
    }

    var texts: [String] { (array ?? []).compactMap(\.string) }
}
