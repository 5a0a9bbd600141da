/// Parts of a survey for cross-validation, without a random generator: a cluster is always in the same one.
public enum Folds {
    /// FNV-1a of the cluster's name modulo the number of folds.
    public static func fold(of cluster: String, count: Int) -> Int {
        Int(fnv1a(cluster) % UInt64(count))
    }

    /// FNV-1a, 64 bits.
    public static func fnv1a(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Predicts each row by a model fitted on the rows of all other folds.
    ///
    /// - Parameter fit: the coefficients for some rows.
    public static func outOfFold<E: Error>(
        _ design: Matrix, folds: [Int], _ fit: ([Int]) throws(E) -> [Double]
    ) throws(E) -> [Double] {
        var predictions = [Double](repeating: .nan, count: design.rows)
        for fold in Set(folds).sorted() {
            let coefficients = try fit(folds.indices.filter { folds[$0] != fold })
            let held = folds.indices.filter { folds[$0] == fold }
            for (row, value) in zip(held, design.rows(held).times(coefficients)) { predictions[row] = value }
        }
        return predictions
    }
}
