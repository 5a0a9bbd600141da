import Groundwork
import Testing

@Suite struct `A field path` {
    @Test func `prints as a JSON Pointer with its escapes`() {
        let path = FieldPath("message").appending("search_request").appending(0).appending("a/b~c")

        #expect(path.description == "/message/search_request/0/a~1b~0c")
        #expect(FieldPath.root.description == "")
    }

    @Test func `prints dotted with indices in brackets`() {
        let path: FieldPath = "message/search_request/0/timestamp"

        #expect(path.dotted == "message.search_request[0].timestamp")
        #expect(FieldPath.root.appending(2).appending("name").dotted == "[2].name")
    }
}

@Suite struct `Something sensitive` {
    private let secret = Sensitive("Ndayishimiye")

    @Test func `is hidden however it is printed`() {
        var dumped = ""
        dump(secret, to: &dumped)
        var nested = ""
        dump([(secret, Optional(secret))], to: &nested)

        for text in [dumped, nested, "\(secret)", String(reflecting: secret), String(describing: [secret])] {
            #expect(!text.contains("Ndayishimiye"))
        }
    }

    @Test func `is given to whoever asks for it by name`() {
        #expect(secret.reveal() == "Ndayishimiye")
    }
}

@Suite struct `Money and trace ids` {
    @Test(arguments: ["", "bif", "BI", "EURO", "B1F"]) func `refuse what is no currency`(text: String) {
        #expect(Money(minorUnits: 1, currency: text) == nil)
    }

    @Test func `keep what is well formed`() {
        #expect(Money(minorUnits: -5, currency: "BIF")?.minorUnits == -5)
        #expect(TraceID(String(repeating: "a", count: 32))?.description == String(repeating: "a", count: 32))
        #expect(TraceID(TraceID().description) != nil)
    }

    @Test(arguments: [String(repeating: "0", count: 32), String(repeating: "A", count: 32), "abc", ""])
    func `refuse what is no trace id`(text: String) {
        #expect(TraceID(text) == nil)
    }

    @Test func `an invalid input tells its first finding with its place`() {
        let fault = InvalidInput([Finding("name/family", code: "input.missing", "A family name is needed.")])

        #expect(fault.summary == "/name/family: A family name is needed.")
        #expect(fault.kind == .invalid(fault.findings))
    }
}
