public import Groundwork

extension Formula {
    /// Refuses formulas of which two would score one household on one day.
    ///
    /// - Returns: a finding for each pair with a common day and a common stratum; a formula without strata meets every other. Versions
    ///   of one formula count as two, so that the older one must end before the newer one begins.
    public static func overlaps(_ formulas: [Formula]) -> [Finding] {
        var findings: [Finding] = []
        for (place, one) in formulas.enumerated() {
            for other in formulas[(place + 1)...] where one.sharesDay(with: other) {
                guard let stratum = one.sharedStratum(with: other) else { continue }
                findings.append(
                    Finding(
                        FieldPath(["\(other.code)@\(other.version)", "valid_from"]), code: "scorecards.two_formulas",
                        "\(one.code) version \(one.version) and \(other.code) version \(other.version) would both score \(stratum); "
                            + "end one (valid_to) before the other begins."))
            }
        }
        return findings
    }

    private func sharesDay(with other: Formula) -> Bool {
        func endsBefore(_ left: Formula, _ right: Formula) -> Bool {
            guard let end = left.validTo, let begin = right.validFrom else { return false }
            return end < begin
        }
        return !endsBefore(self, other) && !endsBefore(other, self)
    }

    private func sharedStratum(with other: Formula) -> String? {
        guard selector != nil, other.selector != nil else { return "everybody" }
        return strata.first { other.stratum($0.code) != nil }.map { "the stratum \($0.code)" }
    }
}
