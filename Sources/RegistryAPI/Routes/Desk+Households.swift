import Audit
import struct Foundation.UUID
import Groundwork
import Registry
import Web

extension Desk {
    var householdRoutes: [Route] {
        [
            .post(
                "/api/v1/households", needs: .writeRegistry, "Register a household with its members",
                operation: Operations.command(
                    "registerHousehold", .households, body: "HouseholdRegistration", creates: true, ifMatch: nil,
                    note: "One transaction: the household and its members, of whom exactly one is the head."),
                answered { call in
                    try await perform(call, .registerHousehold, CommandForm(), made: .at("/api/v1/households/"))
                }),
            .get(
                "/api/v1/households/{id}", needs: .readRegistry, "Read a household",
                operation: Operations.read(
                    "readHousehold", .households, answer: "Household",
                    [
                        Operations.id,
                        .query("members", .boolean, "Whether members are answered too; true when not given."),
                    ]
                        + Operations.asOf + Operations.division,
                    note: "A merged household is answered by the survivor, with `asked_for` and Content-Location.",
                    headers: [("ETag", "The version, in double quotes.")]),
                answered(readHousehold)),
            .patch(
                "/api/v1/households/{id}", needs: .writeRegistry, "Change a household",
                operation: Operations.command(
                    "updateHousehold", .households, body: "SubjectUpdate", [Operations.id],
                    ifMatch: Operations.ifMatch(needed: true),
                    note: "Attributes that are named are replaced, null clears one."),
                answered { call in
                    _ = try Precondition.neededVersion(call.request)
                    return try await perform(call, .updateHousehold, CommandForm(household: try await household(call)))
                }),
            command("move", .moveHousehold, "moveHousehold", "Move a household to another area", body: "Move"),
            command(
                "split", .splitHousehold, "splitHousehold", "Split members off into a household of their own",
                body: "Split", made: "/api/v1/households/"),
            command(
                "merge", .mergeHouseholds, "mergeHouseholds", "Merge another household into this one", body: "Merge"),
            command(
                "deactivate", .deactivateHousehold, "deactivateHousehold", "Deactivate a household",
                body: "Deactivation"),
            command(
                "reactivate", .reactivateHousehold, "reactivateHousehold", "Reactivate a household",
                body: "CommandTerms"),
        ]
    }

    /// A change of the household that the path names.
    private func command(
        _ verb: String, _ kind: CommandKind, _ id: String, _ summary: String, body: String, made: String? = nil
    ) -> Route {
        .post(
            "/api/v1/households/{id}/\(verb)", needs: .writeRegistry, summary,
            operation: Operations.command(id, .households, body: body, creates: made != nil, [Operations.id]),
            answered { call in
                let form = CommandForm(household: try await household(call))
                return try await perform(call, kind, form, made: made.map { .at($0) } ?? .nothing)
            })
    }

    var memberRoutes: [Route] {
        [
            .get(
                "/api/v1/households/{id}/members", needs: .readRegistry, "List the members of a household",
                operation: Operations.read("listMembers", .households, answer: "Members", [Operations.id]),
                answered(listMembers)),
            .post(
                "/api/v1/households/{id}/members", needs: .writeRegistry, "Add a member",
                operation: Operations.command(
                    "addMember", .households, body: "MemberAddition", [Operations.id],
                    note: "Somebody known by `id`, or somebody new by `attributes`."),
                answered { call in
                    try await perform(call, .addMember, CommandForm(household: try await household(call)))
                }),
            .patch(
                "/api/v1/households/{id}/members/{person}", needs: .writeRegistry, "Change what a member is",
                operation: Operations.command(
                    "changeMember", .households, body: "MemberChange", Self.memberPath,
                    ifMatch: Operations.ifMatch(needed: true),
                    note: "If-Match holds the version of the household. A new head takes over from the old one."),
                answered { call in
                    _ = try Precondition.neededVersion(call.request)
                    return try await perform(call, .changeMember, try await member(call))
                }),
            .post(
                "/api/v1/households/{id}/members/{person}/leave", needs: .writeRegistry, "Let a member leave",
                operation: Operations.command("memberLeaves", .households, body: "Leave", Self.memberPath),
                answered { call in try await perform(call, .memberLeaves, try await member(call)) }),
        ]
    }

    private static let memberPath: [Route.Parameter] = [Operations.id, .uuid("person", "UUID of the member.")]

    private func member(_ call: Call) async throws -> CommandForm {
        let person: ID<Person> = try call.id("person")
        return CommandForm(person: person, household: try await household(call))
    }

    private func listMembers(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let found = try await household(naming: try call.reference(), members: true, call)
        guard let found else { throw RegistryFault.householdNotFound }
        if let id = UUID(uuidString: found.head.id) {
            call.disclosed.note(Subject(.household, id), fields: ["members"])
        }
        return .json(MembersAnswer.bytes(found, AnswerStyle(call)))
    }
}
