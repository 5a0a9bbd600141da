import Foundation
import Groundwork
import Rules
import Testing

@Suite struct `A rule` {
    private let schema = RuleSchema(
        household: [
            "size": .init(.number, canBeMissing: false), "rooms": .init(.number),
            "tenure": .init(.code(["owner", "tenant"])),
            "land_owned": .init(.flag), "flags": .init(.codes(["at_risk", "camp"])), "postal_code": .init(.text),
            "due_on": .init(.date),
        ],
        member: [
            "age": .init(.number), "sex": .init(.code(["female", "male"])), "birth_date": .init(.date),
            "flags": .init(.codes(["pregnant"])), "given_name": .init(.text),
        ], formulas: ["pmt": ["poor", "rest"], "plain": []])

    private func household(_ values: [String: RuleValue] = [:], ages: [Int?] = []) -> RuleRecord {
        RuleRecord(
            values: ["size": .number(Decimal(ages.count))].merging(values) { $1 },
            members: ages.map { age in
                RuleRecord.Member(
                    values: age.map { ["age": .number(Decimal($0))] } ?? [:],
                    enrolments: [.init(programme: "school", status: "active")])
            }, enrolments: [.init(programme: "cash", status: "ended")], areas: ["BI", "BI01", "camps"],
            scores: ["pmt": .init(9733, classCode: "poor")])
    }

    private func fits(_ text: String, _ record: RuleRecord) throws -> Bool {
        try Rule(text, schema).fits(record)
    }

    private func refusals(_ text: String) -> [String] {
        do {
            _ = try Rule(text, schema)
            return []
        } catch {
            return error.findings.map { "\($0.position.line):\($0.position.column) \($0.code)" }
        }
    }

    @Test(arguments: [
        ("size >= 3", true), ("3 <= size && size < 4", true), ("size in [1, 2]", false), ("!(size == 3)", false),
        ("rooms > 1.5 || false", true), ("tenure == 'owner'", true), ("tenure in [\"tenant\"]", false),
        ("land_owned", true), ("land_owned == false", false), ("\"at_risk\" in flags", true), ("has(flags)", true),
        ("postal_code < \"b\"", true), ("due_on <= date(\"2026-01-01\")", true), ("in_area(\"BI01\")", true),
        ("in_area(\"camps\") && !in_area(\"BI02\")", true), ("enrolled(\"cash\")", true),
        ("enrolled(\"cash\", \"active\")", false), ("members.exists(m, m.age < 5)", true),
        ("members.all(m, m.age < 5)", false), ("members.exists_one(p, p.age >= 60)", true),
        ("members.size() == 3", true),
        ("size(members.filter(m, m.age < 18)) == 2", true), ("members.count(m, m.age < 18) > 2", false),
        ("members.max(m, m.age) == 70 && members.min(m, m.age) < 4", true),
        ("members.exists(m, m.enrolled(\"school\"))", true),
        ("// large ones\nsize > 2", true), ("household.size > 2", true), ("-1 < size", true),
        ("members.exists(m, !has(m.sex))", true), ("size > rooms", true), ("rooms != size", true),
        ("postal_code == postal_code", true), ("members.exists(m, m.age < m.age)", false),
        ("members.sum(m, m.age) == 85", true), ("members.average(m, m.age) < 28.4", true),
        ("28.3 < members.average(m, m.age)", true), ("members.filter(m, m.age < 18).sum(n, n.age) == 15", true),
        ("members.filter(m, m.age < 18).max(n, n.age) == 12", true),
        ("members.filter(m, m.age < 18).count(n, n.age > 5) == 1", true),
        ("score(\"pmt\") < 9733.5", true), ("score(\"plain\") == null", true), ("has(score(\"pmt\"))", true),
        ("score_class(\"pmt\") == \"poor\"", true), ("score_class(\"pmt\") in [\"rest\"]", false),
        ("in_area([\"BI02\", \"camps\"])", true),
    ]) func `means what it says`(text: String, expected: Bool) throws {
        let record = household(
            [
                "rooms": .number(2), "tenure": .text("owner"), "land_owned": .flag(true), "flags": .codes(["at_risk"]),
                "postal_code": .text("a9"), "due_on": .date(try #require(CalendarDate("2025-12-31"))),
            ], ages: [3, 12, 70])

        #expect(try fits(text, record) == expected)
    }

    @Test(arguments: [
        "rooms > 1", "rooms <= 1", "rooms == 1", "rooms != 1", "rooms in [1]", "has(rooms)", "rooms != null",
        "land_owned",
        "\"camp\" in flags", "members.exists(m, m.age < 5)", "members.max(m, m.age) != 3", "size > rooms",
        "rooms == rooms", "members.sum(m, m.age) >= 0", "members.average(m, m.age) != 3", "score(\"plain\") < 3",
        "score(\"plain\") != 3", "has(score(\"plain\"))", "score_class(\"plain\") != null",
    ]) func `is false where a value is missing, and its opposite true`(text: String) throws {
        let record = household(ages: [nil])

        #expect(try fits(text, record) == false)
        #expect(try fits("!(\(text))", record))
    }

    @Test func `takes everybody without members where all is asked, and nobody where some are`() throws {
        #expect(try fits("members.all(m, m.age < 5)", household()))
        #expect(try fits("members.exists(m, true)", household()) == false)
        #expect(try fits("members.size() == 0", household()))
    }

    @Test(arguments: [
        ("1970-03-01", "2026-02-28", "55"), ("1970-02-28", "2026-02-28", "56"), ("2000-02-29", "2001-02-28", "0"),
        ("2000-02-29", "2001-03-01", "1"), ("2030-01-01", "2026-01-01", "0"),
    ]) func `counts completed years on a day`(birth: String, day: String, years: String) throws {
        let member = RuleRecord.Member(values: ["birth_date": .date(try #require(CalendarDate(birth)))])
        let rule = try Rule("members.exists(m, age_on(m.birth_date, date(\"\(day)\")) == \(years))", schema)

        #expect(rule.fits(RuleRecord(values: [:], members: [member])))
    }

    @Test(arguments: [
        ("size >", "1:7 rules.syntax"), ("size = 3", "1:6 rules.character"), ("(size > 3", "1:10 rules.syntax"),
        ("siz > 3", "1:1 rules.unknown_attribute"), ("tenure == \"squat\"", "1:11 rules.unknown_code"),
        ("size == \"3\"", "1:9 rules.type"), ("tenure > \"owner\"", "1:8 rules.type"), ("size", "1:1 rules.type"),
        ("size > tenure", "1:8 rules.type"), ("tenure < tenure", "1:1 rules.type"),
        ("members.size() > rooms", "1:9 rules.unsupported"), ("size > members.size()", "1:16 rules.unsupported"),
        ("score(\"pnt\") > 3", "1:7 rules.unknown_formula"), ("score(\"pmt\") > \"3\"", "1:16 rules.type"),
        ("score(\"pmt\")", "1:1 rules.type"), ("score_class(\"pmt\") == \"rich\"", "1:23 rules.unknown_code"),
        ("score_class(\"pmt\") < \"poor\"", "1:1 rules.type"),
        ("members.exists(m, score(\"pmt\") > 3)", "1:19 rules.scope"),
        ("members.sum(m, m.sex) > 3", "1:18 rules.type"), ("members.sum(m, m.age)", "1:9 rules.type"),
        ("rooms.sum(m, m.age) > 3", "1:1 rules.unsupported"), ("in_area([])", "1:1 rules.arguments"),
        ("size + 1 > 3", "1:6 rules.unsupported"),
        ("land_owned ? true : false", "1:12 rules.unsupported"), ("members[0].age > 3", "1:12 rules.attribute"),
        ("members.exists(m, size > 3)", "1:19 rules.scope"),
        ("members.exists(m, members.exists(n, true))", "1:27 rules.scope"),
        ("size > 3 &&\n  rooms < \"x\"", "2:11 rules.type"), ("due_on < \"2026-01-01\"", "1:10 rules.type"),
        ("due_on < date(\"2026-02-30\")", "1:10 rules.type"), ("magic(3)", "1:1 rules.unknown_function"),
        ("size > 3 # five", "1:10 rules.character"), ("", "1:1 rules.empty"), ("'open", "1:1 rules.text"),
        ("flags == \"camp\"", "1:7 rules.type"), ("{\"a\": 1}", "1:1 rules.unsupported"),
        ("3 > 2", "1:3 rules.constant"),
        ("rooms < null", "1:7 rules.type"), ("members.median(m, m.age) > 3", "1:9 rules.unknown_function"),
        ("members.exists(household, household.age < 5)", "1:16 rules.scope"),
        ("members.sum(members, members.age) > 5", "1:13 rules.scope"),
        ("!(rooms < 5) && has(rooms, size)", "1:17 rules.arguments"), ("has()", "1:1 rules.arguments"),
    ]) func `is refused at its place`(text: String, expected: String) {
        #expect(refusals(text).first == expected)
    }

    @Test func `tells all its mistakes at once`() {
        #expect(refusals("siz > 3 && tenur == \"x\" && size > 1").count == 2)
    }

    @Test func `nested too deep, or too long, is refused`() {
        let deep = String(repeating: "(", count: 40) + "size > 1" + String(repeating: ")", count: 40)
        #expect(refusals(deep).first?.hasSuffix("rules.depth") == true)
        #expect(refusals(String(repeating: "!", count: 50) + "land_owned").first?.hasSuffix("rules.depth") == true)
        let long = Array(repeating: "size > 1", count: 2000).joined(separator: " || ")
        #expect(refusals(long) == ["1:1 rules.length"])
    }

    @Test func `chained by one word, is one list without depth`() throws {
        let chain = Array(repeating: "size > 1", count: 250)
        guard case .any(let parts) = try Rule(chain.joined(separator: " || "), schema).condition else {
            Issue.record("a chain is one condition")
            return
        }
        #expect(parts.count == 250)
        #expect(
            try fits("size > 5 || size > 4 || (size == 2 && rooms > 0 && land_owned)", household(ages: [1])) == false)
        #expect(
            refusals("siz > 1 || size > 1 || rum > 1") == [
                "1:1 rules.unknown_attribute", "1:24 rules.unknown_attribute",
            ])
    }

    @Test func `names the place of a text that is too long`() {
        let long = String(repeating: "x", count: 201)
        #expect(refusals("size > 1 && postal_code == \"\(long)\"") == ["1:28 rules.text_length"])
    }

    @Test func `warns where its opposite takes those of whom nothing is known`() throws {
        #expect(try Rule("!(rooms > 3)", schema).warnings.map(\.code) == ["rules.negated_missing"])
        #expect(try Rule("!(size > 3)", schema).warnings == [])
    }

    @Test func `survives any text`() {
        var state: UInt64 = 11
        let pieces = [
            "size", "members", ".", "exists", "(", ")", "m", ",", "m.age", "<", "5", "&&", "||", "!", "\"x\"", "'",
            "in", "[", "]",
            "null", "date", "-", "?", ":", " ", "\n", "é", "{", "has", "1.5",
        ]
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            _ = try? Rule(text, schema)
        }
    }
}
