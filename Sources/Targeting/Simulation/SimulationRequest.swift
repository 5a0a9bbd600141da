package import Documents
package import Groundwork
package import Scorecards

/// A way of choosing households by their scores, before anything is decided.
package struct SimulatedChoice: Sendable {
    package enum Rule: Sendable {
        /// Everybody at or on the poor side of a score, itself included.
        case cutOff(ExactDecimal)
        /// The poorest share of the scored households; the household that reaches it is in.
        case coverage(ExactDecimal)
        /// So many households, the poorest first.
        case places(Int)
        /// As many as the money pays for.
        case budget(minor: Int)
    }

    package var formula: String
    /// Nil for the version in force, else the newest.
    package var version: Int?
    package var rule: Rule

    package init(formula: String, version: Int? = nil, rule: Rule) {
        (self.formula, self.version, self.rule) = (formula, version, rule)
    }
}

/// What is to be simulated: a choice, another to hold it against, and how the answer is divided.
package struct SimulationRequest: Sendable {
    package var choice: SimulatedChoice
    package var against: SimulatedChoice?
    /// Code or reference of the area; nil for the whole registry.
    package var area: String?
    /// Level by which the answer is divided, e.g. 1 for provinces; nil for no division.
    package var level: Int?
    /// What a chosen household costs, in minor units of the currency.
    package var benefitMinor: Int?

    package init(
        choice: SimulatedChoice, against: SimulatedChoice? = nil, area: String? = nil, level: Int? = nil,
        benefitMinor: Int? = nil
    ) {
        (self.choice, self.against, self.area) = (choice, against, area)
        (self.level, self.benefitMinor) = (level, benefitMinor)
    }
}

extension SimulationRequest {
    /// What a household may cost, in minor units: times all households of a large country it is still a 64-bit number.
    package static let benefits: ClosedRange<Int> = 1...10_000_000_000

    /// Reads `{"choice": {"formula", "version", "cut_off" | "coverage" | "places" | "budget_minor"}, "against": {…}, "area",
    /// "level", "benefit_minor"}`.
    ///
    /// - Throws: every mistake with its place.
    package init(_ json: JSON) throws(InvalidInput) {
        var reader = JSONReader(json)
        var (choice, against): (SimulatedChoice?, SimulatedChoice?) = (nil, nil)
        reader.object("choice") { (inner: inout JSONReader) in choice = SimulatedChoice(&inner) }
        reader.object("against", isRequired: false) { (inner: inout JSONReader) in against = SimulatedChoice(&inner) }
        area = reader.optional("area")
        level = reader.optional("level")
        benefitMinor = reader.optional("benefit_minor")
        if let benefitMinor, !Self.benefits.contains(benefitMinor) {
            reader.report(
                "benefit_minor", code: "targeting.simulation.benefit",
                "must be an amount from \(Self.benefits.lowerBound) to \(Self.benefits.upperBound).")
        }
        reader.unknown(allowed: ["choice", "against", "area", "level", "benefit_minor"])
        for (name, part) in [("choice", choice), ("against", against)] {
            if case .budget? = part?.rule, benefitMinor == nil {
                reader.report(
                    name, code: "targeting.simulation.benefit", "a budget needs benefit_minor, what a household costs.")
            }
        }
        guard let choice, reader.findings.isEmpty else {
            throw InvalidInput(reader.findings, code: "targeting.simulation.invalid")
        }
        (self.choice, self.against) = (choice, against)
    }
}

extension SimulatedChoice {
    fileprivate init?(_ reader: inout JSONReader) {
        let formula: String? = reader.required("formula")
        version = reader.optional("version")
        let cutOff: ExactDecimal? = reader.optional("cut_off")
        let coverage: ExactDecimal? = reader.optional("coverage")
        let places: Int? = reader.optional("places")
        let budget: Int? = reader.optional("budget_minor")
        reader.unknown(allowed: ["formula", "version", "cut_off", "coverage", "places", "budget_minor"])
        if let coverage, coverage < .zero || .one < coverage {
            reader.report("coverage", code: "targeting.simulation.coverage", "must be a share from 0 to 1.")
        }
        for (name, value) in [("places", places), ("budget_minor", budget)] {
            if let value, value < 0 {
                reader.report(name, code: "targeting.simulation.negative", "must not be negative.")
            }
        }
        let rules: [Rule] = [
            cutOff.map { .cutOff($0) }, coverage.map { .coverage($0) }, places.map { .places($0) },
            budget.map { .budget(minor: $0) },
        ].compactMap { $0 }
        guard rules.count == 1, let rule = rules.first else {
            reader.report(
                "choice", code: "targeting.simulation.rule",
                "say exactly one of cut_off, coverage, places and budget_minor.")
            return nil
        }
        guard let formula else { return nil }
        (self.formula, self.rule) = (formula, rule)
    }
}
