import CLAPACK

/// Linear quantile regression by the interior point method of Frisch and Newton.
///
/// Source: Portnoy and Koenker, The Gaussian hare and the Laplacian tortoise, Statistical Science 12 (1997), 279–300.
public enum QuantileRegression {
    /// The coefficients that minimise the weighted sum of asymmetric absolute residuals.
    ///
    /// - Parameters:
    ///   - quantile: between 0 and 1, both excluded.
    ///   - weights: above zero for each row; nil weighs all alike.
    public static func fit(
        _ design: Matrix, _ outcome: [Double], quantile: Double, weights: [Double]? = nil, names: [String]
    ) throws(CalibrationFault) -> [Double] {
        precondition(quantile > 0 && quantile < 1, "a quantile lies between 0 and 1")
        // The start, which also refuses columns that depend on one another.
        _ = try LeastSquares.fit(design, outcome, weights: weights, names: names)
        var (a, y) = (design, outcome)
        if let weights {
            for row in 0..<a.rows {
                for column in 0..<a.columns { a[row, column] *= weights[row] }
                y[row] *= weights[row]
            }
        }
        // Columns of one size settle in fewer steps.
        let sizes = (0..<a.columns).map { column in
            max((0..<a.rows).reduce(0.0) { max($0, abs(a[$1, column])) }, .leastNormalMagnitude)
        }
        for column in 0..<a.columns { for row in 0..<a.rows { a[row, column] /= sizes[column] } }
        let start = [Double](repeating: 1 - quantile, count: a.rows)
        var program = Program(a, cost: y.map { -$0 }, start)
        return zip(try program.solve(), sizes).map { -$0 / $1 }
    }
}

/// min c′x where A′x = b and 0 ≤ x ≤ 1, with the multipliers of the equations as the answer.
private struct Program {
    let a: Matrix
    let c: [Double]
    let b: [Double]
    var x: [Double]
    var s: [Double]
    var y: [Double] = []
    var z: [Double] = []
    var w: [Double] = []

    init(_ a: Matrix, cost: [Double], _ x: [Double]) {
        (self.a, c, self.x) = (a, cost, x)
        s = x.map { 1 - $0 }
        b = a.transposedTimes(x)
    }

    mutating func solve() throws(CalibrationFault) -> [Double] {
        y = try leastSquares(a, c)
        var residual = zip(c, a.times(y)).map { $0 - $1 }
        for index in residual.indices where residual[index] == 0 { residual[index] = 0.001 }
        z = residual.map { max($0, 0) }
        w = zip(z, residual).map { $0 - $1 }
        let size = 1 + c.reduce(0) { $0 + abs($1) }
        for _ in 0..<200 {
            if gap <= 1e-12 * size { return y }
            guard try step() else { break }
        }
        guard gap <= 1e-8 * size else { throw .notConverged }
        return y
    }

    private var gap: Double { dot(c, x) - dot(y, b) + w.reduce(0, +) }

    /// False when no progress can be made any more.
    private mutating func step() throws(CalibrationFault) -> Bool {
        let n = x.count
        let q = (0..<n).map { 1 / (z[$0] / x[$0] + w[$0] / s[$0]) }
        guard q.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return false }
        let r = (0..<n).map { z[$0] - w[$0] }
        let root = q.map { $0.squareRoot() }
        var weighted = a
        for column in 0..<a.columns { for row in 0..<n { weighted[row, column] *= root[row] } }
        let right = (0..<n).map { root[$0] * r[$0] }
        var dy = try leastSquares(weighted, right)
        let ady = a.times(dy)
        var dx = (0..<n).map { q[$0] * (ady[$0] - r[$0]) }
        var dz = (0..<n).map { -z[$0] * (1 + dx[$0] / x[$0]) }
        var dw = (0..<n).map { -w[$0] * (1 - dx[$0] / s[$0]) }
        var (fp, fd) = lengths(dx, dz, dw)
        if min(fp, fd) < 1 {
            let mu = dot(z, x) + dot(w, s)
            var g = 0.0
            for i in 0..<n {
                g += (z[i] + fd * dz[i]) * (x[i] + fp * dx[i])
                g += (w[i] + fd * dw[i]) * (s[i] - fp * dx[i])
            }
            let ratio = g / mu
            let target = mu * ratio * ratio * ratio / Double(2 * n)
            // What the product of the first steps adds to the two complementarity conditions, and the centring.
            var (ofX, ofS, xi) = (right, right, right)
            var corrected = right
            for i in 0..<n {
                ofX[i] = dx[i] * dz[i] / x[i]
                ofS[i] = -dx[i] * dw[i] / s[i]
                xi[i] = target / x[i] - target / s[i]
                corrected[i] += root[i] * (ofX[i] - ofS[i] - xi[i])
            }
            dy = try leastSquares(weighted, corrected)
            let ady = a.times(dy)
            for i in 0..<n {
                let pull = ady[i] + xi[i] - r[i]
                dx[i] = q[i] * (pull - ofX[i] + ofS[i])
                dz[i] = (target - z[i] * dx[i]) / x[i] - z[i] - ofX[i]
                dw[i] = (target + w[i] * dx[i]) / s[i] - w[i] - ofS[i]
            }
            (fp, fd) = lengths(dx, dz, dw)
        }
        for i in 0..<n {
            x[i] += fp * dx[i]
            s[i] -= fp * dx[i]
            w[i] += fd * dw[i]
            z[i] += fd * dz[i]
        }
        for i in y.indices { y[i] += fd * dy[i] }
        return max(fp, fd) > 1e-14
    }

    /// How far one may go before a bound is met.
    private func lengths(_ dx: [Double], _ dz: [Double], _ dw: [Double]) -> (Double, Double) {
        var (fp, fd) = (1e20, 1e20)
        for i in x.indices {
            if dx[i] < 0 { fp = min(fp, -x[i] / dx[i]) }
            if dx[i] > 0 { fp = min(fp, s[i] / dx[i]) }
            if dz[i] < 0 { fd = min(fd, -z[i] / dz[i]) }
            if dw[i] < 0 { fd = min(fd, -w[i] / dw[i]) }
        }
        return (min(0.9995 * fp, 1), min(0.9995 * fd, 1))
    }

    private func dot(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private func leastSquares(_ a: Matrix, _ b: [Double]) throws(CalibrationFault) -> [Double] {
        var (copy, right) = (a, b)
        let (m, n) = (Int32(a.rows), Int32(a.columns))
        guard LAPACKE_dgels(kith_column_major(), 0x4E, m, n, 1, &copy.values, m, &right, m) == 0 else {
            throw .numeric
        }
        return Array(right.prefix(a.columns))
    }
}
