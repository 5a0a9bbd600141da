import Documents
import Runtime

extension Command {
    static let settings: Command = Command(
        "settings", "shows every setting, its value and where the value came from, and the places in use",
        explanation: """
            Settings come from the command line, else from KITH_… variables, else from the settings file, else from their
            defaults. All mistakes are told at once. Secrets are shown as dots.
            """,
        options: [Option("reference", nil, "print the table of all settings as Markdown, for the manual")],
        examples: [
            Example("kith settings", "what holds here and now"),
            Example("KITH_HTTP_PORT=80 kith settings --json", "the same for programs"),
        ],
        run: { invocation in
            if invocation.has("reference") {
                invocation.console.output.write(SettingKey.reference(SettingsTable.all))
                return .ok
            }
            let ground = try Ground(invocation)
            let places: KeyValuePairs = [
                "home": ground.home.root, "data": ground.data.path, "profile": ground.profileFolder,
                "key file": ground.keyFile, "files": ground.filesFolder,
            ]
            var object = object(invocation.settings)
            object["in_use"] = .object(JSONObject(places.map { ($0.key, .string($0.value)) }))
            invocation.console.result(
                invocation.settings.describe() + "\nin use\n"
                    + places.map { "  \($0.key): \($0.value)" }.joined(separator: "\n"), object)
            return .ok
        })

    private static func object(_ settings: Settings) -> JSONObject {
        var object: JSONObject = [:]
        for key in SettingsTable.all.sorted(by: { $0.name < $1.name }) {
            let value: JSON =
                key.isSecret
                ? .bool(settings.isSet(key)) : settings.textIfSet(key).map(JSON.string) ?? .null
            let origin: JSON = settings.origin(of: key).map { .string($0.description) } ?? .null
            object[key.name] = [key.isSecret ? "isSet" : "value": value, "origin": origin]
        }
        return object
    }
}
