import Documents
import Web

extension Response {
    /// A problem with members beyond those of RFC 9457, section 3.2.
    static func problem(_ problem: Problem, with members: JSONObject) -> Response {
        var answer = Response.problem(problem)
        guard var object = (try? JSON.parse(problem.bytes))?.object else { return answer }
        for (name, value) in members { object[name] = value }
        answer.body = .bytes(JSON.object(object).serialized())
        return answer
    }
}

extension JSON {
    /// A whole number.
    static func number(_ value: Int) -> JSON { .number(JSONNumber(value)) }
}
