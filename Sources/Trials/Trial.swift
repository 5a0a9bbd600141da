import Documents

import Groundwork
package import Linkage

/// Persons and their truth, read from plain files, for trying matching without a registry.
package struct Trial: Sendable {
    package let population: Population
    package let truth: KnownTruth

    /// Reads the files of a folder by a mapping.
    ///
    /// - Parameters:
    ///   - keys: the tables by which names are read.
    /// - Throws: a fault naming file, line and column.
    package static func read(
        _ folder: String, mapping: TrialMapping, keys: NameKeys
    ) throws(TrialFault) -> Trial {
        var reader = TrialReader(mapping, keys: keys)
        for file in mapping.files { try reader.read(TrialFile(path: folder + "/" + file)) }
        guard reader.builder.count > 0 else { throw .empty }
        let persons: [Int32]
        switch mapping.truth {
        case .column: persons = numbered(reader.persons)
        case .persons(let file, let record, let person):
            persons = try self.persons(TrialFile(path: folder + "/" + file), record, person, reader)
        case .pairs(let file, let left, let right):
            persons = try self.pairs(TrialFile(path: folder + "/" + file), left, right, reader)
        }
        let scope: MatchSettings.Scope = mapping.isBetween ? .between(reader.firstCount) : .all
        return Trial(population: reader.builder.finish(), truth: KnownTruth(persons: persons, scope: scope))
    }

    private static func numbered(_ hashes: [UInt64]) -> [Int32] {
        var numbers: [UInt64: Int32] = [:]
        return hashes.map { hash in
            if hash == 0 { return -1 }
            if let number = numbers[hash] { return number }
            let number = Int32(numbers.count)
            numbers[hash] = number
            return number
        }
    }

    private static func persons(
        _ file: TrialFile, _ record: String, _ person: String, _ reader: TrialReader
    ) throws(TrialFault) -> [Int32] {
        var hashes = [UInt64](repeating: 0, count: reader.builder.count)
        try twoColumns(file, record, person, reader.mapping.separator) { key, value, line throws(TrialFault) in
            guard let place = reader.records[TrialReader.hash(key)] else {
                throw .recordUnknown(file: file.name, line: line)
            }
            hashes[Int(place)] = value.isEmpty ? 0 : TrialReader.hash(value)
        }
        return numbered(hashes)
    }

    private static func pairs(
        _ file: TrialFile, _ left: String, _ right: String, _ reader: TrialReader
    ) throws(TrialFault) -> [Int32] {
        var parents = Array(0..<reader.builder.count)
        func root(_ record: Int) -> Int {
            var record = record
            while parents[record] != record {
                parents[record] = parents[parents[record]]
                record = parents[record]
            }
            return record
        }
        try twoColumns(file, left, right, reader.mapping.separator) { a, b, line throws(TrialFault) in
            guard let left = reader.records[TrialReader.hash(a)], let right = reader.records[TrialReader.hash(b)] else {
                throw .recordUnknown(file: file.name, line: line)
            }
            parents[root(Int(left))] = root(Int(right))
        }
        return (0..<parents.count).map { Int32(root($0)) }
    }

    private static func twoColumns(
        _ file: TrialFile, _ first: String, _ second: String, _ separator: UInt8,
        _ take: (String, String, Int) throws(TrialFault) -> Void
    ) throws(TrialFault) {
        var places: (Int, Int)?
        try file.rows(separator: separator) { row throws(TrialFault) in
            guard let (left, right) = places else {
                let header = row.texts.map(TrialReader.trimmed)
                for column in [first, second] where !header.contains(column) {
                    throw .columnMissing(file: file.name, column: column, known: header)
                }
                places = (header.firstIndex(of: first) ?? 0, header.firstIndex(of: second) ?? 0)
                return
            }
            try take(TrialReader.trimmed(row[left]), TrialReader.trimmed(row[right]), row.lineNumber)
        }
    }
}
