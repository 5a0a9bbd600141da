public import Documents
import Foundation
public import Groundwork

extension MatchModel {
    /// The model as a profile keeps it, `profiles/schema/match_model.schema.json`.
    public var json: JSON {
        var members = JSONObject()
        for field in MatchField.allCases {
            guard let known = fields[field] else { continue }
            members[field.name] = known.json(levels: field.levels)
        }
        var result: JSONObject = [
            "name": .string(name), "version": .number(JSONNumber(version)),
            "pairs_per_record": Self.object(Class.allCases.map(\.name), pairsPerRecord),
            "bias": Self.number(bias), "slope": Self.number(slope),
            "rarity_range": .array([Self.number(rarityRange.lowerBound), Self.number(rarityRange.upperBound)]),
            "fields": .object(members),
        ]
        if !evidence.isEmpty {
            result["evidence"] = .object(
                JSONObject(evidence.sorted { $0.key < $1.key }.map { ($0.key, .number(JSONNumber($0.value))) }))
        }
        return .object(result)
    }

    /// - Throws: findings for everything that is missing or no probability.
    public init(json: JSON) throws(InvalidInput) {
        var reader = JSONReader(json)
        let name = reader.required("name", as: String.self)
        let version = reader.required("version", as: Int.self)
        var findings = reader.findings
        let pairs = Class.allCases.map { json["pairs_per_record"]?[$0.name]?.decimal.map(Self.double) ?? -1 }
        if pairs.contains(where: { $0 < 0 }) {
            findings.append(
                Finding("pairs_per_record", code: "match_model.pairs", "Match, kin and random need a number each."))
        }
        var fields: [MatchField: Field] = [:]
        for (key, value) in json["fields"]?.object ?? [:] {
            let path = FieldPath(["fields", key])
            guard let field = MatchField(name: key) else {
                findings.append(Finding(path, code: "match_model.field", "There is no field of this name."))
                continue
            }
            if let known = Field(json: value, of: field, at: path, &findings) { fields[field] = known }
        }
        let range = (json["rarity_range"]?.array ?? []).compactMap { $0.decimal.map(Self.double) }
        if range.count != 2 || range[0] > range[1] {
            findings.append(
                Finding("rarity_range", code: "match_model.range", "Two numbers in rising order are needed."))
        }
        guard findings.isEmpty, let name, let version else { throw InvalidInput(findings) }
        var evidence: [String: Int] = [:]
        for (key, value) in json["evidence"]?.object ?? [:] { evidence[key] = value.int }
        self.init(
            name: name, version: version, pairsPerRecord: pairs, fields: fields,
            bias: json["bias"]?.decimal.map(Self.double) ?? 0,
            slope: json["slope"]?.decimal.map(Self.double) ?? 1, rarityRange: range[0]...range[1], evidence: evidence)
    }

    static func double(_ value: Decimal) -> Double { NSDecimalNumber(decimal: value).doubleValue }

    static func number(_ value: Double) -> JSON {
        .number(JSONNumber(Decimal(string: String(format: "%.8f", value)) ?? 0))
    }

    static func object(_ keys: [String], _ values: [Double]) -> JSON {
        .object(JSONObject(zip(keys, values).map { ($0, number($1)) }))
    }
}

extension MatchModel.Field {
    func json(levels: [String]) -> JSON {
        var result: JSONObject = [
            "match": MatchModel.object(levels, match), "kin": MatchModel.object(levels, kin),
            "random": MatchModel.object(levels, random),
        ]
        if rarityScale > 0 {
            result["rarity"] = MatchModel.object(levels, rarity)
            result["rarity_scale"] = MatchModel.number(rarityScale)
            result["kin_rarity"] = MatchModel.number(kinRarity)
        }
        if adjustment.contains(where: { $0 != 0 }) { result["adjustment"] = MatchModel.object(levels, adjustment) }
        return .object(result)
    }

    init?(json: JSON, of field: MatchField, at path: FieldPath, _ findings: inout [Finding]) {
        let before = findings.count
        func values(_ key: String, isProbability: Bool) -> [Double] {
            let member = json[key]
            return field.levels.map { level in
                let value = member?[level]?.decimal.map(MatchModel.double)
                if isProbability, value.map({ $0 < 0 || $0 > 1 }) ?? true {
                    findings.append(
                        Finding(
                            path.appending(key).appending(level), code: "match_model.probability",
                            "A number from 0 to 1 is needed."))
                }
                return value ?? 0
            }
        }
        let (match, kin) = (values("match", isProbability: true), values("kin", isProbability: true))
        let random = values("random", isProbability: true)
        let rarity = json["rarity"] == nil ? [] : values("rarity", isProbability: false)
        guard findings.count == before else { return nil }
        self.init(
            match: match, kin: kin, random: random, rarity: rarity,
            rarityScale: json["rarity_scale"]?.decimal.map(MatchModel.double) ?? 0,
            kinRarity: json["kin_rarity"]?.decimal.map(MatchModel.double) ?? 0,
            adjustment: json["adjustment"] == nil ? nil : values("adjustment", isProbability: false))
    }
}

extension NameFrequencies {
    /// Words and sounds as pairs of hash and count; only what is borne by at least `least` persons.
    public func json(least: Int = 3) -> JSON {
        func list(_ counts: [UInt64: UInt32]) -> JSON {
            .array(
                counts.filter { $0.value >= least }.sorted { $0.key < $1.key }.map {
                    .array([.string(String($0.key, radix: 16)), .number(JSONNumber(Int($0.value)))])
                })
        }
        return [
            "total": .number(JSONNumber(total)), "words": list(words), "sounds": list(sounds),
            "years": .array(
                years.sorted { $0.key < $1.key }.map {
                    .array([.number(JSONNumber($0.key)), .number(JSONNumber(Int($0.value)))])
                }),
        ]
    }

    /// Nil when the JSON is not of this kind.
    public init?(json: JSON) {
        guard let total = json["total"]?.int, total >= 0 else { return nil }
        func counts(_ key: String) -> [UInt64: UInt32] {
            var result: [UInt64: UInt32] = [:]
            for pair in json[key]?.array ?? [] {
                guard let hash = pair[0]?.string.flatMap({ UInt64($0, radix: 16) }), let count = pair[1]?.int,
                    let count = UInt32(exactly: count)
                else { continue }
                result[hash] = count
            }
            return result
        }
        var years: [Int: UInt32] = [:]
        for pair in json["years"]?.array ?? [] {
            if let year = pair[0]?.int, let count = pair[1]?.int { years[year] = UInt32(exactly: count) }
        }
        self.init(total: total, words: counts("words"), sounds: counts("sounds"), years: years)
    }
}
