import Documents
import Foundation
import Groundwork
import Testing

@Suite struct `A JSON document` {
    @Test func `keeps order and the exact text of numbers`() throws {
        let text = #"{"z":1.50,"a":[1e2,-0,12345678901234567890],"ü":"\u00e9\ud83d\ude00\n"}"#

        let json = try JSON.parse(text)

        #expect(json.object?.keys == ["z", "a", "ü"])
        #expect(json["z"]?.number?.text == "1.50")
        #expect(json["a"]?[2]?.number?.text == "12345678901234567890")
        #expect(json["ü"]?.string == "é😀\n")
        #expect(json.text == #"{"z":1.50,"a":[1e2,-0,12345678901234567890],"ü":"é😀\n"}"#)
    }

    @Test func `answers by path`() throws {
        let json: JSON = ["message": ["items": [["id": "a"], ["id": "b"]]]]

        #expect(json.value(at: "message/items/1/id")?.string == "b")
        #expect(json.value(at: "message/items/01/id") == nil)
        #expect(json.value(at: "message/items/-1") == nil)
        #expect(json.value(at: .root) == json)
    }

    @Test func `tells line, column and offset of what is wrong`() {
        let fault = #expect(throws: JSONFault.self) { try JSON.parse("{\n \"é\": 1,\n \"é\": 2}") }

        #expect(fault == JSONFault(.duplicateMember, line: 3, column: 2, offset: 13))
        #expect(fault?.summary == "Line 3, column 2: a member name stands twice in one object.")
    }
}
