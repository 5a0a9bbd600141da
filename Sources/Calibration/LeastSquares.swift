import CLAPACK
public import Groundwork

/// Why a model cannot be fitted.
public enum CalibrationFault: Fault, Equatable {
    /// Columns that the others make superfluous, each with the columns that make it up.
    case rankDeficient([DependentColumn])
    case tooFewRows(rows: Int, columns: Int)
    case badWeight(row: Int)
    case notConverged
    case numeric

    public var code: String {
        switch self {
        case .rankDeficient: "calibration.rank_deficient"
        case .tooFewRows: "calibration.too_few_rows"
        case .badWeight: "calibration.bad_weight"
        case .notConverged: "calibration.not_converged"
        case .numeric: "calibration.numeric"
        }
    }

    public var kind: FaultKind { .invalid([]) }

    public var summary: String {
        switch self {
        case .rankDeficient(let columns):
            columns.map { column in
                let others = column.madeOf.joined(separator: ", ")
                return "\(column.name) " + (others.isEmpty ? "is zero everywhere" : "follows from \(others)")
                    + "; leave one of them out."
            }.joined(separator: "\n")
        case .tooFewRows(let rows, let columns):
            "\(rows) rows with a weight are too few for \(columns) coefficients; add rows or leave columns out."
        case .badWeight(let row): "Row \(row) has a weight that is negative or no number; correct it."
        case .notConverged: "The fit did not settle; look for columns of very different size, and scale them."
        case .numeric: "The numbers are not finite; look for infinite or enormous values in the survey."
        }
    }
}

/// A column that is a combination of others.
public struct DependentColumn: Sendable, Equatable {
    public var name: String
    public var madeOf: [String]
}

/// Weighted least squares by a QR decomposition with column pivoting.
///
/// A design whose columns depend on one another is refused with their names, never solved silently.
public enum LeastSquares {
    /// The coefficients, one for each column.
    ///
    /// - Parameters:
    ///   - names: of the columns, for the refusal.
    ///   - weights: zero or more for each row; nil weighs all alike.
    public static func fit(
        _ design: Matrix, _ outcome: [Double], weights: [Double]? = nil, names: [String]
    ) throws(CalibrationFault) -> [Double] {
        var (a, b) = (design, outcome)
        if let weights {
            for row in 0..<design.rows {
                guard weights[row] >= 0, weights[row].isFinite else { throw .badWeight(row: row + 1) }
                let root = weights[row].squareRoot()
                for column in 0..<design.columns { a[row, column] *= root }
                b[row] *= root
            }
        }
        let counted = weights.map { $0.count { $0 > 0 } } ?? design.rows
        guard counted >= design.columns else { throw .tooFewRows(rows: counted, columns: design.columns) }
        guard a.values.allSatisfy(\.isFinite), b.allSatisfy(\.isFinite) else { throw .numeric }
        // Columns of length one, so that the rank is judged alike whatever units they have.
        let lengths = (0..<a.columns).map { column in
            (0..<a.rows).reduce(0) { $0 + a[$1, column] * a[$1, column] }.squareRoot()
        }
        for column in 0..<a.columns where lengths[column] > 0 {
            for row in 0..<a.rows { a[row, column] /= lengths[column] }
        }
        let scaled = try solve(&a, &b, names)
        return zip(scaled, lengths).map { $1 > 0 ? $0 / $1 : 0 }
    }

    private static func solve(
        _ a: inout Matrix, _ b: inout [Double], _ names: [String]
    ) throws(CalibrationFault) -> [Double] {
        let (m, n) = (Int32(a.rows), Int32(a.columns))
        var pivots = [Int32](repeating: 0, count: a.columns)
        var tau = [Double](repeating: 0, count: a.columns)
        guard LAPACKE_dgeqp3(kith_column_major(), m, n, &a.values, m, &pivots, &tau) == 0 else { throw .numeric }
        let order = pivots.map { Int($0) - 1 }
        let tolerance = Double(max(a.rows, a.columns)) * Double.ulpOfOne * abs(a[0, 0])
        let rank = (0..<a.columns).firstIndex { abs(a[$0, $0]) <= tolerance } ?? a.columns
        guard rank == a.columns else { throw .rankDeficient(dependent(a, rank, order, names)) }
        guard LAPACKE_dormqr(kith_column_major(), 0x4C, 0x54, m, 1, n, a.values, m, tau, &b, m) == 0,
            LAPACKE_dtrtrs(kith_column_major(), 0x55, 0x4E, 0x4E, n, 1, a.values, m, &b, m) == 0
        else { throw .numeric }
        var result = [Double](repeating: 0, count: a.columns)
        for (place, column) in order.enumerated() { result[column] = b[place] }
        return result
    }

    /// Solves R₁₁ z = r for each column behind the rank: the parts of z that are not zero name what it is made of.
    private static func dependent(
        _ a: Matrix, _ rank: Int, _ order: [Int], _ names: [String]
    ) -> [DependentColumn] {
        (rank..<a.columns).map { column in
            var z = (0..<rank).map { a[$0, column] }
            for row in stride(from: rank - 1, through: 0, by: -1) {
                for other in (row + 1)..<max(rank, row + 1) { z[row] -= a[row, other] * z[other] }
                z[row] /= a[row, row]
            }
            let parts = z.indices.filter { abs(z[$0]) > 1e-8 }.map { names[order[$0]] }
            return DependentColumn(name: names[order[column]], madeOf: parts.sorted())
        }
    }
}
