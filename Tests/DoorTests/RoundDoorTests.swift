import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing
import Web

@Suite struct `Targeting over the API` {
    /// A formula in force, and households with scores by it in one colline.
    private func ready(_ door: DoorFixture, households: Int) async throws -> [String] {
        let registry = door.registry
        try await registry.database.write(as: registry.mandate) { tx in
            try await tx.execute(
                """
                INSERT INTO targeting.formula (
                    code, version, sha256, document, binding, strata, state, author_id, submitted_at, activated_at,
                    activated_by)
                VALUES ('pmt', 1, sha256('x'), '{"poorer": "lower", "tie_break": ["household"]}', '{}', '{}', 'active',
                    gen_random_uuid(), now(), now(), gen_random_uuid())
                """)
        }
        var ids: [String] = []
        for number in 0..<households {
            let home = try await door.registeredHousehold([
                DoorFixture.person("Espérance", "Nzeyimana\(number)", born: "198\(number)-07-02")
            ])
            ids.append(home.id)
            try await registry.database.write(as: registry.mandate) { tx in
                try await tx.execute(
                    """
                    INSERT INTO targeting.current_score (household_id, formula_id, run_id, score, class, since)
                    SELECT \(home.id)::uuid, f.id, 1, \(Int64(9000 + number)), NULL, now() FROM targeting.formula AS f
                    """)
            }
        }
        return ids
    }

    @Test(.scratchDatabase) func `checks, previews, drafts and publishes a rule`() async throws {
        let door = try await DoorFixture.make()
        _ = try await ready(door, households: 3)

        let wrong = try await door.post("/api/v1/rules/check", ["rule": "size > 1 &&\n siz > 3"])
        #expect(wrong["valid"]?.bool == false)
        #expect(wrong["findings"]?[0]?["line"]?.int == 2 && wrong["findings"]?[0]?["column"]?.int == 2)
        let refused = try await door.post("/api/v1/rules", ["code": "r", "title": "R", "rule": "siz > 3"])
        #expect(refused.status == 422 && refused.code == "rules.unknown_attribute")
        let preview = try await door.post("/api/v1/rules/preview", ["rule": "score(\"pmt\") <= 9001"])
        #expect(preview["takes"]?.int == 2 && preview["gained"] == .null)
        let badPreview = try await door.post("/api/v1/rules/preview", ["rule": "", "area": "nowhere"])
        #expect(badPreview.status == 422)

        let key: Headers = ["Idempotency-Key": "draft-of-rule-r"]
        let draft: JSON = ["code": "r", "title": "Deux", "rule": "score(\"pmt\") <= 9001"]
        #expect(try await door.post("/api/v1/rules", draft, headers: key).status == 201)
        #expect(try await door.post("/api/v1/rules", draft, headers: key)["version"]?.int == 1)
        let own = try await door.post("/api/v1/rules/r/publication")
        #expect(own.status == 403 && own.code == "rounds.own_work")
        let published = try await door.post("/api/v1/rules/r/publication", ["version": 1], as: .signer)
        #expect(published["state"] == "published" && published["sampled"]?.int == 3)
        #expect(published["preview"]?["takes"]?.int == 2)
        #expect(try await door.get("/api/v1/rules/r")["rules"]?.array?.count == 1)
        #expect(try await door.get("/api/v1/rules").status == 200)
        #expect(try await door.get("/api/v1/rules/none").status == 404)
        #expect(try await door.get("/api/v1/rules", as: .visitor).status == 403)
    }

    @Test(.scratchDatabase) func `carries a round from its quotas to its candidates`() async throws {
        let door = try await DoorFixture.make()
        let homes = try await ready(door, households: 5)
        let base = "/api/v1/rounds/r1"
        let unknown = try await door.post(
            "/api/v1/rounds", ["code": "r1", "title": "R", "programme": "cash", "formula": "none", "rule": "none"])
        #expect(unknown.status == 422 && unknown.errors.count == 2)
        let draft: JSON = ["code": "r1", "title": "Première tranche", "programme": "cash", "formula": "pmt"]
        #expect(try await door.post("/api/v1/rounds", draft).status == 201)
        #expect(try await door.post("/api/v1/rounds", draft).code == "rounds.exists")

        let bad = try await door.call(.post, base + "/quotas", Array("area,places\nnowhere,2\n".utf8), type: "text/csv")
        #expect(bad.status == 422 && bad.errors.values.contains("quotas.area_unknown"))
        #expect(try await door.post(base + "/quotas").status == 415)
        let csv = Array("area,places\n\(door.area),2\n".utf8)
        #expect(try await door.call(.post, base + "/quotas", csv, type: "text/csv")["counts"]?["places"]?.int == 2)
        #expect(try await door.post(base + "/ranking").code == "rounds.out_of_order")
        #expect(try await door.post(base + "/collection")["changed"]?.int == 5)
        #expect(try await door.post(base + "/scoring")["changed"]?.int == 5)
        let ranked = try await door.post(base + "/ranking")
        #expect(ranked["round"]?["counts"]?["states"]?["selected"]?.int == 2)
        #expect(try await door.get(base + "/areas")["areas"]?[0]?["states"]?["waiting"]?.int == 3)
        let chosen = try await door.get(base + "/households?state=selected&limit=1")
        #expect(chosen["households"]?[0]?["household"] == .string(homes[0]))
        let next = try #require(chosen["next"]?.string)
        #expect(try await door.get(base + "/households?state=selected&after=\(next)")["households"]?.array?.count == 1)
        #expect(try await door.get("/api/v1/rounds")["rounds"]?.array?.count == 1)

        let area = Query([(name: "area", value: door.area)]).encoded
        let list = try await door.get(base + "/lists?" + area + "&language=eng")
        #expect(Array(list.bytes.prefix(5)) == Array("%PDF-".utf8))
        #expect(try await door.get(base + "/lists?area=nowhere").status == 422)

        let stranger: JSON = [
            "area": .string(door.area), "held_on": "2026-10-30",
            "decisions": [["household": "999999999999", "decision": "validated"]],
        ]
        let notThere = try await door.post(base + "/sessions", stranger)
        #expect(notThere.errors == ["/decisions/0/household": "rounds.household_not_in_round"])
        let session = try await door.post(
            base + "/sessions",
            [
                "area": .string(door.area), "held_on": "2026-10-30", "attendance": 30, "others_validated": true,
                "decisions": [["household": .string(homes[0]), "decision": "objected", "reason": "moved_away"]],
            ])
        #expect(session["objected"]?.int == 1 && session["validated"]?.int == 4)
        let id = try #require(session["id"]?.string)
        let file = Array("%PDF-1.4\nminutes\n%%EOF\n".utf8)
        let minutes = try await door.call(
            .post, base + "/sessions/\(id)/minutes", file, type: "application/pdf")
        let minutesID = try #require(minutes["minutes"]?[0]?["id"]?.string)
        #expect(try await door.get(base + "/sessions/\(id)/minutes/\(minutesID)").bytes == file)
        #expect(try await door.get(base + "/sessions?limit=1")["next"]?.string == id)
        #expect(try await door.get(base + "/sessions?after=\(id)")["sessions"]?.array?.isEmpty == true)
        #expect(try await door.post(base + "/promotions", ["area": .string(door.area)])["changed"]?.int == 1)

        let own = try await door.post(base + "/publication", ["appeal_days": 0])
        #expect(own.status == 403)
        #expect(try await door.post(base + "/publication", ["appeal_days": 0], as: .signer)["state"] == "published")
        let appeal = try await door.post(
            base + "/appeals", ["household": .string(homes[0]), "grounds": "wrong_objection"])
        #expect(appeal["state"] == "open")
        #expect(try await door.post(base + "/candidates").code == "rounds.appeals_open")
        let ruling = try await door.post(
            base + "/appeals/\(appeal["id"]?.string ?? "")/decision",
            ["decision": "dismissed", "reason": "no_new_facts"], as: .signer)
        #expect(ruling["state"] == "dismissed")
        let appeals = try await door.get(base + "/appeals?state=dismissed&household=\(homes[0])&limit=1")
        #expect(appeals["appeals"]?.array?.count == 1 && appeals["next"] == appeal["id"])
        let rest = try await door.get(base + "/appeals?after=\(appeal["id"]?.string ?? "")")
        #expect(rest["appeals"]?.array?.isEmpty == true && rest["next"] == .null)
        #expect(try await door.get(base + "/appeals?after=x").status == 422)
        #expect(try await door.post(base + "/candidates")["changed"]?.int == 2)
        #expect(try await door.post(base + "/closing")["state"] == "closed")
        #expect(try await door.get(base)["counts"]?["states"]?["candidate"]?.int == 2)

        try await door.sequence()
        let events = try await door.get("/api/v1/events?limit=500")
        #expect(events.text.contains("household.targeted.v1") && events.text.contains("round.advanced.v1"))
    }
}
