package import Documents
package import Foundation
package import Groundwork

/// What happened, by type; the names go out to subscribers and are never reused.
package enum EventType: String, Sendable, CaseIterable {
    case personRegistered = "person.registered.v1"
    case personUpdated = "person.updated.v1"
    case personBorn = "person.born.v1"
    case personDied = "person.died.v1"
    case personMoved = "person.moved.v1"
    case personDeactivated = "person.deactivated.v1"
    case personReactivated = "person.reactivated.v1"
    case personWithdrawn = "person.withdrawn.v1"
    case personMerged = "person.merged.v1"
    case personUnmerged = "person.unmerged.v1"
    case unionRecorded = "person.union_recorded.v1"
    case householdRegistered = "household.registered.v1"
    case householdUpdated = "household.updated.v1"
    case householdMoved = "household.moved.v1"
    case householdSplit = "household.split.v1"
    case householdMerged = "household.merged.v1"
    case householdUnmerged = "household.unmerged.v1"
    case householdDeactivated = "household.deactivated.v1"
    case householdReactivated = "household.reactivated.v1"
    case householdWithdrawn = "household.withdrawn.v1"
    case memberJoined = "household.member_joined.v1"
    case memberLeft = "household.member_left.v1"
    case surveyRecorded = "survey.recorded.v1"
    case participationReported = "participation.reported.v1"
    case commandUndone = "command.undone.v1"
    case importApplied = "import.applied.v1"
    case importUndone = "import.undone.v1"
    case roundCreated = "round.created.v1"
    case roundAdvanced = "round.advanced.v1"
    case rulePublished = "rule.published.v1"
    case sessionRecorded = "round.session_recorded.v1"
    case appealLodged = "appeal.lodged.v1"
    case appealDecided = "appeal.decided.v1"
    case householdTargeted = "household.targeted.v1"
    case householdScored = "household.scored.v1"
    case formulaSubmitted = "formula.submitted.v1"
    case formulaActivated = "formula.activated.v1"
    case formulaRetired = "formula.retired.v1"
    case formulaScored = "formula.scored.v1"
}

/// One entry of the event log before it has its place; `body` holds ids and codes only.
package struct Event: Sendable {
    package var id: UUID
    package var type: EventType
    package var subjectKind: String
    package var subjectID: UUID
    package var subjectVersion: Int
    package var areaBefore: Int?
    package var areaAfter: Int?
    package var command: CommandID
    package var recordedAt: Date
    package var body: JSONObject

    package init(
        type: EventType, subjectKind: String, subjectID: UUID, subjectVersion: Int, areaBefore: Int? = nil,
        areaAfter: Int? = nil, command: CommandID, recordedAt: Date, body: JSONObject = [:]
    ) {
        id = UUIDv7.next()
        (self.type, self.subjectKind, self.subjectID, self.subjectVersion) = (
            type, subjectKind, subjectID, subjectVersion
        )
        (self.areaBefore, self.areaAfter) = (areaBefore, areaAfter)
        (self.command, self.recordedAt, self.body) = (command, recordedAt, body)
    }

    /// The row as `json_populate_recordset` reads it.
    package func json(_ mandate: Mandate) -> JSON {
        .object([
            "id": .uuid(id), "type": .string(type.rawValue), "subject_kind": .string(subjectKind),
            "subject_id": .uuid(subjectID), "subject_version": .number(JSONNumber(subjectVersion)),
            "area_before": .number(areaBefore), "area_after": .number(areaAfter),
            "actor_id": .string(mandate.actor.description), "purpose": .string(mandate.purpose.rawValue),
            "trace": .string(mandate.trace.description), "command_id": .string(command.description),
            "recorded_at": .instant(recordedAt), "body": .object(body),
        ])
    }

    package static let columns: String = """
        id, type, subject_kind, subject_id, subject_version, area_before, area_after, actor_id, purpose, trace, \
        command_id, recorded_at, body
        """
}
