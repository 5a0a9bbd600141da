import Documents
import Groundwork
import Profiles
import Runtime
import Web

/// What `kith up` says when the server answers: where it is, who may come in, and three lines to try.
struct Greeting: Sendable {
    private let house: House
    private let url: String
    private let credentials: Credentials
    /// The number of somebody in the demo; nil where people are real.
    private let example: String?
    private let surroundings: [String: String]

    init(
        house: House, url: String, credentials: Credentials, example: String?,
        surroundings: [String: String] = Surroundings.environment
    ) {
        (self.house, self.url, self.credentials, self.example) = (house, url, credentials, example)
        self.surroundings = surroundings
    }

    /// Under systemd standard output is the journal, which is no place for tokens.
    private var isKept: Bool { surroundings["JOURNAL_STREAM"] != nil }

    private func token(_ name: String) -> String { credentials[name]?.reveal() ?? "$KITH_TOKEN" }

    /// Each works as it is, in a shell, on this machine.
    var lines: [String] {
        let clerk = "curl -sS -H 'Authorization: Bearer \(token("clerk"))'"
        let partner = "curl -sS -H 'Authorization: Bearer \(token(Establishment.partner))'"
        let name = PercentCoding.encode(commonName)
        return [
            "\(clerk) '\(url)/api/v1/people?name=\(name)&count=true&limit=3'",
            "\(clerk) '\(url)/api/v1/households?size.ge=8&members=true&limit=1'",
            "\(partner) -H 'Content-Type: application/json' '\(url)/registry/sync/search' -d '\(message.text)'",
        ]
    }

    /// The commonest family name of the profile; it has no quote in it, which is seen to.
    private var commonName: String {
        let weighted = profileNames.compactMap { name, weight in weight.int.map { (name, $0) } }
        return weighted.max { $0.1 < $1.1 }?.0.replacing("'", with: "") ?? "Maria"
    }

    private var profileNames: JSONObject { house.profile.names["family"]?["names"]?.object ?? [:] }

    /// A DCI sync search: somebody of the demo by number, else who was born on a day.
    private var message: JSON {
        let criteria: JSON =
            if let example {
                [
                    "version": "1.0.0", "reg_type": "ns:org:RegistryType:Social", "query_type": "idtype-value",
                    "query": ["type": "UIN", "value": .string(example)],
                ]
            } else {
                [
                    "version": "1.0.0", "reg_type": "ns:org:RegistryType:Social", "query_type": "predicate",
                    "query": [["attribute_name": "birth_date", "operator": "eq", "attribute_value": "2000-01-01"]],
                ]
            }
        return [
            "signature": "",
            "header": [
                "version": "1.0.0", "message_id": .string(example.map { "try-\($0)" } ?? "try"),
                "message_ts": "2026-01-01T00:00:00Z", "action": "search", "sender_id": "try", "receiver_id": "kith",
                "total_count": 1,
            ],
            "message": [
                "transaction_id": "try",
                "search_request": [
                    ["reference_id": "1", "timestamp": "2026-01-01T00:00:00Z", "search_criteria": criteria]
                ],
            ],
        ]
    }

    /// The lines as a script that is kept.
    var script: String {
        "#!/bin/sh\n# Three questions to the registry, with the tokens of this installation: keep them to yourself.\n"
            + lines.map { $0 + "\n" + "echo\n" }.joined()
    }

    func text(startedIn took: Duration) -> String {
        let folder = house.ground.data
        var text = "\nkith is ready at \(url) (started in \(took.inMilliseconds) ms)\n\n"
        guard !isKept else {
            return text + "Credentials: \(folder.credentials)\nThree lines to try: \(folder.tryScript)\n"
        }
        text += "Credentials of this installation, kept in \(folder.credentials):\n"
        let width = credentials.entries.map(\.name.count).max() ?? 0
        for entry in credentials.entries {
            let name = entry.name + String(repeating: " ", count: width - entry.name.count)
            text += "  \(name)  \(entry.token.reveal())\n"
        }
        if credentials.entries.isEmpty { text += "  none here; kith token issue NAME makes one\n" }
        return text + "\nTo try (also in \(folder.tryScript)):\n\n" + lines.joined(separator: "\n\n") + "\n"
    }

    func object(startedIn took: Duration) -> JSONObject {
        [
            "ready": .bool(true), "url": .string(url), "started_in_ms": .number(JSONNumber(took.inMilliseconds)),
            "data": .string(house.ground.data.path), "credentials": .string(house.ground.data.credentials),
            "try": .string(house.ground.data.tryScript),
        ]
    }
}
