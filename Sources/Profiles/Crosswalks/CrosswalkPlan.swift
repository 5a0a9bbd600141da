import Documents

/// One crosswalk as the profile describes it: the two divisions, the files, and by which levels it is derived.
package struct CrosswalkPlan: Sendable {
    /// Which levels the derivation compares; words of the divisions' own `levels`.
    package struct Derivation: Sendable {
        /// Levels of the former division: the groups, and the units whose names are looked for.
        package var fromGroup: String
        package var fromUnit: String
        /// Levels of the new division: groups, units, and the parts among which the old units' names live on.
        package var toGroup: String
        package var toUnit: String
        package var toPart: String
        /// From 0 to 1000: how alike two names must be to be taken for spellings of one.
        package var similarity: Int

        package init(
            fromGroup: String, fromUnit: String, toGroup: String, toUnit: String, toPart: String, similarity: Int
        ) {
            (self.fromGroup, self.fromUnit) = (fromGroup, fromUnit)
            (self.toGroup, self.toUnit, self.toPart, self.similarity) = (toGroup, toUnit, toPart, similarity)
        }
    }

    /// Path of the description within the profile.
    package var file: String
    package var from: String
    package var to: String
    /// Paths within the profile.
    package var table: String
    package var unresolved: String
    package var overrides: String
    package var derivation: Derivation?

    /// Name of the files: `bi-former--bi-2023`.
    package var name: String { "\(from)--\(to)" }
}

/// An area of either division of which no line says, surely enough to read by, where it lies in the other.
package struct UnresolvedUnit: Sendable, Hashable {
    package enum Reason: String, Sendable, CaseIterable {
        /// No place of the other division bears the name, in any spelling.
        case nameNotFound = "name_not_found"
        /// Several places bear the name, and nothing tells which is meant.
        case severalPlaces = "several_places"
        /// The area was divided, so that it has no single successor.
        case divided
        /// What surrounds it came from several areas.
        case neighboursDisagree = "neighbours_disagree"
        /// Nothing around it is known either.
        case noNeighbour = "no_neighbour"
    }

    package var geography: String
    package var code: String
    package var level: String
    package var name: String
    package var reason: Reason
    /// Codes of the other division that come into question.
    package var candidates: [String]
}

extension CrosswalkPlan {
    init?(_ json: JSON, file: String) {
        guard let from = json["from"]?.string, let to = json["to"]?.string, let table = json["table"]?.string,
            let unresolved = json["unresolved"]?.string, let overrides = json["overrides"]?.string
        else { return nil }
        let folder = "areas/crosswalks/"
        self.init(
            file: file, from: from, to: to, table: folder + table, unresolved: folder + unresolved,
            overrides: folder + overrides, derivation: json["derivation"].flatMap(Derivation.init))
    }
}

extension CrosswalkPlan.Derivation {
    init?(_ json: JSON) {
        guard let fromGroup = json["from_group"]?.string, let fromUnit = json["from_unit"]?.string,
            let toGroup = json["to_group"]?.string, let toUnit = json["to_unit"]?.string,
            let toPart = json["to_part"]?.string, let similarity = json["similarity"]?.int
        else { return nil }
        self.init(
            fromGroup: fromGroup, fromUnit: fromUnit, toGroup: toGroup, toUnit: toUnit, toPart: toPart,
            similarity: similarity)
    }
}
