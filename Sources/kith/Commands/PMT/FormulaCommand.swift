import Access
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Runtime
import Scorecards
import Targeting

/// The forms of `kith pmt` that work on the registry: formulas on record, scores, explanations, simulations.
struct FormulaCommand: Sendable {
    enum Kind: Sendable {
        case submit(document: JSON, binding: JSON)
        case sign(approves: Bool, isRetirement: Bool, reason: String?)
        case run(area: String?, household: String?, asOf: CalendarDate?)
        case activate(replaces: Bool)
        case retire(reason: String?)
        case list
        case show
        case explain(String)
        case simulate(SimulationRequest)
    }

    private let kind: Kind
    private let code: String
    private let version: Int?
    private let actor: String
    private let scope: String
    private let language: String
    private let history: Int

    static let forms: Set<String> = [
        "submit", "sign", "reject", "run", "activate", "retire", "list", "show", "explain", "simulate",
    ]

    init(_ invocation: Invocation) throws {
        let words = Array(invocation.words)
        let form = words[0]
        var (code, version): (String, Int?) = ("", nil)
        let reason = invocation.option("reason")
        func named(needsVersion: Bool) throws {
            guard (2...3).contains(words.count), !needsVersion || words.count == 3 else {
                throw RoofFault.usage(
                    "kith pmt \(form) takes the code of a formula\(needsVersion ? " and its version" : "").")
            }
            code = words[1]
            guard words.count == 3 else { return }
            guard let number = Int(words[2]), number > 0 else {
                throw RoofFault.usage("A version is a whole number from 1, not “\(words[2])”.")
            }
            version = number
        }
        switch form {
        case "submit":
            guard words.count == 2 else { throw RoofFault.usage("kith pmt submit takes the file of a formula.") }
            let document = try ScoringFiles.json(words[1])
            let formula = try ScoringFiles.formula(words[1], document)
            (code, version) = (formula.code, formula.version)
            kind = .submit(
                document: document, binding: try Self.binding(invocation.option("binding"), words[1], formula))
        case "sign", "reject":
            try named(needsVersion: true)
            kind = .sign(approves: form == "sign", isRetirement: invocation.has("retirement"), reason: reason)
        case "run":
            try named(needsVersion: false)
            let text = invocation.option("as-of")
            let day = text.flatMap { CalendarDate($0) }
            if let text, day == nil { throw RoofFault.usage("--as-of takes a day such as 2026-01-31, not “\(text)”.") }
            kind = .run(area: invocation.option("area"), household: invocation.option("household"), asOf: day)
        case "activate":
            try named(needsVersion: true)
            kind = .activate(replaces: invocation.has("replace"))
        case "retire":
            try named(needsVersion: true)
            kind = .retire(reason: reason)
        case "list":
            guard words.count == 1 else { throw RoofFault.usage("kith pmt list takes nothing more.") }
            kind = .list
        case "explain":
            guard words.count == 2 else { throw RoofFault.usage("kith pmt explain takes a household.") }
            code = invocation.option("formula") ?? ""
            kind = .explain(words[1])
        case "simulate":
            try named(needsVersion: false)
            kind = .simulate(try Self.simulation(invocation, code, version))
        default:
            try named(needsVersion: false)
            kind = .show
        }
        (self.code, self.version) = (code, version)
        language = invocation.option("language") ?? "eng"
        history = try invocation.integer("history", in: 1...100) ?? 1
        switch kind {
        case .submit, .run, .activate, .retire: scope = "targeting.draft"
        case .sign: scope = "targeting.sign"
        case .list, .show, .explain, .simulate: scope = "targeting.read"
        }
        if case .sign = kind {
            actor = try invocation.required("as", "the name of the actor who signs")
        } else {
            actor = invocation.option("as") ?? "clerk"
        }
    }

    /// The binding that was named, else the one for the registry beside the formula.
    private static func binding(_ named: String?, _ path: String, _ formula: Formula) throws -> JSON {
        if let named { return try ScoringFiles.json(named) }
        let folder = (Ground.absolute(path) as NSString).deletingLastPathComponent + "/bindings"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        for file in files where file.hasSuffix(".json") {
            let json = try ScoringFiles.json(folder + "/" + file)
            if json["formula"]?.string == formula.code, json["source"]?.string == Binding.Source.registry.rawValue {
                return json
            }
        }
        throw RoofFault.found(
            "\(folder) has no binding of \(formula.code) to the registry; name one with --binding FILE.", [])
    }

    private static func simulation(
        _ invocation: Invocation, _ code: String, _ version: Int?
    ) throws -> SimulationRequest {
        func number(_ text: String?) -> JSON? { text.map { .string($0) } }
        func choice(_ code: String, _ version: Int?, _ prefix: String) throws -> JSON {
            var object: JSONObject = ["formula": .string(code)]
            if let version { object["version"] = .number(JSONNumber(version)) }
            if let text = invocation.option(prefix + "cut-off") { object["cut_off"] = .string(text) }
            if let text = invocation.option(prefix + "coverage") { object["coverage"] = .string(text) }
            if let count = try invocation.integer(prefix + "places", in: 0...100_000_000) {
                object["places"] = .number(JSONNumber(count))
            }
            if let minor = try invocation.integer(prefix + "budget", in: 0...Int.max) {
                object["budget_minor"] = .number(JSONNumber(minor))
            }
            return .object(object)
        }
        var object: JSONObject = ["choice": try choice(code, version, "")]
        if let other = invocation.option("against") {
            let parts = other.split(separator: "@").map(String.init)
            object["against"] = try choice(parts[0], parts.count > 1 ? Int(parts[1]) : nil, "against-")
        }
        if let area = invocation.option("area") { object["area"] = .string(area) }
        if let level = try invocation.integer("level", in: 0...9) { object["level"] = .number(JSONNumber(level)) }
        if let benefit = try invocation.integer("benefit", in: SimulationRequest.benefits) {
            object["benefit_minor"] = .number(JSONNumber(benefit))
        }
        do {
            return try SimulationRequest(.object(object))
        } catch {
            throw RoofFault.found("This cannot be simulated:", error.findings)
        }
    }

    // MARK: Answers

    func run(_ invocation: Invocation) async throws -> ExitCode {
        let ground = try Ground(invocation)
        return try await Store.withHouse(ground, purpose: "kith pmt") { house in
            let principal = try await house.principal(actor, needs: scope)
            let mandate = Mandate(actor: principal.actor, purpose: .maintenance)
            return try await answer(house, mandate, invocation.console)
        } ?? .tryAgain
    }

    private func answer(_ house: House, _ mandate: Mandate, _ console: Console) async throws -> ExitCode {
        let formulas = house.formulas
        let version = version
        func written(
            _ work: @Sendable (borrowing Transaction) async throws(TargetingFault) -> StoredFormula
        ) async throws -> ExitCode {
            let made = try await house.database.write(as: mandate) { tx throws(TargetingFault) in try await work(tx) }
            console.result(FormulaReport.text(made), FormulaReport.object(made))
            return .ok
        }
        switch kind {
        case .submit(let document, let binding):
            return try await written { tx throws(TargetingFault) in
                _ = try await formulas.draft(document, in: tx)
                return try await formulas.submit(code, version: version ?? 1, binding: binding, in: tx)
            }
        case .sign(let approves, let isRetirement, let reason):
            return try await written { tx throws(TargetingFault) in
                if isRetirement {
                    try await formulas.signRetirement(
                        code, version: version ?? 1, approves: approves, reason: reason, in: tx)
                } else {
                    try await formulas.sign(code, version: version ?? 1, approves: approves, reason: reason, in: tx)
                }
            }
        case .activate(let replaces):
            let exit = try await written { tx throws(TargetingFault) in
                try await formulas.activate(code, version: version ?? 1, replaces: replaces, in: tx)
            }
            // Whoever changed since the trial run; where a server is at it already, it does this too.
            let runs = ScoreRun(database: house.database, formulas: formulas)
            while case .ended = try await runs.goOn(as: mandate) {}
            return exit
        case .retire(let reason):
            return try await written { tx throws(TargetingFault) in
                try await formulas.retire(code, version: version ?? 1, reason: reason, in: tx)
            }
        case .show:
            let found = try await house.database.read(as: mandate) { tx in
                try await formulas.find(code, version: version, in: tx)
            }
            console.result(FormulaReport.text(found), FormulaReport.object(found))
        case .list:
            let all = try await house.database.read(as: mandate) { tx in try await formulas.list(in: tx) }
            console.result(
                all.isEmpty
                    ? "no formula is on record; kith pmt submit FILE brings one"
                    : all.map(FormulaReport.line).joined(separator: "\n"),
                ["formulas": .array(all.map { .object(FormulaReport.object($0, isShort: true)) })])
        case .run(let area, let household, let asOf):
            try await score(house, mandate, console, area: area, household: household, asOf: asOf)
        case .explain(let household): try await explain(household, house, mandate, console)
        case .simulate(let request):
            let answer = try await house.database.read(as: mandate) { tx in
                try await Simulator(formulas).run(request, in: tx)
            }
            console.result(SimulationReport.text(answer), answer)
        }
        return .ok
    }

    private func score(
        _ house: House, _ mandate: Mandate, _ console: Console, area: String?, household: String?, asOf: CalendarDate?
    ) async throws {
        var scope = ScoreRun.Scope.registry
        if let area {
            guard let found = house.context.areas.index.area(area) else {
                throw RoofFault.usage("--area: no area has the code \(area); kith areas tells codes.")
            }
            scope = .area(found)
        } else if let household {
            scope = .households([try await Self.id(household, house, mandate)])
        }
        let bar = console.progress("scoring", total: nil, unit: "households")
        let report = try await ScoreRun(database: house.database, formulas: house.formulas).run(
            code, version: version, scope, asOf: asOf, as: mandate, progress: { bar.advance(by: $0) })
        bar.finish()
        console.result(FormulaReport.text(report), FormulaReport.object(report))
    }

    private func explain(_ text: String, _ house: House, _ mandate: Mandate, _ console: Console) async throws {
        let household = try await Self.id(text, house, mandate)
        let (code, language, history) = (code.isEmpty ? nil : code, language, history)
        let explainers = try await house.database.read(as: mandate) { tx -> [Explainer] in
            var result: [Explainer] = []
            for score in try await house.formulas.scores(of: household, code: code, most: history, in: tx) {
                result.append(try await house.formulas.explainer(score, language: language, in: tx))
            }
            return result
        }
        console.result(
            explainers.map { $0.lines.joined(separator: "\n") }.joined(separator: "\n\n"),
            ["scores": .array(explainers.map { .object($0.json) })])
    }

    /// A household by UUID or social id.
    private static func id(_ text: String, _ house: House, _ mandate: Mandate) async throws -> UUID {
        let rows = try await house.database.read(
            as: mandate,
            once: [
                UUID(uuidString: text).map { "SELECT id FROM registry.household WHERE id = \($0)" }
                    ?? "SELECT id FROM registry.household WHERE social_id = \(text)"
            ])
        guard let row = rows.first?.first else { throw TargetingFault.householdNotFound }
        return try row.get(0)
    }
}
