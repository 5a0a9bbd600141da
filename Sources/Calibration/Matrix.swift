/// Columns of numbers, one below the other as LAPACK wants them.
public struct Matrix: Sendable {
    public let rows: Int
    public let columns: Int
    /// Column by column.
    public var values: [Double]

    public init(rows: Int, columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        values = Array(repeating: 0, count: rows * columns)
    }

    /// - Parameter columns: all of one length.
    public init(columns: [[Double]]) {
        rows = columns.first?.count ?? 0
        self.columns = columns.count
        precondition(columns.allSatisfy { $0.count == columns[0].count }, "all columns have one length")
        values = columns.flatMap(\.self)
    }

    public subscript(_ row: Int, _ column: Int) -> Double {
        get { values[column * rows + row] }
        set { values[column * rows + row] = newValue }
    }

    /// Some of the rows, in the order given.
    public func rows(_ chosen: [Int]) -> Matrix {
        var result = Matrix(rows: chosen.count, columns: columns)
        for column in 0..<columns {
            for (place, row) in chosen.enumerated() { result[place, column] = self[row, column] }
        }
        return result
    }

    /// The product with a vector of one number for each column.
    public func times(_ vector: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: rows)
        for column in 0..<columns where vector[column] != 0 {
            let (factor, start) = (vector[column], column * rows)
            for row in 0..<rows { result[row] += factor * values[start + row] }
        }
        return result
    }

    /// The product of the transposed matrix with a vector of one number for each row.
    func transposedTimes(_ vector: [Double]) -> [Double] {
        (0..<columns).map { column in
            var sum = 0.0
            let start = column * rows
            for row in 0..<rows { sum += values[start + row] * vector[row] }
            return sum
        }
    }
}
