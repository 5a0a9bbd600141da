import Testing

@Suite struct `The storeys` {
    @Test func `name every target and no other`() throws {
        #expect(try Tree.folders(below: "Sources") == Storeys.all.map(\.name).sorted())
    }

    @Test func `are drawn in Sources README and declared in Package`() throws {
        let map = try #require(try Tree.file("Sources/README.md"))
        let package = try #require(try Tree.file("Package.swift"))

        for room in Storeys.all {
            #expect(map.text.contains("`\(room.name)`"), "Sources/README.md does not show \(room.name)")
            #expect(package.text.contains("\"\(room.name)\""), "Package.swift does not declare \(room.name)")
        }
    }

    @Test func `are imported downwards, and sideways only where the plan says so`() {
        for (file, source) in Tree.sources where file.path.hasPrefix("Sources/") {
            for (module, line) in source.imports {
                if let objection = Storeys.objection(to: module, in: file.target) {
                    Issue.record("\(file.path):\(line): \(objection)")
                }
            }
        }
    }

    @Test(arguments: [
        ("Runtime", "Registry", "above"), ("Telemetry", "Runtime", "neighbour"), ("Registry", "CPostgres", "own Swift"),
        ("Registry", "Web", "doors alone"), ("DCI", "WebServer", "doors alone"), ("kith", "Alamofire", "none of ours"),
        ("Intake", "Demo", "neighbour"), ("Nowhere", "Groundwork", "no storey"),
    ]) func `refuse a wrong arrow`(importer: String, imported: String, reason: String) {
        #expect(Storeys.objection(to: imported, in: importer)?.contains(reason) == true)
    }

    @Test(arguments: [
        ("Registry", "Groundwork"), ("Search", "Registry"), ("DCI", "Search"), ("DCI", "Web"), ("kith", "WebServer"),
        ("Postgres", "CPostgres"), ("Groundwork", "Foundation"),
    ]) func `allow a right arrow`(importer: String, imported: String) {
        #expect(Storeys.objection(to: imported, in: importer) == nil)
    }
}
