import TestKit

/// Writes rules at random whose values occur in the population, near it, or not at all.
struct RandomRules {
    var random: SeededGenerator
    let areas: [String]

    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int(random.next() % UInt64(list.count))]
    }

    mutating func chance(_ percent: Int) -> Bool { random.next() % 100 < UInt64(percent) }

    mutating func rule(depth: Int = 0) -> String {
        if depth < 4, chance(55) {
            switch random.next() % 5 {
            case 0, 1: return "(\(rule(depth: depth + 1)) && \(rule(depth: depth + 1)))"
            case 2, 3: return "(\(rule(depth: depth + 1)) || \(rule(depth: depth + 1)))"
            default: return "!(\(rule(depth: depth + 1)))"
            }
        }
        switch random.next() % 12 {
        case 0: return score()
        case 1: return twoAttributes()
        case 2, 3, 10: return household()
        case 4: return pick(["in_area(\"\(pick(areas))\")", "true", "!in_area(\"\(pick(areas))\")"])
        case 5: return "enrolled(\"\(pick(["cash", "school", "none"]))\"\(pick(["", ", \"active\"", ", \"ended\""])))"
        default: return overMembers()
        }
    }

    private mutating func relation() -> String { pick(["==", "!=", "<", "<=", ">", ">="]) }
    private mutating func equality() -> String { pick(["==", "!="]) }
    private mutating func number() -> String {
        pick(["-1", "0", "1", "1.5", "2", "3", "4.5", "12.3456", "99", "100000000000000000000"])
    }
    private mutating func day() -> String {
        "date(\"\(pick(["0001-01-01", "2000-02-29", "2008-11-01", "2021-01-01", "2025-11-01", "2026-06-15", "9999-12-31"]))\")"
    }

    private mutating func household() -> String {
        switch random.next() % 10 {
        case 0: return "size \(relation()) \(number())"
        case 1: return "\(number()) \(relation()) rooms"
        case 2: return "\(pick(["poverty_score", "land_hectares"])) \(relation()) \(number())"
        case 3: return pick(["land_owned", "land_owned \(equality()) \(pick(["true", "false"]))"])
        case 4: return "tenure \(equality()) \"\(pick(["owner", "tenant"]))\""
        case 5: return "tenure in [\"owner\", \"free\"]"
        case 6: return "postal_code \(relation()) \"\(pick(["BI-01", "é", "e\u{301}", "Z'; --", "a", ""]))\""
        case 7: return "\(pick(["due_on", "observed_on"])) \(relation()) \(day())"
        case 8:
            return pick([
                "rooms in [1, 2, 5]", "size in [0, 3]", "has(rooms)", "rooms == null", "poverty_score != null",
            ])
        default: return "has(\(pick(["tenure", "land_owned", "postal_code", "due_on", "flags", "land_hectares"])))"
        }
    }

    private mutating func score() -> String {
        let formula = pick(["plain", "classed"])
        return pick([
            "score(\"\(formula)\") \(relation()) \(pick(["0", "9733", "9733.5", "-1.25"]))",
            "score_class(\"classed\") \(equality()) \"\(pick(["poor", "rest"]))\"",
            "score_class(\"classed\") in [\"poor\"]", "has(score(\"\(formula)\"))", "score(\"plain\") == null",
            "score_class(\"classed\") != null", "has(score_class(\"classed\"))",
        ])
    }

    private mutating func twoAttributes() -> String {
        pick([
            "size \(relation()) rooms", "rooms \(relation()) land_hectares", "poverty_score \(relation()) size",
            "due_on \(relation()) observed_on", "postal_code \(relation()) postal_code",
            "land_owned \(equality()) land_owned", "members.exists(m, m.age \(relation()) m.birth_year)",
            "members.all(m, m.given_name \(relation()) m.family_name)",
            "members.count(m, m.due_on \(relation()) m.birth_date) \(relation()) 1",
        ])
    }

    private mutating func total() -> String {
        let list = pick(["members", "members.filter(x, \(member("x")))"])
        switch random.next() % 4 {
        case 0: return "\(list).sum(m, m.age) \(relation()) \(pick(["0", "40", "99.5", "1000"]))"
        case 1: return "\(list).average(m, m.age) \(relation()) \(pick(["0", "17", "25.5", "18.3333"]))"
        case 2: return "\(list).sum(m, m.birth_year) \(relation()) \(pick(["0", "2008", "4016"]))"
        default: return "\(list).\(pick(["min", "max"]))(m, m.age) \(relation()) \(pick(["0", "17", "25", "65"]))"
        }
    }

    private mutating func overMembers() -> String {
        switch random.next() % 12 {
        case 9, 10: return total()
        case 11: return "members.filter(x, \(member("x"))).count(m, \(member())) \(relation()) \(pick(["0", "1", "2"]))"
        case 0, 1: return "members.exists(m, \(member()))"
        case 2: return "members.all(m, \(member()))"
        case 3: return "members.exists_one(m, \(member()))"
        case 4: return "members.count(m, \(member())) \(relation()) \(pick(["0", "1", "2", "1.5", "-1"]))"
        case 5: return "size(members.filter(x, \(member("x")))) \(relation()) \(pick(["0", "1", "3"]))"
        case 6: return "members.size() \(relation()) \(pick(["0", "1", "2", "4"]))"
        case 7: return "members.\(pick(["min", "max"]))(m, m.age) \(relation()) \(pick(["0", "17", "25", "65"]))"
        default: return "members.\(pick(["min", "max"]))(m, m.birth_date) \(relation()) \(day())"
        }
    }

    private mutating func member(_ m: String = "m", depth: Int = 0) -> String {
        if depth < 2, chance(35) {
            return pick([
                "(\(member(m, depth: depth + 1)) && \(member(m, depth: depth + 1)))",
                "(\(member(m, depth: depth + 1)) || \(member(m, depth: depth + 1)))",
                "!(\(member(m, depth: depth + 1)))",
            ])
        }
        switch random.next() % 11 {
        case 0, 1: return "\(m).age \(relation()) \(pick(["0", "5", "17", "18", "25.5", "65"]))"
        case 2: return "\(m).sex \(equality()) \"\(pick(["female", "male"]))\""
        case 3: return "age_on(\(m).birth_date, \(day())) \(relation()) \(pick(["0", "8", "17", "25", "1.5"]))"
        case 4: return "\(m).birth_date \(relation()) \(day())"
        case 5: return "\"\(pick(["batwa", "chronic_illness"]))\" in \(m).flags"
        case 6: return "\(m).wg_seeing in [\"some\", \"a_lot\"]"
        case 7: return "\(m).is_disabled"
        case 8: return "has(\(m).\(pick(["birth_date", "civil_status", "given_name", "flags", "due_on", "age"])))"
        case 9: return "\(m).enrolled(\"\(pick(["cash", "school"]))\")"
        default: return "\(m).given_name \(equality()) \"\(pick(["Jean", "Aline", "E\u{301}ric", "Éric", "nobody"]))\""
        }
    }
}
