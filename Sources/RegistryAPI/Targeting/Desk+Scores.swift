import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Targeting
import Web

extension Desk {
    var scoreRoutes: [Route] {
        [
            .get(
                "/api/v1/households/{id}/score", needs: .readTargeting, "Read why a household has its score",
                operation: Operations.read(
                    "readScore", .targeting, answer: "ScoreAnswer",
                    [
                        Operations.id, .query("formula", "Only by the formula of this code."),
                        .query(
                            "history", .integer(minimum: 1, maximum: 100),
                            "So many results, the latest first; 1 when not given."),
                        .query("language", "ISO 639-3 code of the words, eng when not given."),
                    ],
                    note: """
                        Each term with its answer and points, and single answers that would put the household into another class. \
                        Computed anew from the answers that were kept with the result; `reproduced` tells that nothing differs.
                        """), answered(readScore)),
            .post(
                "/api/v1/simulations", needs: .readTargeting, "See what a choice by score would mean",
                operation: Operations.send(
                    "simulate", .targeting, body: .json(.ref("SimulationRequest")), status: .ok, answer: "Simulation",
                    note: "By the scores that are stored; decides and changes nothing."), answered(simulate)
            ).disclosing(.nothing),
        ]
    }

    private func readScore(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let code = query.text("formula", longest: 80)
        let most = query.int("history", in: 1...100) ?? 1
        let language = query.text("language", longest: 3) ?? "eng"
        try query.finish()
        let reference = try call.reference()
        let (household, answers) = try await reading(call) { tx -> (UUID, [JSON]) in
            let household: UUID
            switch reference {
            case .id(let id): household = id.rawValue
            case .socialID(let digits):
                let rows = try await tx.query("SELECT id FROM registry.household WHERE social_id = \(digits)")
                guard let row = rows.first else { throw TargetingFault.householdNotFound }
                household = try row.get(0)
            }
            var answers: [JSON] = []
            for score in try await formulas.scores(of: household, code: code, most: most, in: tx) {
                answers.append(.object(try await formulas.explainer(score, language: language, in: tx).json))
            }
            return (household, answers)
        }
        call.disclosed.note(Subject(.household, household), fields: ["score"])
        return .json(JSON.object(["scores": .array(answers)]).serialized())
    }

    private func simulate(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        let request: SimulationRequest
        do {
            request = try SimulationRequest(.object(body.object))
        } catch {
            throw APIFault.invalid(error.findings)
        }
        let answer = try await reading(call) { tx in try await Simulator(formulas).run(request, in: tx) }
        return .json(JSON.object(answer).serialized())
    }
}
