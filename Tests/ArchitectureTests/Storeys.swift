/// The plan of the house as data: who stands where, and which neighbours may be used.
enum Storeys {
    struct Room {
        let name: String
        let storey: Int
        /// Targets of the same storey, and C libraries, that this one may import.
        let neighbours: [String]

        init(_ name: String, _ storey: Int, beside neighbours: String...) {
            (self.name, self.storey, self.neighbours) = (name, storey, neighbours)
        }
    }

    static let all: [Room] = [
        Room("CPostgres", 0), Room("CMicrohttpd", 0), Room("CCrypto", 0), Room("CZlib", 0),
        Room("CZip", 0), Room("CXML", 0), Room("CLAPACK", 0), Room("CHaru", 0),

        Room("Groundwork", 1),
        Room("Documents", 1, beside: "Groundwork"),
        Room("Spreadsheets", 1, beside: "Groundwork", "CZip", "CXML"),
        Room("Cryptography", 1, beside: "Groundwork", "Documents", "CCrypto"),
        Room("Telemetry", 1, beside: "Groundwork"),
        Room("Runtime", 1, beside: "Groundwork", "Documents", "Telemetry"),
        Room("Postgres", 1, beside: "Groundwork", "Telemetry", "Runtime", "CPostgres"),
        Room("Web", 1, beside: "Groundwork", "Documents", "Telemetry"),
        Room("WebServer", 1, beside: "Groundwork", "Telemetry", "Runtime", "Web", "CMicrohttpd", "CZlib"),
        Room("Markup", 1),
        Room("Printing", 1, beside: "Groundwork", "CHaru"),

        Room("Linkage", 2),
        Room("Encodings", 2, beside: "Linkage"),
        Room("Scorecards", 2),
        Room("Calibration", 2, beside: "CLAPACK"),
        Room("Rules", 2),

        Room("Schema", 3),
        Room("Registry", 3, beside: "Schema"),
        Room("Access", 3, beside: "Registry"),
        Room("Audit", 3, beside: "Registry", "Access"),
        Room("Profiles", 3, beside: "Registry"),
        Room("Search", 3, beside: "Registry"),

        Room("Intake", 4),
        Room("Quality", 4),
        Room("Matching", 4),
        Room("Targeting", 4),
        Room("Demo", 4),
        Room("Trials", 4),
        Room("Rounds", 4),

        Room("Gates", 5), Room("DCI", 5), Room("RegistryAPI", 5), Room("AdminSite", 5),

        Room("kith", 6), Room("kith-bench", 6),
    ]

    /// Targets that only the doors and the roof may import, and the one that only the roof may.
    static let onlyFrom: [String: Int] = ["Web": 5, "Markup": 5, "WebServer": 6]

    /// Modules of the toolchain that anybody may import.
    static let toolchain: Set<String> = ["Foundation", "Glibc", "Dispatch", "Synchronization"]

    /// Nil when the import is right, else why it is not.
    static func objection(to imported: String, in importer: String) -> String? {
        if toolchain.contains(imported) { return nil }
        guard let from = all.first(where: { $0.name == importer }) else { return "\(importer) stands in no storey" }
        guard let target = all.first(where: { $0.name == imported }) else { return "\(imported) is none of ours" }
        if from.neighbours.contains(imported) { return nil }
        if target.storey > from.storey { return "\(imported) stands above \(importer)" }
        if target.storey == from.storey { return "\(imported) is a neighbour that \(importer) may not use" }
        if target.storey == 0 { return "\(imported) has its own Swift face; \(importer) must use that" }
        if let least = onlyFrom[imported], from.storey < least { return "\(imported) is for the doors alone" }
        return nil
    }
}
