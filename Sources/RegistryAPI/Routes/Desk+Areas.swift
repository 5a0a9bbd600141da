import Documents
import Groundwork
import Linkage
import Registry
import Web

extension Desk {
    var areaRoutes: [Route] {
        let reference: Route.Parameter = .path(
            "reference", .text, "geography:code, system:code, or a plain code of the geography in force.")
        return [
            .get(
                "/api/v1/areas", needs: .readRegistry, "Find areas",
                operation: Operations.read(
                    "findAreas", .areas, answer: "AreaPage",
                    [
                        .query("name", "Beginning of a name or of another spelling; accents and case do not matter."),
                        .query("within", "Only below this area."),
                        .query("parent", "Only directly below this area."),
                        .query("geography", "Only of this division; all when not given."),
                        .query("level", .integer(minimum: 0, maximum: 20), "Only of this level; 0 is the country."),
                        .query("set", "Only of this named set."), Operations.limit(500, standard: 100),
                        Operations.after,
                    ], note: "In the order of a walk through the tree."),
                answered(findAreas)),
            .get(
                "/api/v1/areas/{reference}", needs: .readRegistry, "Read an area",
                operation: Operations.read("readArea", .areas, answer: "Area", [reference]), answered(readArea)),
            .get(
                "/api/v1/areas/{reference}/children", needs: .readRegistry, "List the areas directly below an area",
                operation: Operations.read("listChildAreas", .areas, answer: "AreaPage", [reference]),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    let area = try area(call.request.parameter("reference"))
                    return AreaAnswer.page(context.areas.index.children(of: area.id), next: nil)
                }),
            .get(
                "/api/v1/area-sets", needs: .readRegistry, "List the named sets of areas",
                operation: Operations.read("listAreaSets", .areas, answer: "AreaSets"),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    let index = context.areas.index
                    return AreaAnswer.sets(try await sets(call), index)
                }),
            .get(
                "/api/v1/area-sets/{code}", needs: .readRegistry, "Read a named set of areas",
                operation: Operations.read(
                    "readAreaSet", .areas, answer: "AreaSet", [.path("code", .text, "Code of the set.")]),
                answered { call in
                    let code = call.request.parameter("code")
                    guard let found = try await sets(call).first(where: { $0.code == code }) else {
                        throw APIFault.setNotFound
                    }
                    return AreaAnswer.set(found, context.areas.index)
                }),
        ]
    }

    private func sets(_ call: Call) async throws -> [AreaFacts.NamedSet] {
        try await reading(call) { tx in try await AreaFacts.sets(in: tx) }
    }

    private func area(_ reference: String) throws -> Area {
        guard let area = context.areas.index.area(reference) else { throw RegistryFault.areaNotFound }
        return area
    }

    private func readArea(_ call: Call) async throws -> Response {
        let area = try area(call.request.parameter("reference"))
        let names = try await reading(call) { tx in
            try await AreaFacts.names(of: area, in: tx)
        }
        return AreaAnswer.one(area, context.areas.index, aliases: names.aliases, codes: names.codes)
    }

    /// An area named by a parameter; unknown ones become a finding.
    private func area(_ name: String, _ query: inout QueryReader) -> Area? {
        guard let text = query.text(name) else { return nil }
        if let area = context.areas.index.area(text) { return area }
        query.refuse(name, "area.unknown", "No area has this code; look it up by name.")
        return nil
    }

    private func findAreas(_ call: Call) async throws -> Response {
        let index = context.areas.index
        var query = QueryReader(call.request)
        let name = query.text("name").map { NameNormaliser().normalised($0) }
        let within = area("within", &query)
        let parent = area("parent", &query)
        let geography = query.text("geography")
        let level = query.int("level", in: 0...20)
        let set = query.text("set")
        if let set, index.sets[set] == nil { query.refuse("set", "area_set.unknown", "No area set has this code.") }
        let limit = query.int("limit", in: 1...500) ?? 100
        let after = query.int("after", in: 0...Int(Int32.max))
        try query.finish()
        let ranges = set.flatMap { index.sets[$0] }
        let named = name.map { index.areas(beginning: $0) }
        let found = index.areas.lazy.filter { area in
            area.preorder > after ?? -1 && within?.range.contains(area.preorder) ?? true
                && parent.map { area.parent == $0.id } ?? true && geography.map { area.geography == $0 } ?? true
                && level.map { area.level == $0 } ?? true && named?.contains(area.id) ?? true
                && ranges.map { $0.contains { $0.contains(area.preorder) } } ?? true
        }
        let page = Array(found.prefix(limit + 1))
        let next = page.count > limit ? page[limit - 1].preorder : nil
        return AreaAnswer.page(Array(page.prefix(limit)), next: next.map { String($0) })
    }
}

extension AreaIndex {
    /// Ids of the areas of which some spelling begins with the normalised text.
    func areas(beginning text: String) -> Set<Int> {
        var ids: Set<Int> = []
        for name in normalisedNames where name.hasPrefix(text) {
            for area in areas(named: name) { ids.insert(area.id) }
        }
        return ids
    }
}
