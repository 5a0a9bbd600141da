import Documents
import Foundation
import Groundwork
import Testing

@Suite struct `A JSON value` {
    @Test func `answers for its own kind and no other`() {
        let values: [JSON] = [nil, true, 12, "text", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil])
        #expect(values.map(\.int) == [nil, nil, 12, nil, nil, nil])
        #expect(values.map(\.decimal) == [nil, nil, Decimal(12), nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, "text", nil, nil])
        #expect(values.map(\.array) == [nil, nil, nil, nil, [1], nil])
        #expect(values.map(\.object) == [nil, nil, nil, nil, nil, ["a": 1]])
        #expect(values[4][0] == 1)
        #expect(values[4][1] == nil)
        #expect(values[4][-1] == nil)
        #expect(values[5]["a"] == 1)
        #expect(values[3]["a"] == nil)
    }

    @Test func `tells null from nothing`() {
        let json: JSON = ["there": nil]

        #expect(json["there"]?.isNull == true)
        #expect(json["gone"] == nil)
        #expect(json.object?.contains("there") == true)
        #expect(json.value(at: "there") == .null)
    }

    @Test func `merges and maps objects`() {
        var object: JSONObject = ["a": 1, "b": 2]
        object.merge(["b": 3, "c": 4])
        object["n", default: 0] = 5

        #expect(JSON.object(object).text == #"{"a":1,"b":3,"c":4,"n":5}"#)
        #expect(JSON.object(object.mapValues { _ in nil }).text == #"{"a":null,"b":null,"c":null,"n":null}"#)
        #expect(object.values.compactMap(\.int) == [1, 3, 4, 5])
        #expect(object.map(\.key) == ["a", "b", "c", "n"])
        #expect(JSONObject([("a", 1), ("b", 2), ("a", 3)]) == ["a": 3, "b": 2])
    }

    @Test func `tells large numbers apart that a binary float would not`() throws {
        let left = try JSON.parse("9007199254740993")
        let right = try JSON.parse("9007199254740992")

        #expect(left != right)
        #expect(left.text == "9007199254740993")
        #expect(try JSON.parse("0.1").decimal == Decimal(string: "0.1"))
    }
}
