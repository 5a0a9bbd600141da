import Calibration
import Documents
import Foundation
import Groundwork

/// A labelled survey in memory: only the columns that a fit needs, as numbers.
struct SurveyFile {
    let features: [String]
    let design: Matrix
    let outcome: [Double]
    let weights: [Double]?
    let population: [Double]
    let clusters: [String]

    /// What the columns are for, as typed.
    struct Plan {
        var outcome: String
        var isLogarithm: Bool
        var weights: String?
        var population: String?
        var clusters: [String]
        /// Names and ranges `first..last`; empty takes every column that has no other part.
        var features: [String]
        var leftOut: Set<String>
    }

    /// - Throws: naming the first cell that is no number, with its row and column.
    init(_ path: String, _ plan: Plan) throws {
        var header: [String] = []
        var features: [String] = []
        var columns: [[Double]] = []
        var (outcome, weights, population): ([Double], [Double], [Double]) = ([], [], [])
        var clusters: [String] = []
        try ScoringFiles.rows(of: path) { number, row in
            if header.isEmpty {
                header = row.object?.keys ?? []
                features = try Self.features(plan, header)
                columns = Array(repeating: [], count: features.count)
            }
            func cell(_ name: String) throws -> Double { try Self.number(row, name, number) }
            for (index, name) in features.enumerated() { columns[index].append(try cell(name)) }
            let value = try cell(plan.outcome)
            if plan.isLogarithm, value <= 0 {
                throw Self.fault("row \(number) has no logarithm of \(plan.outcome): it is \(value).")
            }
            outcome.append(plan.isLogarithm ? log(value) : value)
            func weight(_ name: String) throws -> Double {
                let value = try cell(name)
                guard value >= 0 else { throw Self.fault("row \(number) has a negative weight in \(name): \(value).") }
                return value
            }
            if let name = plan.weights { weights.append(try weight(name)) }
            population.append(try plan.population.map(weight) ?? 1)
            clusters.append(
                plan.clusters.isEmpty
                    ? String(number)
                    : plan.clusters.map { row[$0]?.string ?? row[$0]?.number?.text ?? "" }.joined(separator: "-"))
            return true
        }
        guard !outcome.isEmpty else { throw Self.fault("the survey has no rows.") }
        for (name, column) in [(plan.weights, weights), (plan.population, population)] {
            guard let name, !column.contains(where: { $0 > 0 }) else { continue }
            throw Self.fault("no row of it has a weight above zero in \(name).")
        }
        self.features = features
        design = Matrix(columns: [[Double](repeating: 1, count: outcome.count)] + columns)
        (self.outcome, self.population, self.clusters) = (outcome, population, clusters)
        self.weights = plan.weights == nil ? nil : weights
    }

    private static func features(_ plan: Plan, _ header: [String]) throws -> [String] {
        let others = Set([plan.outcome] + [plan.weights].compactMap(\.self) + plan.clusters)
        for name in others.union(plan.leftOut).union([plan.population].compactMap(\.self)) where !header.contains(name)
        {
            throw fault("the survey has no column \(name); it has \(header.joined(separator: ", ")).")
        }
        guard !plan.features.isEmpty else {
            return header.filter { !others.contains($0) && $0 != plan.population && !plan.leftOut.contains($0) }
        }
        var result: [String] = []
        for word in plan.features {
            let ends = word.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
            let isRange = word.contains("..") && ends.count == 2
            for name in isRange ? ends : [word] where !header.contains(name) {
                throw fault("the survey has no column \(name); it has \(header.joined(separator: ", ")).")
            }
            if isRange, let first = header.firstIndex(of: ends[0]), let last = header.firstIndex(of: ends[1]) {
                guard first <= last else { throw fault("\(ends[1]) stands before \(ends[0]); exchange them.") }
                result += header[first...last]
            } else {
                result.append(word)
            }
        }
        return result.filter { !plan.leftOut.contains($0) }
    }

    private static func number(_ row: JSON, _ name: String, _ number: Int) throws -> Double {
        let text = row[name]?.string ?? row[name]?.number?.text ?? ""
        guard let value = Double(text.hasPrefix(".") ? "0" + text : text), value.isFinite else {
            throw fault(
                "row \(number) has no number in \(name); complete it, or leave the column out with --leave-out \(name)."
            )
        }
        return value
    }

    static func fault(_ sentence: String) -> RoofFault { .found("The survey cannot be used: \(sentence)", []) }
}
