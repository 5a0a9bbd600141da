import Documents
import Foundation
import Groundwork
import Testing

private enum Sex: String, CaseIterable { case female, male }
private enum Person {}

@Suite struct `Reading JSON with types` {
    @Test func `gives what is there`() throws {
        let id = UUID()
        var reader = JSONReader(
            [
                "name": "Ndayizeye", "count": 3, "born": "1990-05", "day": "2024-02-29", "sex": "female",
                "id": .string(id.uuidString), "at": "2024-02-29T10:00:00.5+02:00", "flag": true, "none": nil,
                "amount": .number(JSONNumber(text: "0.10") ?? 0), "tags": ["a", "b"],
            ])

        #expect(reader.required("name") == "Ndayizeye")
        #expect(reader.required("count", as: Int.self) == 3)
        #expect(reader.required("born", as: PartialDate.self)?.description == "1990-05")
        #expect(reader.required("day") == CalendarDate("2024-02-29"))
        #expect(reader.required("sex", as: Sex.self) == .female)
        #expect(reader.required("id") == ID<Person>(id))
        #expect(reader.required("at", as: Date.self) == Date(timeIntervalSince1970: 1_709_193_600.5))
        #expect(reader.required("flag") == true)
        #expect(reader.required("amount", as: Decimal.self) == Decimal(string: "0.10"))
        #expect(reader.required("tags") == ["a", "b"])
        #expect(reader.optional("none", as: String.self) == nil)
        #expect(reader.optional("missing", as: Sex.self) == nil)
        #expect(reader.findings == [])
        try reader.check()
    }

    @Test func `collects everything that is wrong, with its place`() {
        var reader = JSONReader(
            ["people": [["name": 5, "sex": "x"], ["name": "A", "extra": 1], 7], "head": [], "when": "yesterday"],
            at: "message")

        let names = reader.array("people") { person in
            person.unknown(allowed: ["name", "sex"])
            _ = person.optional("sex", as: Sex.self)
            return person.required("name", as: String.self)
        }
        let head: Int? = reader.object("head") { _ in 1 }
        _ = reader.optional("when", as: CalendarDate.self)
        _ = reader.required("missing", as: Int.self)

        #expect(names == ["A"])
        #expect(head == nil)
        #expect(
            reader.findings.map { "\($0.path) \($0.code) \($0.summary)" } == [
                "/message/people/0/sex input.type must be one of female, male.",
                "/message/people/0/name input.type must be a text.",
                "/message/people/1/extra input.unknown is not a member that this document knows.",
                "/message/people/2 input.type must be an object.",
                "/message/head input.type must be an object.",
                "/message/when input.type must be a date written YYYY-MM-DD.",
                "/message/missing input.missing is required.",
            ])
        #expect(throws: InvalidInput.self) { try reader.check() }
    }

    @Test func `lets warnings pass`() throws {
        var reader = JSONReader(["a": 1, "b": 2])
        reader.unknown(allowed: ["a"], severity: .warning)
        reader.report("a", code: "test.odd", severity: .warning, "is odd.")
        #expect(reader.findings.count == 2)
        try reader.check()
    }

    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00Z"), (1_709_193_600.25, "2024-02-29T08:00:00.250Z"),
        (-0.001, "1969-12-31T23:59:59.999Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
    ])
    func `instants have one text`(seconds: Double, text: String) {
        let instant = Date(timeIntervalSince1970: seconds)
        #expect(RFC3339.text(instant) == text)
        #expect(RFC3339.instant(text) == instant)
    }
}
