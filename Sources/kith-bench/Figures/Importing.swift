import Documents
import Foundation
import Postgres

extension Measure {
    /// A file from the field, through every check.
    static let importing: Measure = Measure(
        name: "import", summary: "kith import of 20,000 demo households, against COPY of the same rows into one table"
    ) { ground in
        let folder = ground.folder + "/demo"
        _ = try await ProgramRun.output(
            ground.kith, ["demo", "--households", "20000", "--seed", "\(getpid())", "--out", folder, "--json"],
            environment: ground.environment, folder: ground.folder)
        let file = folder + "/registry.csv"
        let (rows, copied) = try await copyRate(of: file, ground)
        let began = Stopwatch.nanoseconds
        _ = try await ProgramRun.output(
            ground.kith, ["import", file, "--source", "bench-\(getpid())", "--json"],
            environment: ground.environment, folder: ground.folder)
        let seconds = Double(Stopwatch.nanoseconds - began) / 1e9
        return [Figure(name: "import", value: Double(rows) / seconds, unit: "rows/s", limit: copied)]
    }

    /// Reads the file and copies its fields as text, broken lines left out.
    ///
    /// - Returns: the number of rows, and rows a second.
    private static func copyRate(of file: String, _ ground: BenchGround) async throws -> (Int, Double) {
        guard let data = FileManager.default.contents(atPath: file) else { throw BenchFault.answer("no demo file") }
        let bytes = [UInt8](data)
        let began = Stopwatch.nanoseconds
        let count = try await ground.database.write(as: BenchGround.mandate) { tx in
            var rows: [[String]] = []
            var reader = CSVReader()
            reader.feed(bytes) { row in
                if row.fault == nil { rows.append((0..<row.count).map { row[$0] }) }
            }
            reader.finish { row in
                if row.fault == nil { rows.append((0..<row.count).map { row[$0] }) }
            }
            let width = rows.first?.count ?? 0
            let names = (0..<width).map { "c\($0)" }
            _ = try await tx.execute("DROP TABLE IF EXISTS public.bench_rows")
            _ = try await tx.execute(
                "CREATE TABLE public.bench_rows (\(unchecked: names.map { $0 + " text" }.joined(separator: ", ")))")
            let copied = rows.filter { $0.count == width }
            _ = try await tx.copyIn("public.bench_rows", columns: names) { writer in
                for row in copied {
                    writer.row(width)
                    for field in row { writer.append(field) }
                    try await writer.end()
                }
            }
            return copied.count
        }
        return (count, Double(count) / (Double(Stopwatch.nanoseconds - began) / 1e9))
    }
}
