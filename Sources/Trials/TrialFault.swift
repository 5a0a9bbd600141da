package import Groundwork

/// Why a trial cannot be run.
package enum TrialFault: Fault {
    case unreadable(file: String)
    case malformed(file: String, line: Int, reason: String)
    case columnMissing(file: String, column: String, known: [String])
    case recordTwice(file: String, line: Int)
    case recordUnknown(file: String, line: Int)
    case mapping([Finding])
    case noMapping(folder: String)
    case empty

    package var code: String {
        switch self {
        case .unreadable: "trial.file.unreadable"
        case .malformed: "trial.file.malformed"
        case .columnMissing: "trial.column.missing"
        case .recordTwice: "trial.record.twice"
        case .recordUnknown: "trial.record.unknown"
        case .mapping: "trial.mapping"
        case .noMapping: "trial.mapping.none"
        case .empty: "trial.empty"
        }
    }

    package var kind: FaultKind {
        if case .mapping(let findings) = self { return .invalid(findings) }
        return .invalid([])
    }

    package var summary: String {
        switch self {
        case .unreadable(let file): "The file \(file) cannot be read."
        case .malformed(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .columnMissing(let file, let column, let known):
            "\(file) has no column \(column); it has \(known.joined(separator: ", ")). Correct the mapping."
        case .recordTwice(let file, let line): "\(file), line \(line): this record's key stood in an earlier line."
        case .recordUnknown(let file, let line): "\(file), line \(line): no record has this key."
        case .mapping(let findings):
            "The mapping has \(findings.count) mistakes, the first at "
                + (findings.first.map { "\($0.path): \($0.summary)" } ?? "")
        case .noMapping(let folder):
            "\(folder) is no folder whose files are known; name the columns in a file and give it with --mapping."
        case .empty: "The files hold no record."
        }
    }
}
