import Foundation
import Testing

@Suite struct `The sources` {
    /// Files that may be longer than 500 lines, each with its reason; none so far.
    private static let longFiles: [String: String] = [:]

    /// Every place where a rule sees something, as `path:line`.
    private func places(
        in files: (Tree.File) -> Bool = { _ in true }, where rule: (SwiftSource, Int) -> Bool
    ) -> [String] {
        Tree.sources.filter { files($0.file) }.flatMap { file, source in
            source.code.indices.filter { rule(source, $0) }.map { "\(file.path):\($0 + 1)" }
        }
    }

    @Test func `are found at all`() {
        #expect(Tree.sources.count > 50)
    }

    @Test func `stop at 500 lines`() {
        let long = Tree.sources.map(\.file).filter { file in
            file.text.utf8.count { $0 == 0x0A } > 500 && Self.longFiles[file.path] == nil
        }

        #expect(long.map(\.path) == [])
    }

    @Test(arguments: ["try!", "as!", "Bundle.module"]) func `never say`(word: String) {
        #expect(places { $0.code[$1].contains(word) } == [])
    }

    @Test(arguments: ["TODO", "FIXME"]) func `leave no note to self`(word: String) throws {
        #expect(places { $0.comments[$1].contains(word) } == [])

        let others = try Tree.files(below: "deploy", ".ci", "Sources/Schema/Migrations")
        #expect(others.filter { $0.text.contains(word) }.map(\.path) == [])
    }

    @Test func `start tasks of their own only where structure ends`() {
        let allowed: Set<String> = ["Runtime", "WebServer", "Postgres"]
        let starts = places(in: { $0.path.hasPrefix("Sources/") && !allowed.contains($0.target) }) { source, line in
            let code = source.code[line].replacing("addTask", with: "")
            return ["Task {", "Task{", "Task.detached", "Task(priority"].contains { code.contains($0) }
        }
        #expect(starts == [])
    }

    @Test(arguments: ["@unchecked Sendable", "nonisolated(unsafe)"])
    func `give the reason above what the compiler cannot check`(word: String) {
        let bare = places { source, line in
            source.code[line].contains(word) && (line == 0 || source.comments[line - 1].isEmpty)
        }

        #expect(bare == [])
    }

    @Test func `stand on their own`() throws {
        // Put together here, so that this file does not find itself.
        let foreign = ["../" + "shared", "/work" + "/"]

        let files = try Tree.files(below: "Sources", "Tests", "deploy", ".ci")
        let reaching = files.filter { file in foreign.contains { file.text.contains($0) } }
        #expect(reaching.map(\.path) == [])
    }

    @Test func `are named by what they are`() throws {
        let empty: Set<String> = [
            "Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Impl", "DTO", "Common", "Misc",
        ]

        let vague = Tree.sources.map(\.file).filter { file in
            let stem = file.name.split(separator: ".").first ?? ""
            return !empty.isDisjoint(with: Self.words(of: String(stem)))
        }
        #expect(vague.map(\.path) == [])
    }

    @Test func `hold no type with the name of its module`() {
        let kinds = ["struct", "class", "enum", "actor", "protocol", "typealias"]

        let same = Tree.sources.filter { $0.file.path.hasPrefix("Sources/") }.flatMap { file, source in
            source.code.filter { line in
                guard line.contains(file.target) else { return false }
                let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
                return zip(words, words.dropFirst()).contains { kinds.contains($0) && $1 == file.target }
            }.map { "\(file.path): \($0)" }
        }
        #expect(same == [])
    }

    @Test func `keep their scripts strict and runnable`() throws {
        let scripts = try Tree.files(below: "deploy", ".ci").filter { $0.text.hasPrefix("#!") }

        #expect(scripts.count >= 6)
        for script in scripts {
            #expect(script.text.hasPrefix("#!/bin/bash\n"), "\(script.path)")
            let isStrict = script.text.contains("set -euo pipefail") || script.text.contains("/lib.sh\"")
            #expect(isStrict, "\(script.path) does not stop at the first error")
            #expect(FileManager.default.isExecutableFile(atPath: Tree.root + "/" + script.path), "\(script.path)")
        }
    }

    @Test func `install no package without a reason in the README`() throws {
        let library = try #require(try Tree.file("deploy/lib.sh"))
        let readme = try #require(try Tree.file("README.md"))

        let lists = library.text.split(separator: "\n").filter { $0.contains("_PACKAGES=(") }
        let packages = lists.flatMap { line in
            line.drop { $0 != "(" }.split { "() ".contains($0) }.map(String.init)
        }
        #expect(lists.count == 2)
        for package in packages {
            #expect(readme.text.contains("`\(package)`"), "README.md, Dependencies, does not tell why \(package)")
        }
    }

    /// `DatabaseError` → Database, Error; `DTOReader` → DTO, Reader.
    static func words(of name: String) -> Set<String> {
        var words: [String] = []
        var letters = Array(name)[...]
        while let first = letters.first {
            let capitals = letters.prefix { $0.isUppercase }.count
            let count =
                capitals > 1
                ? (capitals == letters.count || !letters[letters.startIndex + capitals].isLetter
                    ? capitals : capitals - 1)
                : 1 + letters.dropFirst().prefix { $0.isLowercase || $0.isNumber }.count
            if first.isLetter { words.append(String(letters.prefix(count))) }
            letters = letters.dropFirst(count)
        }
        return Set(words)
    }

    @Test func `are cut into words as a person would`() {
        #expect(Self.words(of: "DatabaseError") == ["Database", "Error"])
        #expect(Self.words(of: "DTOReader") == ["DTO", "Reader"])
        #expect(Self.words(of: "Household+Wire") == ["Household", "Wire"])
        #expect(Self.words(of: "UserDTO") == ["User", "DTO"])
    }
}
