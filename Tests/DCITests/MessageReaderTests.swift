import DCI
import Documents
import Testing

@Suite struct `Reading messages` {
    private let good = Sample.message([Sample.identifier("UIN", "26040100000123", entity: "Member")])

    private func objections(_ json: JSON) -> [Objection] {
        do {
            _ = try MessageReader.read(json, .strict)
            return []
        } catch {
            return error.objections
        }
    }

    @Test func `the example of the standard is understood`() throws {
        let message = try MessageReader.read(good, .strict)

        #expect(message.header.senderID == "spmis.example.org")
        #expect(message.transactionID == "T-1")
        let criteria = try message.items[0].outcome.get()
        #expect(criteria.query == .identifier(type: "UIN", value: "26040100000123"))
        #expect(criteria.record == .member)
        #expect(message.items[0].locale == "fra")
    }

    @Test func `unknown members are tolerated everywhere`() throws {
        let json = good.setting("future", to: 1).setting("header", "x_extra", to: [])
            .setting("message", "search_request", "0", "search_criteria", "reg_event_type", to: "SEARCH")

        #expect(objections(json) == [])
    }

    typealias Broken = (path: [String], value: JSON?, place: String)
    private static let request = ["message", "search_request", "0"]
    private static let criteria = request + ["search_criteria"]
    private static let inside = "message.search_request[0]"

    private static let broken: [Broken] = [
        (["header"], nil, "header"), (["header"], "x", "header"), (["message"], nil, "message"),
        (["signature"], 5, "signature"), (["header", "message_id"], nil, "header.message_id"),
        (["header", "message_id"], 7, "header.message_id"), (["header", "message_id"], "", "header.message_id"),
        (["header", "message_ts"], "2026-11-20T09:30:00", "header.message_ts"),
        (["header", "message_ts"], nil, "header.message_ts"), (["header", "action"], "on-search", "header.action"),
        (["header", "sender_uri"], "", "header.sender_uri"), (["header", "total_count"], "1", "header.total_count"),
        (["header", "total_count"], nil, "header.total_count"), (["header", "meta"], "", "header.meta"),
        (["header", "is_msg_encrypted"], "no", "header.is_msg_encrypted"),
        (["header", "receiver_id"], 1, "header.receiver_id"), (["header", "version"], "2.0.0", "header.version"),
        (["message", "transaction_id"], 12, "message.transaction_id"),
        (["message", "transaction_id"], nil, "message.transaction_id"),
        (["message", "search_request"], [:], "message.search_request"), (request, "x", inside),
        (request + ["reference_id"], nil, inside + ".reference_id"),
        (request + ["reference_id"], 5, inside + ".reference_id"),
        (request + ["timestamp"], nil, inside + ".timestamp"),
        (request + ["timestamp"], "2022-12-04T17:20:07", inside + ".timestamp"),
        (request + ["timestamp"], .null, inside + ".timestamp"), (request + ["locale"], "en", inside + ".locale"),
        (request + ["locale"], "ENG", inside + ".locale"), (request + ["locale"], "", inside + ".locale"),
        (criteria, nil, inside + ".search_criteria"), (criteria + ["query"], nil, inside + ".search_criteria.query"),
        (criteria + ["query_type"], "graphql", inside + ".search_criteria.query_type"),
        (criteria + ["response_entity"], "member", inside + ".search_criteria.response_entity"),
        (criteria + ["query", "value"], 5, inside + ".search_criteria.query.value"),
        (criteria + ["query", "value"], ["5"], inside + ".search_criteria.query.value"),
        (criteria + ["query", "type"], 5, inside + ".search_criteria.query.type"),
        (criteria + ["consent"], "", inside + ".search_criteria.consent"),
        (criteria + ["authorize"], "", inside + ".search_criteria.authorize"),
        (criteria + ["sort"], [:], inside + ".search_criteria.sort"),
        (
            criteria + ["sort"], [["attribute_name": "age", "sort_order": "up"]],
            inside + ".search_criteria.sort[0].sort_order"
        ),
        (criteria + ["pagination"], [:], inside + ".search_criteria.pagination.page_size"),
        (criteria + ["pagination"], ["page_size": 0], inside + ".search_criteria.pagination.page_size"),
        (
            criteria + ["pagination"], ["page_size": 5, "page_number": 0],
            inside + ".search_criteria.pagination.page_number"
        ),
        (criteria + ["pagination"], ["page_size": "5"], inside + ".search_criteria.pagination.page_size"),
        (criteria + ["pagination"], ["page_size": 4_000_000_000], inside + ".search_criteria.pagination.page_size"),
    ]

    @Test func `each breach of the interface is named by its place`() {
        for (path, value, place) in Self.broken {
            let message = good.setting(path, to: value)
            #expect(objections(message).map(\.place).contains(place), "\(place)")
        }
    }

    private static let coded: [(path: [String], value: JSON, code: ErrorCode)] = [
        (["header", "sender_id"], "", .senderInvalid), (["header", "sender_uri"], "not a uri", .senderURIInvalid),
        (["header", "version"], "2.0.0", .versionNotSupported), (["header", "receiver_id"], 5, .receiverInvalid),
        (["header", "is_msg_encrypted"], true, .encryptionInvalid),
        (["message"], ["header": [:], "ciphertext": "x"], .encryptionInvalid), (["header", "action"], "notify", .bad),
    ]

    @Test(arguments: coded)
    func `breaches with codes of their own carry them`(path: [String], value: JSON, code: ErrorCode) {
        #expect(objections(good.setting(path, to: value)).contains { $0.code == code })
    }

    @Test func `ids of 99 characters are accepted and those of 100 are not`() throws {
        let fits = String(repeating: "é", count: 99)
        let message = try MessageReader.read(good.setting("message", "transaction_id", to: .string(fits)), .strict)
        #expect(message.transactionID == fits)

        #expect(objections(good.setting("message", "transaction_id", to: .string(fits + "x"))).count == 1)
        #expect(objections(good.setting("header", "message_id", to: .string(fits + "x"))).count == 1)
        let reference = good.setting("message", "search_request", "0", "reference_id", to: .string(fits + "x"))
        let item = try MessageReader.read(reference, .strict).items[0]
        #expect(item.refusal?.reason == .referenceInvalid)
    }

    @Test func `an id with a control character is refused`() {
        #expect(objections(good.setting("header", "message_id", to: "a\u{0}b")).count == 1)
    }

    @Test func `all breaches are told at once`() {
        let json = good.setting("header", "total_count", to: "1").setting("message", "transaction_id", to: 5)

        #expect(Set(objections(json).map(\.place)) == ["header.total_count", "message.transaction_id"])
    }

    @Test func `a root that is no object is told so`() {
        #expect(objections([]).count == 1)
    }

    private static let entities: [(type: String?, entity: String?, kind: RecordKind)] = [
        (nil, "Group", .group), (nil, nil, .member), ("SRPerson", nil, .person),
        ("spdci-extensions-dci:Group", nil, .group), ("SRPerson", "Member", .member), ("Member", nil, .member),
    ]

    @Test(arguments: entities)
    func `the entity decides what is answered, then the record type, else members are`(
        type: String?, entity: String?, kind: RecordKind
    ) throws {
        var criteria = Sample.identifier("UIN", "1", entity: entity)
        if let type { criteria = criteria.setting("reg_record_type", to: .string(type)) }

        let message = try MessageReader.read(Sample.message([criteria]), .strict)

        #expect(try message.items[0].outcome.get().record == kind)
    }

    @Test(arguments: [("reg_type", "ns:org:RegistryType:Civil"), ("reg_record_type", "Farmer"), ("version", "9.0.0")])
    func `what another register answers is refused request by request`(name: String, value: String) throws {
        let criteria = Sample.identifier("UIN", "1").setting(name, to: .string(value))

        let message = try MessageReader.read(Sample.message([criteria]), .strict)

        #expect(message.items[0].refusal?.reason == .criteriaInvalid)
    }
}

extension SearchItem {
    var refusal: ItemRefusal? {
        if case .failure(let refusal) = outcome { refusal } else { nil }
    }
}
