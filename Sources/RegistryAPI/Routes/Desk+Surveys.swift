import Audit
import Documents
import Foundation
import Groundwork
import Registry
import Web

extension Desk {
    func surveyRoutes(_ kind: SubjectKind, _ base: String, _ tail: String) -> [Route] {
        [
            .post(
                base + "/surveys", needs: .writeRegistry, "Record a survey of a \(kind.rawValue)",
                operation: Operations.command(
                    "recordSurvey" + tail, .surveys, body: "SurveyRecord", creates: true, [Operations.id],
                    note: "The answers are kept as they are, and what they feed becomes part of the current view."),
                answered { call in
                    let form = CommandForm(subject: try await reference(call, kind))
                    return try await perform(call, .survey, form, made: .at("/api/v1/surveys/"))
                }),
            .get(
                base + "/surveys", needs: .readRegistry, "List the surveys of a \(kind.rawValue)",
                operation: Operations.read(
                    "listSurveys" + tail, .surveys, answer: "Surveys",
                    [Operations.id, Operations.limit(200, standard: 50)], note: "Newest first."),
                answered { call in try await listSurveys(call, kind) }),
            .post(
                base + "/participation", needs: .writeRegistry, "Report enrolments and benefits of a \(kind.rawValue)",
                operation: Operations.command(
                    "reportParticipation" + tail, .surveys, body: "ParticipationReport", [Operations.id],
                    note: "A later report of the same programme, kind and key replaces an earlier one."),
                answered { call in
                    try await perform(
                        call, .participation, CommandForm(subject: try await reference(call, kind)))
                }),
            .get(
                base + "/participation", needs: .readRegistry, "List enrolments and benefits of a \(kind.rawValue)",
                operation: Operations.read(
                    "listParticipation" + tail, .surveys, answer: "ParticipationList", [Operations.id]),
                answered { call in try await listParticipation(call, kind) }),
        ]
    }

    var singleSurveyRoutes: [Route] {
        [
            .get(
                "/api/v1/surveys/{id}", needs: .readRegistry, "Read a survey",
                operation: Operations.read(
                    "readSurvey", .surveys, answer: "Survey", [.uuid("id", "UUID of the survey.")]),
                answered { call in
                    let id: ID<Survey> = try call.id("id")
                    let survey = try await reading(call) { tx in
                        try await Surveys.find(id.rawValue, in: tx)
                    }
                    call.disclosed.note(survey.subject, fields: ["surveys"])
                    var writer = JSONWriter()
                    SurveyAnswer.write(survey, to: &writer)
                    return .json(writer.bytes)
                })
        ]
    }

    /// The subject that the path names, without asking whether it exists: the command will.
    private func reference(_ call: Call, _ kind: SubjectKind) async throws -> Subject {
        Subject(kind, try await resolve(try call.reference(), kind, call))
    }

    private func listSurveys(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...200) ?? 50
        try query.finish()
        let subject = try await subject(call, kind)
        let surveys = try await reading(call) { tx in
            try await Surveys.list(of: subject, limit: limit, in: tx)
        }
        call.disclosed.note(subject, fields: ["surveys"])
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(kind.rawValue, subject.id.lowercased)
            writer.key("surveys")
            writer.array { writer in
                for survey in surveys { SurveyAnswer.write(survey, to: &writer) }
            }
        }
        return .json(writer.bytes)
    }

    private func listParticipation(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let subject = try await subject(call, kind)
        let items = try await reading(call) { tx -> [Participation] in
            switch kind {
            case .person:
                try await history.person(ID(subject.id), at: History.Point(), in: tx)?.view.participation ?? []
            case .household:
                try await history.household(ID(subject.id), at: History.Point(), in: tx)?.state.view.participation
                    ?? []
            }
        }
        call.disclosed.note(subject, fields: ["participation"])
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(kind.rawValue, subject.id.lowercased)
            writer.member("items", .array(items.map(\.json)))
        }
        return .json(writer.bytes)
    }
}

/// One survey as answered.
enum SurveyAnswer {
    static func write(_ survey: Survey, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", survey.id.lowercased)
            writer.member("questionnaire", survey.questionnaire)
            writer.member("version", survey.version)
            writer.key("subject")
            writer.object { writer in
                writer.member("kind", survey.subject.kind.rawValue)
                writer.member("id", survey.subject.id.lowercased)
            }
            writer.member("observed_on", survey.observedOn)
            writer.member("recorded_at", instant: survey.recordedAt)
            writer.member("actor", survey.actor.description)
            writer.member("command", survey.command.description)
            writer.member("answers", survey.answers)
        }
    }
}
