package import Groundwork
package import Postgres
package import Registry

/// Why a file as a whole was refused, or an import stopped.
package enum IntakeFault: StoreFault {
    case fileUnreadable(name: String)
    case fileEmpty
    /// The first line cannot be read as a header of this layout.
    case headerBroken
    /// The file is in another encoding than UTF-8.
    case encoding(String)
    case missingColumns([String], found: [String])
    case repeatedColumns([String])
    /// Another file of the same source is unfinished.
    case sourceBusy(batch: String)
    /// Another process imports the same file.
    case batchTaken
    /// The file changed while it was read, or since the import began.
    case fileChanged
    case batchNotFound
    case batchNotFinished
    /// The names of the file's columns were not kept.
    case headerUnknown
    case alreadyUndone
    /// The layout does not fit the profile.
    case mapping([Finding])
    case registry(RegistryFault)
    case store(DatabaseError)
    case writing(file: String)
    case cancelled
    case defect(String)

    package init(_ error: DatabaseError) {
        self = error.kind == .cancelled ? .cancelled : .store(error)
    }

    /// Any error that came out of a transaction, as one of ours.
    init(any error: any Error) {
        switch error {
        case let fault as IntakeFault: self = fault
        case let fault as RegistryFault: self = .registry(fault)
        case let error as DatabaseError: self.init(error)
        case is CancellationError: self = .cancelled
        default: self = .defect(String(describing: type(of: error)))
        }
    }
}

extension IntakeFault {
    package var code: String {
        switch self {
        case .fileUnreadable: "intake.file.unreadable"
        case .fileEmpty: "intake.file.empty"
        case .headerBroken: "intake.file.header"
        case .encoding: "intake.file.encoding"
        case .missingColumns: "intake.file.missing_columns"
        case .repeatedColumns: "intake.file.repeated_columns"
        case .sourceBusy: "intake.source.busy"
        case .batchTaken: "intake.batch.taken"
        case .fileChanged: "intake.file.changed"
        case .batchNotFound: "intake.batch.not_found"
        case .batchNotFinished: "intake.batch.not_finished"
        case .headerUnknown: "intake.batch.header_unknown"
        case .alreadyUndone: "intake.batch.already_undone"
        case .mapping: "intake.mapping"
        case .registry(let fault): fault.code
        case .store: "intake.store"
        case .writing: "intake.writing"
        case .cancelled: "intake.cancelled"
        case .defect: "intake.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .fileUnreadable, .fileEmpty, .headerBroken, .encoding, .missingColumns, .repeatedColumns:
            .invalid([Finding("file", code: code, summary)])
        case .mapping(let findings): .invalid(findings)
        case .sourceBusy, .batchTaken, .fileChanged, .batchNotFinished, .alreadyUndone, .headerUnknown: .conflict
        case .batchNotFound: .missing
        case .registry(let fault): fault.kind
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        case .cancelled: .unavailable(retryAfter: 1)
        case .writing, .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .fileUnreadable(let name): "The file \(name) cannot be read; check the path and the permissions."
        case .fileEmpty: "The file is empty; the first line must name the columns."
        case .headerBroken: "The first line cannot be read as CSV; it must name the columns, separated by commas."
        case .encoding(let found): "The file is in \(found); save it as UTF-8."
        case .missingColumns(let missing, let found):
            "Required columns are missing: \(missing.joined(separator: ", ")). The file has: "
                + "\(found.prefix(40).joined(separator: ", "))."
        case .repeatedColumns(let names): "Columns stand twice in the header: \(names.joined(separator: ", "))."
        case .sourceBusy(let batch):
            "Another file of this source is unfinished (import \(batch)): send that file again or abandon the import."
        case .batchTaken: "Another process imports this file right now."
        case .fileChanged: "The file changed while it was read; send it again."
        case .batchNotFound: "No import has this id."
        case .batchNotFinished: "The import is not finished; send its file again or abandon it first."
        case .alreadyUndone: "The import was undone already."
        case .headerUnknown:
            "The columns of this file were not kept, so its lines can be had as lines of JSON only."
        case .mapping(let findings): findings.first.map { "\($0.path): \($0.summary)" } ?? "The layout is not valid."
        case .registry(let fault): fault.summary
        case .store: "The database did not carry the work out; send the same file again to go on."
        case .writing(let file): "The file \(file) cannot be written; check the folder and the space left."
        case .cancelled: "The import was stopped; send the same file again to go on."
        case .defect: "Something is wrong inside the import; quote the import's id."
        }
    }
}
