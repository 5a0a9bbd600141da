import Audit
package import Groundwork
package import Postgres
package import Registry
package import Spreadsheets

/// Why a file as a whole was refused, or an import stopped.
package enum IntakeFault: StoreFault {
    case fileUnreadable(name: String)
    case fileEmpty
    /// The first line cannot be read as a header of this layout.
    case headerBroken
    /// The file is in another encoding than UTF-8.
    case encoding(String)
    /// The file is of a kind that is not read; the words say which and what to do.
    case notReadable(String)
    case workbook(SpreadsheetFault)
    /// A sheet was named for a file that has none.
    case noSheets
    /// The workbook has several sheets and none was named.
    case sheetChoice([String])
    case sheetUnknown(String, found: [String])
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
    case mappingUnknown(String, known: [String])
    /// The import to go on with began with another layout.
    case otherMapping(String, batch: String)
    /// The import to go on with began with another encoding, separator, sheet, or other words beside the file.
    case otherReading(batch: String)
    /// The layout wants to be told something beside the file.
    case parameters([Finding])
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
        case AuditFault.store(let error): self.init(error)
        case let fault as AuditFault: self = .defect(fault.code)
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
        case .notReadable: "intake.file.not_readable"
        case .workbook(let fault): fault.code
        case .noSheets: "intake.sheet.none"
        case .sheetChoice: "intake.sheet.choice"
        case .sheetUnknown: "intake.sheet.unknown"
        case .missingColumns: "intake.file.missing_columns"
        case .repeatedColumns: "intake.file.repeated_columns"
        case .sourceBusy: "intake.source.busy"
        case .batchTaken: "intake.batch.taken"
        case .fileChanged: "intake.file.changed"
        case .batchNotFound: "intake.batch.not_found"
        case .batchNotFinished: "intake.batch.not_finished"
        case .headerUnknown: "intake.batch.header_unknown"
        case .alreadyUndone: "intake.batch.already_undone"
        case .mappingUnknown: "intake.mapping.unknown"
        case .otherMapping: "intake.mapping.other"
        case .otherReading: "intake.reading.other"
        case .parameters: "intake.parameters"
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
        case .fileUnreadable, .fileEmpty, .headerBroken, .encoding, .missingColumns, .repeatedColumns, .notReadable,
            .noSheets, .sheetChoice, .sheetUnknown, .mappingUnknown:
            .invalid([Finding("file", code: code, summary)])
        case .mapping(let findings), .parameters(let findings): .invalid(findings)
        case .workbook(let fault): fault.kind
        case .otherMapping, .otherReading, .sourceBusy, .batchTaken, .fileChanged, .batchNotFinished, .alreadyUndone,
            .headerUnknown:
            .conflict
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
        case .headerBroken: "The first line cannot be read as the names of the columns, each in a cell of its own."
        case .encoding(let found): "The file is in \(found); save it as UTF-8, or name the encoding."
        case .notReadable(let what): "The file is \(what)."
        case .workbook(let fault): fault.summary
        case .noSheets: "A sheet was named, but the file is no workbook."
        case .sheetChoice(let names): "The workbook has several sheets, name one: \(names.joined(separator: ", "))."
        case .sheetUnknown(let name, let found):
            "The workbook has no sheet \(name); it has: \(found.joined(separator: ", "))."
        case .missingColumns(let missing, let found):
            "Required columns are missing: \(missing.joined(separator: ", ")). The file has: "
                + "\(found.prefix(40).joined(separator: ", ")). A file of another layout needs its mapping named."
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
        case .mappingUnknown(let code, let known):
            "The profile has no layout \(code); it has: \(known.joined(separator: ", "))."
        case .otherMapping(let code, let batch):
            "The import \(batch) of this file began with the layout \(code) or another version of it: use that, or abandon it."
        case .otherReading(let batch):
            "The import \(batch) of this file began with another encoding, separator, sheet or other values: use those, or abandon it."
        case .parameters(let findings): findings.map(\.summary).joined(separator: " ")
        case .mapping(let findings): findings.first.map { "\($0.path): \($0.summary)" } ?? "The layout is not valid."
        case .registry(let fault): fault.summary
        case .store: "The database did not carry the work out; send the same file again to go on."
        case .writing(let file): "The file \(file) cannot be written; check the folder and the space left."
        case .cancelled: "The import was stopped; send the same file again to go on."
        case .defect: "Something is wrong inside the import; quote the import's id."
        }
    }
}
