import Documents

/// What was decided when a data folder was first used; later starts hold to it.
///
/// A server that was set up without a demo never gets one, whatever a later start says.
struct Installation: Sendable, Equatable {
    /// How far the demo population has come.
    enum Demo: String, Sendable {
        case none, planned, done
    }

    var households: Int
    var seed: Int
    var demo: Demo
    /// Whether the tokens of this installation were once kept in its credentials file.
    ///
    /// Who deletes the file afterwards wants it gone; only a start that was cut short makes tokens again.
    var hasCredentials: Bool = false

    init(households: Int, seed: Int) {
        (self.households, self.seed) = (households, seed)
        demo = households > 0 ? .planned : .none
    }

    /// Reads the record of a folder; nil on the first start.
    static func load(_ folder: DataFolder) throws(RoofFault) -> Installation? {
        guard let bytes = try Files.read(folder.installation) else { return nil }
        guard let json = try? JSON.parse(bytes), let demo = json["demo"]?.string.flatMap(Demo.init(rawValue:)),
            let households = json["households"]?.int, let seed = json["seed"]?.int
        else {
            throw .fileUnreadable(folder.installation, reason: "it is not what kith up wrote")
        }
        var installation = Installation(households: households, seed: seed)
        installation.demo = demo
        installation.hasCredentials = json["credentials"]?.bool ?? false
        return installation
    }

    func save(_ folder: DataFolder) throws(RoofFault) {
        let json: JSON = [
            "households": .number(JSONNumber(households)), "seed": .number(JSONNumber(seed)),
            "demo": .string(demo.rawValue), "credentials": .bool(hasCredentials),
        ]
        try Files.write(json.serialized(pretty: true) + [0x0A], to: folder.installation)
    }
}
