import Documents
import Groundwork

/// The tokens that were made for this installation, kept in a file that only its owner can read.
struct Credentials: Sendable {
    /// One actor's token.
    struct Entry: Sendable {
        var name: String
        var token: Sensitive<String>

        init(name: String, token: Sensitive<String>) {
            (self.name, self.token) = (name, token)
        }
    }

    var entries: [Entry]

    init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    subscript(name: String) -> Sensitive<String>? {
        entries.first { $0.name == name }?.token
    }

    static func load(_ folder: DataFolder) throws(RoofFault) -> Credentials {
        guard let bytes = try Files.read(folder.credentials) else { return Credentials() }
        guard let members = (try? JSON.parse(bytes))?["tokens"]?.object else {
            throw .fileUnreadable(folder.credentials, reason: "it is not what kith up wrote")
        }
        return Credentials(
            members.compactMap { member in
                member.value.string.map { Entry(name: member.key, token: Sensitive($0)) }
            })
    }

    /// Adds tokens, replacing those of the same name.
    mutating func add(_ fresh: [Entry]) {
        let names = Set(fresh.map(\.name))
        entries = entries.filter { !names.contains($0.name) } + fresh
    }

    func save(_ folder: DataFolder) throws(RoofFault) {
        var tokens: JSONObject = [:]
        for entry in entries { tokens[entry.name] = .string(entry.token.reveal()) }
        let json: JSON = ["tokens": .object(tokens)]
        try Files.write(json.serialized(pretty: true) + [0x0A], to: folder.credentials)
    }
}
