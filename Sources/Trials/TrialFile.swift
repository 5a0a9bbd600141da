import Documents
import Foundation

/// One plain file, read piece by piece.
struct TrialFile {
    let path: String

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Hands on every row; a broken one ends the reading, for a truth with holes measures nothing.
    func rows(separator: UInt8, _ take: (CSVRow) throws(TrialFault) -> Void) throws(TrialFault) {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreadable(file: path) }
        defer { try? handle.close() }
        var reader = CSVReader(separator: separator)
        let name = name
        let checked: (CSVRow) throws(TrialFault) -> Void = { row throws(TrialFault) in
            if let fault = row.fault { throw .malformed(file: name, line: row.lineNumber, reason: fault.summary) }
            try take(row)
        }
        while true {
            let chunk: Data?
            do {
                chunk = try handle.read(upToCount: 1 << 20)
            } catch {
                throw .unreadable(file: path)
            }
            guard let chunk, !chunk.isEmpty else { break }
            try reader.feed([UInt8](chunk), checked)
        }
        try reader.finish(checked)
    }
}
