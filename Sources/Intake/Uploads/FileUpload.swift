package import Foundation
package import Groundwork
package import Postgres

/// A file being sent in pieces, or sent.
package struct FileUpload: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Bytes are still missing.
        case receiving
        /// Whole, and not imported yet or only tried.
        case complete
        /// Imported; the file is gone.
        case imported
        /// The bytes are not those that were stated at the start.
        case refused
        /// Nothing came for too long; the file is gone.
        case expired
        /// Given up by whoever sent it.
        case discarded
    }

    package var id: UUID
    package var actor: ActorID
    package var fileName: String
    package var source: String
    package var mapping: String
    package var reading: UploadReading
    package var isDryRun: Bool
    package var startsImport: Bool
    /// Bytes of the whole file.
    package var size: Int
    package var statedHash: [UInt8]?
    package var fileHash: [UInt8]?
    /// Bytes received and kept.
    package var received: Int { end.plain }
    package var state: State
    package var createdAt: Date
    package var expiresAt: Date
    /// Where the sealed file ends.
    var end: SealedEnd
}

/// What somebody wants to send.
package struct UploadDraft: Sendable {
    package var fileName: String
    package var source: String
    package var mapping: String
    package var reading: UploadReading
    package var isDryRun: Bool
    /// Whether the import begins with the last byte, or when it is asked for.
    package var startsImport: Bool
    package var size: Int
    package var hash: [UInt8]?

    package init(
        fileName: String, source: String, mapping: String = "plain", reading: UploadReading = UploadReading(),
        isDryRun: Bool = false, startsImport: Bool = true, size: Int, hash: [UInt8]? = nil
    ) {
        (self.fileName, self.source, self.mapping, self.reading) = (fileName, source, mapping, reading)
        (self.isDryRun, self.startsImport, self.size, self.hash) = (isDryRun, startsImport, size, hash)
    }
}

/// Bounds of uploads.
package struct UploadLimits: Sendable {
    /// Bytes of one file.
    package var size: Int
    /// Uploads of one actor whose files are kept at the same time.
    package var open: Int
    /// After so long without a byte the file is deleted.
    package var patience: Duration

    package init(size: Int = 4 << 30, open: Int = 20, patience: Duration = .seconds(86_400)) {
        (self.size, self.open, self.patience) = (size, open, patience)
    }
}

/// Every way in which an upload is refused.
package enum UploadFault: StoreFault {
    case notFound
    /// The upload is whole, given up or expired, so that nothing more is taken.
    case closed(FileUpload.State)
    /// Bytes were sent for another place than the next.
    case offset(expected: Int)
    /// What was received is not the beginning of what the sender has: the file changed.
    case changed
    /// The bytes of this piece are not those of its digest.
    case damaged
    /// The whole file is not the one whose digest was stated.
    case otherFile
    /// More bytes than stated at the start.
    case tooLong(size: Int)
    case tooLarge(limit: Int)
    case tooMany(limit: Int)
    /// Another request sends to the same upload.
    case busy
    /// Bytes are missing, so that nothing can be done with the file yet.
    case incomplete(received: Int, size: Int)
    /// The file was deleted by rule.
    case gone
    case importUnderWay
    case layoutUnknown(String)
    /// The server ended so often while it worked on the file, without having done anything of it.
    case died(Int)
    case storage
    case store(DatabaseError)
    case defect(String)

    package init(_ error: DatabaseError) { self = .store(error) }

    init(any error: any Error) {
        switch error {
        case let fault as UploadFault: self = fault
        case let error as DatabaseError: self = .store(error)
        default: self = .defect(String(describing: type(of: error)))
        }
    }
}

extension UploadFault {
    package var code: String {
        switch self {
        case .notFound: "intake.upload.not_found"
        case .closed: "intake.upload.closed"
        case .offset: "intake.upload.offset"
        case .changed: "intake.upload.changed"
        case .damaged: "intake.upload.damaged"
        case .otherFile: "intake.upload.other_file"
        case .tooLong: "intake.upload.too_long"
        case .tooLarge: "intake.upload.too_large"
        case .tooMany: "intake.upload.too_many"
        case .busy: "intake.upload.busy"
        case .incomplete: "intake.upload.incomplete"
        case .gone: "intake.upload.gone"
        case .importUnderWay: "intake.upload.import_under_way"
        case .layoutUnknown: "intake.layout.unknown"
        case .died: "intake.import.died"
        case .storage: "intake.upload.storage"
        case .store: "intake.store"
        case .defect: "intake.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .notFound: .missing
        case .closed, .offset, .changed, .busy, .incomplete, .gone, .importUnderWay, .otherFile, .tooMany, .died:
            .conflict
        case .damaged: .invalid([Finding("header/Content-Digest", code: code, summary)])
        case .tooLong: .invalid([Finding(.root, code: code, summary)])
        case .tooLarge: .invalid([Finding("size", code: code, summary)])
        case .layoutUnknown: .invalid([Finding("mapping", code: code, summary)])
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        case .storage, .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .notFound: "No upload has this id."
        case .closed(let state):
            "The upload takes nothing more, it is \(state.rawValue); begin another one for another file."
        case .offset(let expected):
            "The next byte is number \(expected), counted from 0: send on from there, with Upload-Offset: \(expected)."
        case .changed:
            "What was received is not the beginning of this file any more, so the file has changed: begin another upload."
        case .damaged: "The bytes do not have the digest that Content-Digest states; send them again."
        case .otherFile:
            "The file received does not have the SHA-256 stated at the start, so it changed on the way: begin another upload."
        case .tooLong(let size): "More than the \(size) bytes stated at the start were sent; begin another upload."
        case .tooLarge(let limit): "A file has at most \(limit) bytes; cut it at the end of a household."
        case .tooMany(let limit): "\(limit) uploads of yours are kept already; finish or give up one of them first."
        case .busy: "Another request is sending to this upload; ask for its offset again in a moment."
        case .incomplete(let received, let size):
            "The upload has \(received) of \(size) bytes; send the rest first."
        case .gone: "The file was deleted after its time; send it again."
        case .importUnderWay: "The file of this upload is being imported, or waits for it."
        case .layoutUnknown(let code): "The profile has no layout called \(code)."
        case .died(let runs):
            "The server ended \(runs) times in a row while it worked on this import, without getting further. Look at its log and memory, then ask for the import of the upload again: it goes on where it stopped. Or give it up."
        case .storage: "The folder of files cannot be read or written; look at the space left and its permissions."
        case .store: "The database did not carry the work out; try again."
        case .defect: "Something is wrong with this upload; quote its id."
        }
    }
}
