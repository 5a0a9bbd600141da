import Linkage

/// The areas of one division for comparing names: groups, units in them, and parts of the units.
struct NamedTree {
    struct Node {
        var code: String
        var name: String
        /// Name and other spellings, normalised.
        var names: Set<String>
        var chiefTown: String?
        var group: String
        /// The unit that a part lies in; of a unit, itself.
        var unit: String
    }

    let roots: [Geography.Entry]
    private(set) var groups: [Node] = []
    private(set) var units: [Node] = []
    private(set) var parts: [Node] = []
    private(set) var partsOf: [String: [Node]] = [:]
    private(set) var unitsOf: [String: [Node]] = [:]
    private(set) var byCode: [String: Node] = [:]

    init(_ geography: Geography, group: String, unit: String, part: String?, _ names: NameNormaliser) {
        roots = geography.entries.filter { $0.parent == nil }
        var parents: [String: String] = [:]
        var levels: [String: String] = [:]
        for entry in geography.entries {
            parents[entry.code] = entry.parent
            levels[entry.code] = entry.levelName
            guard [group, unit, part].contains(entry.levelName) else { continue }
            func around(_ level: String) -> String {
                var code: String? = entry.code
                while let here = code, levels[here] != level { code = parents[here] }
                return code ?? ""
            }
            let node = Node(
                code: entry.code, name: entry.name,
                names: Set(([entry.name] + entry.aliases).map(names.normalised)),
                chiefTown: entry.facts["chief_town"].map(names.normalised), group: around(group), unit: around(unit))
            byCode[entry.code] = node
            switch entry.levelName {
            case group: groups.append(node)
            case unit:
                units.append(node)
                unitsOf[node.group, default: []].append(node)
            default:
                parts.append(node)
                partsOf[node.unit, default: []].append(node)
            }
        }
    }
}
