import Foundation
import Testing

/// The files of the checkout that the rules look at.
struct Tree {
    struct File: Sendable, CustomTestStringConvertible {
        /// Relative to the root.
        let path: String
        let text: String

        var name: String { String(path.split(separator: "/").last ?? "") }
        /// `Registry` of `Sources/Registry/Person.swift`.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var testDescription: String { path }
    }

    /// The Swift files of the checkout, each read once for all rules.
    static let sources: [(file: File, source: SwiftSource)] =
        ((try? files(below: "Sources", "Tests", ending: ".swift")) ?? []).map { ($0, SwiftSource($0.text)) }

    static let root: String = {
        let here = URL(filePath: #filePath)
        return here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    }()

    /// All text files below these folders, sorted.
    static func files(below folders: String..., ending suffix: String = "") throws -> [File] {
        try folders.flatMap { folder in
            let found = FileManager.default.enumerator(atPath: root + "/" + folder)
            let paths = found?.compactMap { $0 as? String } ?? []
            return try paths.filter { $0.hasSuffix(suffix) }.sorted().compactMap { path in
                try file(folder + "/" + path)
            }
        }
    }

    /// The folders directly below `folder`.
    static func folders(below folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder).filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(root)/\(folder)/\(name)", isDirectory: &isFolder)
            return exists && isFolder.boolValue
        }.sorted()
    }

    /// Nil for a folder and for what is not UTF-8.
    static func file(_ path: String) throws -> File? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder) else { return nil }
        guard !isFolder.boolValue else { return nil }
        let bytes = try Data(contentsOf: URL(filePath: root + "/" + path))
        return String(data: bytes, encoding: .utf8).map { File(path: path, text: $0) }
    }
}
