import Groundwork
import Web

/// Every way in which the native API refuses beyond what the rooms behind it refuse.
enum APIFault: StatusFault {
    /// The body is JSON, but cannot be carried out as it stands.
    case invalid([Finding])
    /// A header cannot be understood.
    case header(Finding)
    /// A change was asked for without saying which version it is based on.
    case preconditionNeeded
    /// The version named by If-Match is not the current one.
    case stale(current: Int)
    case scopeMissing(String)
    /// The cursor is of an earlier epoch, or ahead of a log that was restored.
    case cursorGone
    /// Nothing was known about the subject at that point of the two times.
    case unknownThen
    case listNotFound
    case questionnaireNotFound
    case setNotFound
    case crosswalkNotFound
    case attachmentTooLarge(limit: Int)
    case attachmentType
    case attachmentsOff
    case attachmentLost
    case importsOff
    case qualityOff
    case matchingOff
    case roundsOff
    case spoolUnwritable
    /// No system of that name gives people identifiers.
    case systemUnknown
    case targetUnknown
    /// The system is known, and nobody bears the identifier.
    case identifierUnknown
    /// Nobody looked at the columns of the upload yet.
    case profileMissing

    var status: Status {
        switch self {
        case .invalid, .header: .unprocessableContent
        case .preconditionNeeded: .preconditionRequired
        case .stale: .preconditionFailed
        case .scopeMissing, .targetUnknown: .forbidden
        case .systemUnknown: .badRequest
        case .cursorGone: .gone
        case .unknownThen, .listNotFound, .questionnaireNotFound, .setNotFound, .profileMissing,
            .crosswalkNotFound, .identifierUnknown:
            .notFound
        case .attachmentTooLarge: .contentTooLarge
        case .attachmentType: .unsupportedMediaType
        case .attachmentsOff, .importsOff, .qualityOff, .matchingOff, .roundsOff: .notImplemented
        case .attachmentLost, .spoolUnwritable: .internalServerError
        }
    }

    var kind: FaultKind {
        switch self {
        case .invalid(let findings): .invalid(findings)
        case .header(let finding): .invalid([finding])
        case .preconditionNeeded, .attachmentTooLarge, .attachmentType, .attachmentsOff, .importsOff, .qualityOff,
            .matchingOff, .roundsOff, .systemUnknown:
            .invalid([])
        case .stale, .cursorGone: .conflict
        case .scopeMissing, .targetUnknown: .forbidden
        case .unknownThen, .listNotFound, .questionnaireNotFound, .setNotFound, .profileMissing,
            .crosswalkNotFound, .identifierUnknown:
            .missing
        case .attachmentLost, .spoolUnwritable: .defect
        }
    }

    var code: String {
        switch self {
        case .invalid: "api.body.invalid"
        case .header: "api.header.invalid"
        case .preconditionNeeded: "api.precondition.needed"
        case .stale: "registry.subject.stale_version"
        case .scopeMissing: "access.scope.missing"
        case .cursorGone: "registry.events.cursor_gone"
        case .unknownThen: "registry.subject.unknown_then"
        case .listNotFound: "api.code_list.not_found"
        case .questionnaireNotFound: "api.questionnaire.not_found"
        case .setNotFound: "api.area_set.not_found"
        case .crosswalkNotFound: "api.crosswalk.not_found"
        case .attachmentTooLarge: "api.attachment.too_large"
        case .attachmentType: "api.attachment.type"
        case .attachmentsOff: "api.attachment.off"
        case .attachmentLost: "api.attachment.lost"
        case .importsOff: "api.imports.off"
        case .qualityOff: "api.quality.off"
        case .matchingOff: "api.matches.off"
        case .roundsOff: "api.rounds.off"
        case .spoolUnwritable: "api.imports.spool"
        case .systemUnknown: "api.cross_reference.system_unknown"
        case .targetUnknown: "api.cross_reference.target_unknown"
        case .identifierUnknown: "api.cross_reference.identifier_unknown"
        case .profileMissing: "api.upload.profile_missing"
        }
    }

    var summary: String {
        switch self {
        case .invalid(let findings): findings.first.map { "\($0.path): \($0.summary)" } ?? "The body is not valid."
        case .header(let finding): "\(finding.path): \(finding.summary)"
        case .preconditionNeeded:
            "Say which version the change is based on: send the header If-Match with the ETag of the last read."
        case .stale(let current):
            "The current version is \(current), not the one given: read the subject again and repeat."
        case .scopeMissing(let scope): "The token does not carry the scope \(scope)."
        case .cursorGone:
            "The cursor does not belong to this log, which was restored to an earlier point: load anew, then read on."
        case .unknownThen: "Nothing was known about the subject at that point."
        case .listNotFound: "No code list has this name; GET /api/v1/codes names them all."
        case .questionnaireNotFound: "No questionnaire of this code and version is loaded; see /api/v1/questionnaires."
        case .setNotFound: "No area set has this code; GET /api/v1/area-sets names them all."
        case .crosswalkNotFound:
            "No crosswalk leads from the first division to the second; GET /api/v1/areas/crosswalks names them all."
        case .attachmentTooLarge(let limit): "The file is larger than \(limit) bytes; send a smaller one."
        case .attachmentType:
            "The file is none of image/jpeg, image/png, image/webp and application/pdf, or not what its type says."
        case .attachmentsOff: "This installation keeps no files; set the folder of files to turn attachments on."
        case .attachmentLost: "The file behind this attachment cannot be read; quote the request id."
        case .importsOff: "This installation takes no imports over the API."
        case .qualityOff: "The profile of this installation has no rules of quality."
        case .systemUnknown: "No system of this name gives people identifiers; see the code list identifier_type."
        case .targetUnknown: "One of the targets is no system that gives people identifiers."
        case .identifierUnknown: "Nobody on record bears this identifier."
        case .matchingOff: "This installation does not match people."
        case .roundsOff: "The profile of this installation does not say how targeting rounds go."
        case .profileMissing: "Nobody looked at the columns of this upload yet; POST to the same path does."
        case .spoolUnwritable: "The upload cannot be kept while it is read; quote the request id."
        }
    }
}
