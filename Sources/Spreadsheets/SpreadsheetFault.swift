public import Groundwork

/// Why a workbook cannot be read.
public enum SpreadsheetFault: Fault, Equatable {
    /// It is no workbook, or a part of it is broken.
    case damaged(part: String)
    /// A part of it needs a password.
    case encrypted
    /// It is a zip archive of something else.
    case notWorkbook
    /// A part unpacks to far more than any workbook does.
    case bomb(part: String)
    /// A part declares a document type, by which small files become huge ones.
    case documentType(part: String)
    case sheetMissing(String)
    /// There is no room to keep the shared texts.
    case noRoom

    public var code: String {
        switch self {
        case .damaged: "sheet.damaged"
        case .encrypted: "sheet.encrypted"
        case .notWorkbook: "sheet.not_workbook"
        case .bomb: "sheet.bomb"
        case .documentType: "sheet.document_type"
        case .sheetMissing: "sheet.missing"
        case .noRoom: "sheet.no_room"
        }
    }

    public var kind: FaultKind {
        if self == .noRoom { return .unavailable(retryAfter: 60) }
        return .invalid([Finding("file", code: code, summary)])
    }

    public var summary: String {
        switch self {
        case .damaged(let part):
            "The workbook is damaged at \(part); open it in a spreadsheet program and save it again."
        case .encrypted: "The workbook is protected by a password; save it without one."
        case .notWorkbook: "The file is a zip archive but no .xlsx workbook; save the table as .xlsx or CSV."
        case .bomb(let part):
            "The workbook unpacks to more than a workbook can hold (\(part)); it was not read further. Save it as CSV."
        case .documentType(let part):
            "The workbook declares a document type in \(part), which no spreadsheet program writes; it was not read."
        case .sheetMissing(let name): "The workbook has no sheet \(name)."
        case .noRoom: "There is no room in the temporary folder for the texts of the workbook."
        }
    }
}
