import Documents
import Foundation
import Groundwork
import Registry
import Rounds
import Rules

/// Rules and rounds as answered.
enum RoundAnswer {
    static func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    static func whole(_ value: Int?) -> JSON { value.map { .number($0) } ?? .null }

    static func rule(_ rule: StoredRule) -> JSONObject {
        [
            "id": .string(rule.id.lowercased), "code": .string(rule.code), "version": .number(rule.version),
            "title": .string(rule.title), "rule": .string(rule.text),
            "sha256": .string(rule.sha256.map { String(format: "%02x", $0) }.joined()),
            "state": .string(rule.state.rawValue), "author": .string(rule.author.description),
            "drafted_at": .instant(rule.draftedAt), "published_by": text(rule.publishedBy?.description),
            "published_at": rule.publishedAt.map { .instant($0) } ?? .null,
            "preview": rule.preview.map { .object(preview($0)) } ?? .null, "sampled": whole(rule.sampled),
        ]
    }

    static func preview(_ preview: RulePreview) -> JSONObject {
        [
            "as_of": .string(preview.asOf.description), "households": .number(preview.households),
            "takes": .number(preview.takes), "gained": whole(preview.gained), "lost": whole(preview.lost),
        ]
    }

    static func finding(_ finding: RuleFinding) -> JSON {
        [
            "line": .number(finding.position.line), "column": .number(finding.position.column),
            "code": .string(finding.code), "severity": .string(finding.severity.rawValue),
            "summary": .string(finding.summary),
        ]
    }

    /// - Parameter total: of the whole round; nil where it was not counted.
    static func round(_ round: Round, _ total: RoundCount?) -> JSONObject {
        [
            "id": .string(round.id.lowercased), "code": .string(round.code), "title": .string(round.title),
            "programme": .string(round.programme), "state": .string(round.state.rawValue),
            "formula": .string(round.formula), "rule": text(round.rule?.lowercased), "cut_off": text(round.cutOff),
            "parts": .array(
                round.parts.map { part in
                    [
                        "group": .string(part.group), "percent": .number(part.percent), "rule": .string(part.rule),
                    ]
                }),
            "has_community": .bool(round.hasCommunity), "appeal_days": .number(round.appealDays),
            "appeals_until": text(round.appealsUntil?.description), "created_by": .string(round.createdBy.description),
            "created_at": .instant(round.createdAt), "state_since": .instant(round.stateSince),
            "ranked_by": text(round.rankedBy?.description), "published_by": text(round.publishedBy?.description),
            "counts": total.map { .object(count($0)) } ?? .null,
        ]
    }

    static func count(_ count: RoundCount) -> JSONObject {
        var states: JSONObject = [:]
        for state in Standing.allCases { states[state.rawValue] = .number(count.households[state] ?? 0) }
        return [
            "places": .number(count.places), "reserve": whole(count.reserve), "wanted": .number(count.wanted),
            "collected": .number(count.collected), "sessions": .number(count.sessions), "states": .object(states),
        ]
    }

    static func entry(_ entry: RoundEntry, _ index: AreaIndex) -> JSON {
        let area = index[entry.area]
        return [
            "household": .string(entry.household.lowercased), "social_id": .string(entry.socialID),
            "area": text(area?.reference), "area_name": text(area?.name), "state": .string(entry.state.rawValue),
            "reason": text(entry.reason), "members": .number(entry.members), "score": text(entry.score),
            "class": text(entry.classCode), "group": text(entry.group), "rank": whole(entry.rank),
            "turn": whole(entry.turn),
        ]
    }

    static func session(_ session: CommunitySession, _ index: AreaIndex) -> JSON {
        [
            "id": .string(session.id.lowercased), "area": text(index[session.area]?.reference),
            "held_on": .string(session.heldOn.description), "attendance": whole(session.attendance),
            "validated": .number(session.validated), "objected": .number(session.objected),
            "actor": .string(session.actor.description), "recorded_at": .instant(session.recordedAt),
            "minutes": .array(
                session.minutes.map { minutes in
                    [
                        "id": .string(minutes.id.lowercased), "media_type": .string(minutes.mediaType),
                        "size": .number(minutes.size),
                    ]
                }),
        ]
    }

    static func appeal(_ appeal: Appeal) -> JSON {
        [
            "id": .string(appeal.id.lowercased), "household": .string(appeal.household.lowercased),
            "social_id": .string(appeal.socialID), "grounds": .string(appeal.grounds),
            "state": .string(appeal.state.rawValue), "lodged_by": .string(appeal.lodgedBy.description),
            "lodged_on": .string(appeal.lodgedOn.description), "decided_by": text(appeal.decidedBy?.description),
            "decided_at": appeal.decidedAt.map { .instant($0) } ?? .null, "reason": text(appeal.reason),
        ]
    }
}
