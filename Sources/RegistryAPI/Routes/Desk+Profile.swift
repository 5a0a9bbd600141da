import Documents
import Groundwork
import Registry
import Web

extension Desk {
    var profileRoutes: [Route] {
        [
            .get(
                "/api/v1/profile", needs: .readProfile, "Read which profile is loaded",
                operation: Operations.read("readProfile", .profile, answer: "Profile"), answered(readProfile)),
            .get(
                "/api/v1/attributes", needs: .readProfile, "List the attributes of people and households",
                operation: Operations.read("listAttributes", .profile, answer: "AttributeLists"),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    return ProfileAnswer.attributes(context.dictionary)
                }),
            .get(
                "/api/v1/codes", needs: .readProfile, "List the code lists",
                operation: Operations.read("listCodeLists", .profile, answer: "CodeLists"),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    return ProfileAnswer.lists(context.dictionary)
                }),
            .get(
                "/api/v1/codes/{list}", needs: .readProfile, "Read a code list",
                operation: Operations.read(
                    "readCodeList", .profile, answer: "CodeList", [.path("list", .text, "Name of the list.")]),
                answered { call in
                    guard let list = context.dictionary.lists[call.request.parameter("list")] else {
                        throw APIFault.listNotFound
                    }
                    return ProfileAnswer.list(list)
                }),
            .get(
                "/api/v1/questionnaires", needs: .readProfile, "List the questionnaires",
                operation: Operations.read("listQuestionnaires", .profile, answer: "Questionnaires"),
                answered(listQuestionnaires)),
            .get(
                "/api/v1/questionnaires/{code}/{version}", needs: .readProfile, "Read a questionnaire",
                operation: Operations.read(
                    "readQuestionnaire", .profile, answer: "Questionnaire",
                    [
                        .path("code", .text, "Code of the questionnaire."),
                        .path("version", .integer(minimum: 1, maximum: nil), "Its version."),
                    ]), answered(readQuestionnaire)),
        ]
    }

    private func readProfile(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let state = try await reading(call, .operation) { tx in
            try await RegistryState.read(in: tx)
        }
        return ProfileAnswer.profile(state, context)
    }

    private func listQuestionnaires(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let all = try await reading(call, .operation) { tx in
            try await Surveys.questionnaires(in: tx)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("questionnaires")
            writer.array { writer in
                for one in all {
                    writer.object { writer in ProfileAnswer.members(one, to: &writer) }
                }
            }
        }
        return .json(writer.bytes)
    }

    private func readQuestionnaire(_ call: Call) async throws -> Response {
        let code = call.request.parameter("code")
        guard let version = Int(call.request.parameter("version")), (1...Int(Int32.max)).contains(version) else {
            throw InvalidInput(
                [Finding(FieldPath(["path", "version"]), code: "path.version", "Give a whole number from 1.")],
                code: "path.invalid")
        }
        let found = try await reading(call, .operation) { tx in
            try await Surveys.questionnaire(code, version: version, in: tx)
        }
        guard let found else { throw APIFault.questionnaireNotFound }
        var writer = JSONWriter()
        writer.object { writer in
            ProfileAnswer.members(found, to: &writer)
            writer.member("definition", found.definition)
        }
        return .json(writer.bytes)
    }
}
