// swift-tools-version: 6.2
// The map of the house. Storeys from the ground up; a target may use what stands below it, and the
// few neighbours named here. Tests/ArchitectureTests holds this file to Sources/README.md.
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func proof(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let clibraries: [Target] = [
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CLAPACK", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CHaru", providers: [.apt(["libhpdf-dev"])]),
]

let kit: [Target] = [
    room("Groundwork"),
    room("Documents", ["Groundwork"]),
    room("Spreadsheets", ["Groundwork", "CZip", "CXML"]),
    room("Cryptography", ["Groundwork", "Documents", "CCrypto"]),
    room("Telemetry", ["Groundwork"]),
    room("Runtime", ["Groundwork", "Documents", "Telemetry"]),
    room("Postgres", ["Groundwork", "Telemetry", "Runtime", "CPostgres"]),
    room("Web", ["Groundwork", "Documents", "Telemetry"]),
    room("WebServer", ["Groundwork", "Telemetry", "Runtime", "Web", "CMicrohttpd", "CZlib"]),
    room("Markup"),
    room("Printing", ["Groundwork", "CHaru"]),
]

let sciences: [Target] = [
    room("Linkage", ["Groundwork", "Documents"]),
    room("Encodings", ["Groundwork", "Cryptography", "Linkage"]),
    room("Scorecards", ["Groundwork", "Documents", "Cryptography"]),
    room("Calibration", ["Groundwork", "CLAPACK"]),
    room("Rules", ["Groundwork"]),
]

let trunk: [Target] = [
    room("Schema", ["Groundwork", "Runtime", "Postgres"], exclude: ["Migrations"]),
    room(
        "Registry",
        ["Groundwork", "Documents", "Cryptography", "Telemetry", "Runtime", "Postgres", "Linkage", "Schema"]),
    room("Access", ["Groundwork", "Documents", "Cryptography", "Telemetry", "Runtime", "Postgres", "Registry"]),
    room(
        "Audit",
        ["Groundwork", "Documents", "Cryptography", "Telemetry", "Runtime", "Postgres", "Registry", "Access"]),
    room(
        "Profiles",
        [
            "Groundwork", "Documents", "Cryptography", "Telemetry", "Runtime", "Postgres", "Linkage", "Registry",
            "Scorecards",
        ]),
    room(
        "Search", ["Groundwork", "Documents", "Cryptography", "Telemetry", "Postgres", "Linkage", "Rules", "Registry"]),
]

let trunkAndBelow: [Target.Dependency] = [
    "Groundwork", "Documents", "Cryptography", "Telemetry", "Runtime", "Postgres", "Linkage", "Registry", "Access",
    "Audit", "Profiles", "Search",
]

let rooms: [Target] = [
    room("Intake", trunkAndBelow + ["Spreadsheets"]),
    room("Quality", trunkAndBelow),
    room("Matching", trunkAndBelow),
    room("Targeting", trunkAndBelow + ["Scorecards"]),
    room("Demo", trunkAndBelow),
    room("Trials", trunkAndBelow),
    room("Rounds", trunkAndBelow + ["Rules", "Scorecards", "Printing"]),
]

let doors: [Target] = [
    room("Gates", ["Groundwork", "Cryptography", "Telemetry", "Runtime", "Registry", "Access", "Audit", "Web"]),
    room("DCI", trunkAndBelow + ["Intake", "Web"]),
    room("RegistryAPI", trunkAndBelow + ["Intake", "Quality", "Matching", "Targeting", "Rounds", "Scorecards", "Web"]),
    room("AdminSite", trunkAndBelow + ["Intake", "Web", "Markup"]),
]

let roof: [Target] = [
    .executableTarget(
        name: "kith",
        dependencies: trunkAndBelow + [
            "Schema", "Intake", "Quality", "Matching", "Targeting", "Rounds", "Demo", "Trials", "DCI", "RegistryAPI",
            "AdminSite", "Gates", "Web", "WebServer", "Markup", "Scorecards", "Calibration", "Rules", "Printing",
            "Encodings",
        ],
        swiftSettings: strict),
    .executableTarget(
        name: "kith-bench",
        dependencies: trunkAndBelow + [
            "Schema", "Intake", "Matching", "Targeting", "Demo", "Trials", "DCI", "RegistryAPI", "AdminSite", "Gates",
            "Web",
            "WebServer", "Rounds", "Rules", "Scorecards",
        ],
        swiftSettings: strict),
]

let tests: [Target] = [
    .target(
        name: "TestKit", dependencies: trunkAndBelow + ["Schema", "Intake", "Web", "CZip"], path: "Tests/Support",
        swiftSettings: strict),
    proof("GroundworkTests", ["Groundwork"]),
    proof("DocumentsTests", ["Documents", "Groundwork"]),
    proof("CryptographyTests", ["Cryptography", "Groundwork"]),
    proof("RuntimeTests", ["Runtime", "Telemetry", "Groundwork", "Documents"]),
    proof("PostgresTests", ["Postgres", "Groundwork", "Runtime", "Telemetry", "TestKit"]),
    proof("WebTests", ["Web", "WebServer", "Markup", "CZlib", "Groundwork", "Documents", "Telemetry", "Runtime"]),
    proof("LinkageTests", ["Linkage", "Documents", "Groundwork"]),
    proof("EncodingsTests", ["Encodings", "Linkage", "Groundwork"]),
    proof("TrialsTests", ["TestKit", "Trials"] + trunkAndBelow),
    proof("ScorecardsTests", ["Scorecards", "Documents", "Groundwork", "TestKit"]),
    proof("CalibrationTests", ["Calibration", "Groundwork"]),
    proof("RulesTests", ["Rules", "Groundwork"]),
    proof("RegistryTests", ["TestKit"] + trunkAndBelow + ["Schema"]),
    proof("SearchTests", ["TestKit", "Rules"] + trunkAndBelow + ["Schema"]),
    proof("SpreadsheetsTests", ["TestKit", "Spreadsheets", "Groundwork"]),
    proof("IntakeTests", ["TestKit", "Intake", "Demo", "Schema", "Spreadsheets"] + trunkAndBelow),
    proof("MatchingTests", ["TestKit", "Matching", "Schema"] + trunkAndBelow),
    proof("RoundsTests", ["TestKit", "Rounds", "Rules", "Scorecards", "Printing", "Schema", "CZlib"] + trunkAndBelow),
    proof("TargetingTests", ["TestKit", "Targeting", "Scorecards", "Schema"] + trunkAndBelow),
    proof("QualityTests", ["TestKit", "Quality", "RegistryAPI", "Schema"] + trunkAndBelow),
    proof("ProfilesTests", ["TestKit", "Schema", "Scorecards"] + trunkAndBelow),
    proof("AuditTests", ["TestKit", "Schema"] + trunkAndBelow),
    proof("DCITests", ["TestKit", "DCI", "Intake", "Demo", "Gates", "Schema", "Web"] + trunkAndBelow),
    proof(
        "DoorTests",
        [
            "TestKit", "RegistryAPI", "AdminSite", "DCI", "Intake", "Quality", "Matching", "Targeting", "Rounds",
            "Demo",
            "Gates", "Schema", "Web", "WebServer", "Printing",
            "Markup",
            "kith",
        ]
            + trunkAndBelow),
    proof("ArchitectureTests", ["Documents", "Groundwork"]),
]

let package = Package(
    name: "kith",
    products: [
        .executable(name: "kith", targets: ["kith"]),
        .executable(name: "kith-bench", targets: ["kith-bench"]),
    ],
    targets: clibraries + kit + sciences + trunk + rooms + doors + roof + tests
)
