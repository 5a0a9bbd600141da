import Foundation
import Groundwork
import Linkage
import Registry

/// A household of the file, understood: ready to be staged, or held back.
struct PreparedUnit: Sendable {
    struct Line: Sendable {
        var line: Int
        var raw: [UInt8]
        var findings: [RowFinding]
        var householdHash: UUID?
        var personHash: UUID?
    }

    /// Number of the household within the file, from 0.
    var number: Int
    var lines: [Line]
    /// Nil when a line has a finding, or when the rows are staged and nothing more is to be done with them here.
    var content: Content?
    let isSound: Bool
    let peopleCount: Int

    init(number: Int, lines: [Line], content: Content?) {
        (self.number, self.lines, self.content) = (number, lines, content)
        isSound = content != nil
        peopleCount = content?.people.count ?? 0
    }

    struct Content: Sendable {
        /// Nil in files of people alone.
        var household: Entry?
        var people: [Entry]
        var identifiers: [[Cell]]
        /// Whom a row of a linked file speaks of: a person's household, or who takes part in a programme.
        var about: About?
        var report: Report?
        var code: AreaCode?
    }

    /// A person or household by the key of the source.
    struct About: Sendable, Hashable {
        var kind: SubjectKind
        var key: String
    }

    /// What a programme reported.
    struct Report: Sendable {
        var record: SourceRecord
        var hash: [UInt8]
        var item: Participation
    }

    /// A code of an area in another system of codes.
    struct AreaCode: Sendable, Hashable {
        var system: String
        var code: String
        var area: Int
    }

    /// One statement and the row that follows from it alone.
    struct Entry: Sendable {
        var record: SourceRecord
        var hash: [UInt8]
        var id: UUID
        var cells: [Cell]
        var nameKeys: [Int64]
    }
}

/// Some thousand lines of whole households, applied together.
struct Chunk: Sendable {
    var number: Int
    /// The command by which it is applied; named before, so that the audit record can refer to it.
    let command: CommandID = CommandID()
    var units: [PreparedUnit] = []
    var rowCount: Int = 0
    var firstLine: Int
    var lastLine: Int
    /// Byte and line of the file at which the next chunk begins.
    var nextOffset: Int
    var nextLine: Int
    var nextUnit: Int

    /// Hashes of the keys of households and people, with the line on which each stands first in the chunk.
    var keys: [UUID: Int] { keys(where: { _ in true }) }

    /// The same of some units.
    func keys(where isWanted: (PreparedUnit) -> Bool) -> [UUID: Int] {
        var keys: [UUID: Int] = Dictionary(minimumCapacity: rowCount * 3 / 2)
        for unit in units where isWanted(unit) {
            for line in unit.lines {
                if let hash = line.householdHash, keys[hash] == nil { keys[hash] = line.line }
                if let hash = line.personHash, keys[hash] == nil { keys[hash] = line.line }
            }
        }
        return keys
    }

    /// Staged rows of people and reports whose households came in other files.
    var statementCount: Int {
        units.reduce(0) { sum, unit in
            guard let content = unit.content, content.household == nil, content.code == nil else { return sum }
            return sum + content.people.count + (content.report == nil ? 0 : 1)
        }
    }

    mutating func dropContent() {
        for index in units.indices { units[index].content = nil }
    }

    mutating func append(_ unit: PreparedUnit) {
        units.append(unit)
        rowCount += unit.lines.count
        nextUnit = unit.number + 1
    }
}

/// 128-bit hashes of keys, to find repeated ones without keeping them in the clear.
enum Mark {
    static func household(_ key: String) -> UUID { hash(key, 1) }
    static func person(_ key: String) -> UUID { hash(key, 3) }
    static func statement(_ key: String) -> UUID { hash(key, 5) }
    /// A household for which a line that names another head was held back.
    static func waitingHead(of household: UUID) -> UUID { hash(household.lowercased, 7) }
    /// A household whose head gave the role up, in an import that changes nothing.
    static func formerHead(of household: UUID) -> UUID { hash(household.lowercased, 9) }

    /// - Parameter kind: as `SubjectKind` writes it.
    static func of(kind: String, key: String) -> UUID {
        kind == SubjectKind.household.rawValue ? household(key) : person(key)
    }

    private static func hash(_ text: String, _ domain: UInt8) -> UUID {
        let (high, low) = (StableHash.hash(text.utf8, domain: domain), StableHash.hash(text.utf8, domain: domain + 1))
        return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
