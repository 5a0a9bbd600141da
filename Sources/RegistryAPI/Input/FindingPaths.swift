import Groundwork

/// Where in the request a finding of the registry belongs.
///
/// The registry names attributes beside one another; requests carry them in the member `attributes`.
enum FindingPaths: Sendable {
    /// The command carries attributes.
    case attributes
    /// The finding's place is the request's.
    case plain

    /// Members that stand beside `attributes` in a request.
    private static let beside: Set<String> = [
        "absorbed", "survivor", "identifiers", "phones", "source_key", "role", "relationship", "recipient", "id",
        "members", "successor",
        "observed_on", "assurance", "mother", "father", "household", "place", "registration",
    ]

    func place(_ path: FieldPath) -> FieldPath {
        guard self == .attributes else {
            // A death is stated by its day, which is the day of observation.
            return path.steps == ["death_date"] ? "observed_on" : path
        }
        var rest = path.steps[...]
        var steps: [String] = []
        if rest.first == "member" { rest = rest.dropFirst() }
        if rest.first == "members", rest.count > 1 {
            steps += rest.prefix(2)
            rest = rest.dropFirst(2)
        } else if rest.first == "child" {
            steps.append("child")
            rest = rest.dropFirst()
        }
        guard let name = rest.first else { return FieldPath(steps) }
        if !Self.beside.contains(name) { steps.append("attributes") }
        return FieldPath(steps + rest)
    }

    func place(_ findings: [Finding]) -> [Finding] {
        findings.map { finding in
            var moved = finding
            moved.path = place(finding.path)
            return moved
        }
    }
}
