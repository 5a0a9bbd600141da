import Documents
import Groundwork
import Registry
import Web

extension Desk {
    var peopleRoutes: [Route] {
        [
            .post(
                "/api/v1/people", needs: .writeRegistry, "Register a person",
                operation: Operations.command(
                    "registerPerson", .people, body: "PersonRegistration", creates: true, ifMatch: nil,
                    note: "For somebody outside any household; members are registered with their household."),
                answered { call in
                    try await perform(call, .registerPerson, CommandForm(), made: .at("/api/v1/people/"))
                }),
            .get(
                "/api/v1/people/{id}", needs: .readRegistry, "Read a person",
                operation: Operations.read(
                    "readPerson", .people, answer: "Person", [Operations.id] + Operations.asOf + Operations.division,
                    note: "A merged person is answered by the survivor, with `asked_for` and Content-Location.",
                    headers: [("ETag", "The version, in double quotes.")]),
                answered(readPerson)),
            .patch(
                "/api/v1/people/{id}", needs: .writeRegistry, "Change a person",
                operation: Operations.command(
                    "updatePerson", .people, body: "SubjectUpdate", [Operations.id],
                    ifMatch: Operations.ifMatch(needed: true),
                    note: "Attributes that are named are replaced, null clears one; identifiers add to those held."),
                answered { call in
                    _ = try Precondition.neededVersion(call.request)
                    return try await perform(call, .updatePerson, CommandForm(person: try await person(call)))
                }),
            .get(
                "/api/v1/people/{id}/memberships", needs: .readRegistry, "List the households of a person",
                operation: Operations.read("listMemberships", .people, answer: "Memberships", [Operations.id]),
                answered(listMemberships)),
            .post(
                "/api/v1/people/{id}/transfer", needs: .writeRegistry, "Move a person to another household",
                operation: Operations.command("transferMember", .people, body: "Transfer", [Operations.id]),
                answered { call in
                    try await perform(call, .transfer, CommandForm(person: try await person(call)))
                }),
            .post(
                "/api/v1/people/{id}/deactivate", needs: .writeRegistry, "Deactivate a person",
                operation: Operations.command("deactivatePerson", .people, body: "Deactivation", [Operations.id]),
                answered { call in
                    try await perform(call, .deactivatePerson, CommandForm(person: try await person(call)))
                }),
            .post(
                "/api/v1/people/{id}/reactivate", needs: .writeRegistry, "Reactivate a person",
                operation: Operations.command("reactivatePerson", .people, body: "CommandTerms", [Operations.id]),
                answered { call in
                    try await perform(call, .reactivatePerson, CommandForm(person: try await person(call)))
                }),
        ]
    }

    var civilRoutes: [Route] {
        [
            .post(
                "/api/v1/births", needs: .writeRegistry, "Record a birth",
                operation: Operations.command(
                    "recordBirth", .civil, body: "Birth", creates: true, ifMatch: nil,
                    note: "Registers the child, with its parents where known, as a member of the household named."),
                answered { call in
                    try await perform(call, .birth, CommandForm(), made: .at("/api/v1/people/"))
                }),
            .post(
                "/api/v1/people/{id}/death", needs: .writeRegistry, "Record a death",
                operation: Operations.command(
                    "recordDeath", .civil, body: "Death", [Operations.id],
                    note: "`observed_on` is the day of death. Open memberships end; a successor takes over as head."),
                answered { call in try await perform(call, .death, CommandForm(person: try await person(call))) }),
            .post(
                "/api/v1/unions", needs: .writeRegistry, "Record a union",
                operation: Operations.command("recordUnion", .civil, body: "Union", ifMatch: nil),
                answered { call in try await perform(call, .union, CommandForm()) }),
            .post(
                "/api/v1/unions/end", needs: .writeRegistry, "End a union",
                operation: Operations.command(
                    "endUnion", .civil, body: "UnionEnd", ifMatch: nil, note: "`observed_on` is the last day."),
                answered { call in try await perform(call, .endUnion, CommandForm()) }),
            .get(
                "/api/v1/people/{id}/family", needs: .readRegistry, "Read parents, children and unions",
                operation: Operations.read("readFamily", .civil, answer: "Family", [Operations.id]),
                answered(readFamily)),
        ]
    }

    /// The person that the path names.
    func person(_ call: Call) async throws -> ID<Person> {
        ID(try await resolve(try call.reference(), .person, call))
    }

    func household(_ call: Call) async throws -> ID<Household> {
        ID(try await resolve(try call.reference(), .household, call))
    }
}
