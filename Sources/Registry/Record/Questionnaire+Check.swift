import Documents
import Foundation
import Groundwork

extension Questionnaire {
    /// Answers that fit their questions; a finding for each that does not, and for each relevant one left open.
    func checked(_ answers: JSONObject, lists: [String: CodeList], findings: inout [Finding]) -> JSONObject {
        var kept: JSONObject = [:]
        let plain = sections.filter { !$0.isRepeated }
        let repeated = sections.filter(\.isRepeated)
        let known = plain.flatMap(\.questions)
        for (name, value) in answers where !repeated.contains(where: { $0.name == name }) {
            check(name, value, among: known, lists: lists, at: "answers", into: &kept, findings: &findings)
        }
        for section in plain where holds(section.relevant, kept) {
            require(section.questions, kept, at: "answers", findings: &findings)
        }
        for section in repeated {
            guard let items = answers[section.name]?.array else { continue }
            var all: [JSON] = []
            for (index, item) in items.enumerated() {
                let path = FieldPath(["answers", section.name, String(index)])
                var mine: JSONObject = [:]
                for (name, value) in item.object ?? [:] {
                    if name == "person" {
                        mine[name] = value
                    } else {
                        check(
                            name, value, among: section.questions, lists: lists, at: path, into: &mine,
                            findings: &findings)
                    }
                }
                // Only a full interview of a member must be complete; a named member may be asked in part.
                if mine["person"] == nil { require(section.questions, mine, at: path, findings: &findings) }
                all.append(.object(mine))
            }
            kept[section.name] = .array(all)
        }
        return kept
    }

    private func check(
        _ name: String, _ value: JSON, among questions: [Question], lists: [String: CodeList], at path: FieldPath,
        into kept: inout JSONObject, findings: inout [Finding]
    ) {
        let place = path.appending(name)
        guard let question = questions.first(where: { $0.name == name }) else {
            findings.append(Finding(place, code: "question.unknown", "The questionnaire has no such question here."))
            return
        }
        if value.isNull { return }
        if let answer = question.answer(value, lists: lists) {
            kept[name] = answer
        } else {
            findings.append(
                Finding(place, code: "answer.invalid", "The answer does not fit: \(question.expectation) is expected."))
        }
    }

    private func require(
        _ questions: [Question], _ answers: JSONObject, at path: FieldPath, findings: inout [Finding]
    ) {
        for question in questions where question.isRequired && answers[question.name] == nil {
            let place = path.appending(question.name)
            guard holds(question.relevant, answers), !findings.contains(where: { $0.path == place }) else { continue }
            findings.append(Finding(place, code: "answer.missing", "An answer is required."))
        }
    }

    /// Whether a condition of the form holds over the answers; no condition always does.
    private func holds(_ condition: JSON?, _ answers: JSONObject) -> Bool {
        guard let condition else { return true }
        if let all = condition["all"]?.array { return all.allSatisfy { holds($0, answers) } }
        if let any = condition["any"]?.array { return any.contains { holds($0, answers) } }
        if let inner = condition["not"] { return !holds(inner, answers) }
        guard let answer = condition["question"]?.string.flatMap({ answers[$0] }) else { return false }
        let value = condition["value"] ?? .null
        switch condition["is"]?.string {
        case "equals": return answer == value
        case "differs": return answer != value
        case "in": return value.array?.contains(answer) ?? false
        case "at_least": return compare(answer, value) { $0 >= $1 }
        case "at_most": return compare(answer, value) { $0 <= $1 }
        default: return true
        }
    }

    private func compare(_ left: JSON, _ right: JSON, _ holds: (Decimal, Decimal) -> Bool) -> Bool {
        guard let left = left.decimal, let right = right.decimal else { return false }
        return holds(left, right)
    }
}

extension Questionnaire.Question {
    func answer(_ value: JSON, lists: [String: CodeList]) -> JSON? {
        switch kind {
        case "integer":
            return (value.int ?? value.string.flatMap { Int($0) }).map { .number(JSONNumber($0)) }
        case "decimal":
            return (value.decimal ?? value.string.flatMap { Decimal(string: $0) }).map { .number(JSONNumber($0)) }
        case "boolean":
            return value.bool.map { .bool($0) }
        case "code":
            guard let word = value.string else { return nil }
            guard let list = codeList.flatMap({ lists[$0] }) else { return .string(word) }
            return list.code(for: word).map { .string($0.code) }
        case "codes":
            guard let words = value.array else { return nil }
            guard let list = codeList.flatMap({ lists[$0] }) else { return value }
            let codes = words.compactMap { $0.string.flatMap { list.code(for: $0)?.code } }
            return codes.count == words.count ? .array(codes.map { .string($0) }) : nil
        case "date":
            return value.string.flatMap { CalendarDate($0) }.map { .string($0.description) }
        case "point":
            return value["latitude"]?.decimal != nil && value["longitude"]?.decimal != nil ? value : nil
        default:
            return value.string.flatMap { $0.count <= 2000 ? .string($0) : nil }
        }
    }

    var expectation: String {
        switch kind {
        case "integer": "a whole number"
        case "decimal": "a decimal number"
        case "boolean": "true or false"
        case "code": "a code of the list \(codeList ?? "")"
        case "codes": "a list of codes of \(codeList ?? "")"
        case "date": "a day, YYYY-MM-DD,"
        case "point": "an object with latitude and longitude"
        default: "a text of at most 2000 characters"
        }
    }
}
