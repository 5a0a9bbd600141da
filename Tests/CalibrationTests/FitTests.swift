import Calibration
import Testing

/// Invented surveys with known truth.
private struct Invented {
    var design: Matrix
    var outcome: [Double]
    private var state: UInt64 = 7

    /// Two columns and an intercept; the outcome is exact where `noise` is zero.
    init(rows: Int, noise: Double, _ coefficients: [Double] = [2, -0.5, 3]) {
        design = Matrix(rows: rows, columns: 3)
        outcome = []
        for row in 0..<rows {
            design[row, 0] = 1
            design[row, 1] = uniform() * 10
            design[row, 2] = uniform() * 1000
            let exact = (0..<3).reduce(0.0) { $0 + coefficients[$1] * design[row, $1] }
            outcome.append(exact + noise * (uniform() - 0.5))
        }
    }

    mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }
}

@Suite struct `Fitting a formula` {
    private let names = ["(intercept)", "a", "b"]

    @Test func `by least squares recovers planted coefficients`() throws {
        let survey = Invented(rows: 400, noise: 0)

        let found = try LeastSquares.fit(survey.design, survey.outcome, names: names)

        for (value, planted) in zip(found, [2, -0.5, 3]) { #expect(abs(value - planted) < 1e-9) }
    }

    @Test func `weighs a row of weight two as two rows, and one of weight zero as none`() throws {
        let survey = Invented(rows: 60, noise: 4)
        let weights = (0..<60).map { Double($0 % 3) }
        let doubled = (0..<60).flatMap { row in Array(repeating: row, count: row % 3) }

        let weighted = try LeastSquares.fit(survey.design, survey.outcome, weights: weights, names: names)
        let repeated = try LeastSquares.fit(
            survey.design.rows(doubled), doubled.map { survey.outcome[$0] }, names: names)

        for (a, b) in zip(weighted, repeated) { #expect(abs(a - b) < 1e-9) }
    }

    @Test func `refuses columns that depend on one another, by their names`() {
        let survey = Invented(rows: 50, noise: 1)
        var wide = Matrix(rows: 50, columns: 4)
        for row in 0..<50 {
            for column in 0..<3 { wide[row, column] = survey.design[row, column] }
            wide[row, 3] = 2 * survey.design[row, 1] - 7
        }

        let fault = #expect(throws: CalibrationFault.self) {
            try LeastSquares.fit(wide, survey.outcome, names: names + ["twice"])
        }

        guard case .rankDeficient(let columns)? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(columns.count == 1)
        let all = Set(columns.flatMap { [$0.name] + $0.madeOf })
        #expect(all == ["(intercept)", "a", "twice"])
    }

    @Test func `refuses weights below zero and too few rows`() {
        let survey = Invented(rows: 5, noise: 1)

        #expect(throws: CalibrationFault.badWeight(row: 2)) {
            try LeastSquares.fit(survey.design, survey.outcome, weights: [1, -1, 1, 1, 1], names: names)
        }
        #expect(throws: CalibrationFault.tooFewRows(rows: 2, columns: 3)) {
            try LeastSquares.fit(survey.design, survey.outcome, weights: [0, 0, 0, 1, 1], names: names)
        }
    }

    @Test(arguments: [0.2, 0.5, 0.9]) func `at a quantile leaves that share below`(quantile: Double) throws {
        let survey = Invented(rows: 1000, noise: 100)

        let found = try QuantileRegression.fit(survey.design, survey.outcome, quantile: quantile, names: names)

        let below = zip(survey.outcome, survey.design.times(found)).count { $0 < $1 - 1e-6 }
        // With an intercept, at most q·n lie below and at most (1 − q)·n above, up to the rows on the plane itself.
        #expect(abs(Double(below) / 1000 - quantile) <= 0.004)
    }

    @Test func `at a quantile finds the least loss`() throws {
        var survey = Invented(rows: 300, noise: 100)
        let weights = (0..<300).map { 1 + Double($0 % 4) }
        func loss(_ coefficients: [Double]) -> Double {
            zip(zip(survey.outcome, survey.design.times(coefficients)), weights).reduce(0) { sum, pair in
                let residual = pair.0.0 - pair.0.1
                return sum + pair.1 * residual * (residual < 0 ? -0.7 : 0.3)
            }
        }
        let found = try QuantileRegression.fit(
            survey.design, survey.outcome, quantile: 0.3, weights: weights, names: names)
        let least = loss(found)

        for _ in 0..<200 {
            var other = found
            for index in other.indices { other[index] *= 1 + (survey.uniform() - 0.5) / 1000 }
            #expect(loss(other) >= least - 1e-6)
        }
    }

    @Test func `at the middle of an odd sample without columns finds the median`() throws {
        var design = Matrix(rows: 5, columns: 1)
        for row in 0..<5 { design[row, 0] = 1 }

        let found = try QuantileRegression.fit(design, [9, 1, 100, 3, 5], quantile: 0.5, names: ["(intercept)"])

        #expect(abs(found[0] - 5) < 1e-6)
    }

    @Test func `puts a cluster into the fold that its name says`() {
        #expect(Folds.fnv1a("12-15-102-22") == 18_274_646_732_977_931_878)
        #expect(Folds.fold(of: "12-15-102-22", count: 5) == 3)
    }

    @Test func `predicts each row by a model that has not seen its fold`() throws {
        let survey = Invented(rows: 100, noise: 0)
        var spoiled = survey.outcome
        let folds = (0..<100).map { $0 % 4 }
        for row in 0..<100 where folds[row] == 2 { spoiled[row] += 1000 }

        let predicted = try Folds.outOfFold(survey.design, folds: folds) { rows throws(CalibrationFault) in
            try LeastSquares.fit(survey.design.rows(rows), rows.map { spoiled[$0] }, names: names)
        }

        for row in 0..<100 where folds[row] == 2 { #expect(abs(predicted[row] - survey.outcome[row]) < 1e-6) }
    }
}

@Suite struct `Judging scores` {
    private let survey = LabelledSurvey(
        truth: [1, 2, 3, 4, 5], scores: [1, 3, 2, 4, 5], weights: [1, 2, 1, 1, 5], line: 3)

    @Test func `takes the household that reaches the share, and ties by row`() {
        #expect(LabelledSurvey.poorest([1, 1, 0], [1, 1, 1], share: 0.5) == [true, false, true])
        #expect(LabelledSurvey.poorest([1, 2, 3], [1, 1, 1], share: 1.0 / 3) == [true, false, false])
        #expect(LabelledSurvey.poorest([], [], share: 0.5) == [])
    }

    @Test func `counts errors by weight`() {
        let metrics = survey.metrics()

        // Of the poorest 30 % (households 1 and 2, weight 3), the scores find household 1 and, reaching 3, also 3 and 2.
        #expect(metrics.povertyRate == 0.3)
        #expect(abs(metrics.atPovertyRate.exclusion - 0) < 1e-12)
        #expect(abs(metrics.atPovertyRate.inclusion - 0.25) < 1e-12)
        #expect(abs(metrics.atLine.povertyAccuracy - 1.0 / 3) < 1e-12)
        #expect(abs(metrics.atLine.leakageOverPoor - 1.0 / 3) < 1e-12)
        #expect(abs(metrics.atLine.balancedAccuracy - 0) < 1e-12)
        #expect(abs(metrics.spearman - 0.9) < 1e-12)
        // Pairs of poor and not: 3 × 7 by weight, of which household 2 before 3 is wrong: 2 × 1.
        #expect(abs(metrics.auc - 19.0 / 21) < 1e-12)
    }

    @Test func `finds everybody with perfect scores`() {
        let perfect = LabelledSurvey(
            truth: Array(stride(from: 1, through: 100, by: 1)), scores: Array(stride(from: 1, through: 100, by: 1)),
            weights: Array(repeating: 1, count: 100), line: 21)
        let metrics = perfect.metrics()

        #expect(metrics.shares.allSatisfy { $0.exclusion == 0 && $0.inclusion == 0 })
        #expect(metrics.coverageByDecile == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(metrics.rSquared == 1 && metrics.auc == 1 && metrics.spearman == 1)
        #expect(metrics.shares[1].cgh40 == 2.5)
    }

    @Test func `draws whole clusters, the same ones for the same seed`() throws {
        let clusters = (0..<200).map { String($0 / 10) }
        var one = ClusterBootstrap(clusters: clusters, draws: 50, seed: 3)
        var two = ClusterBootstrap(clusters: clusters, draws: 50, seed: 3)
        let mean: ([Int]) -> Double = { rows in Double(rows.reduce(0, +)) / Double(rows.count) }

        let drawn = one.interval(mean)
        let again = two.interval(mean)
        let interval = try #require(drawn)

        #expect(interval == again)
        #expect(interval.contains(99.5))
        #expect(quantile([1, 2, 3, 4], 0.5) == 2.5)
    }
}

@Suite struct `Judging a choice` {
    private let survey = LabelledSurvey(
        truth: [1, 2, 3, 4], scores: [1, 2, 4, 3], weights: [0, 1, 1, 2], line: 2.5)

    @Test func `takes a poorest row without people as part of the first tenth`() {
        let judged = survey.judge(survey.chosen(share: 0.5))

        #expect(judged.coverageByDecile.count == 10 && abs(judged.selected - 0.75) < 1e-12)
        #expect(survey.metrics().coverageByDecile.count == 10)
    }

    @Test func `of a share of nothing chooses nobody`() {
        #expect(survey.chosen(share: 0) == [false, false, false, false])
        #expect(survey.judge(survey.chosen(share: 0)).selected == 0)
    }

    @Test func `of a survey without people does not end the program`() {
        let empty = LabelledSurvey(truth: [1, 2], scores: [1, 2], weights: [0, 0], line: 1.5)

        #expect(empty.judge([true, false]).coverageByDecile.count == 10)
        #expect(empty.metrics().coverageByDecile.count == 10)
    }
}
