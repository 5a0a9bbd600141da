import Foundation

/// Dwelling, assets and food of a household, following its latent living standard.
struct LivingConditions: Sendable {
    let source: DemoSource

    /// Codes from the poorest to the richest, as far as a profile has them; other codes of a list follow in its order.
    private static let scale: [String: [String]] = [
        "wall_material": [
            "reed_straw", "tarpaulin", "wattle_daub", "adobe", "wood", "stone", "burnt_brick", "cement_block",
        ],
        "roof_material": ["tent", "straw", "mats", "cardboard", "bamboo", "planks", "iron_sheets", "tiles"],
        "floor_material": ["earth", "stone_brick", "cement", "tiles"],
        "toilet": ["none", "pit", "improved_latrine", "flush"],
        "lighting": ["wood", "torch", "paraffin_candle", "solar_lantern", "solar_panel", "grid"],
        "cooking_fuel": ["dung", "wood_collected", "wood_bought", "charcoal", "gas", "electricity"],
        "water_source": [
            "surface", "unprotected_spring", "protected_spring", "borehole", "public_tap", "piped_yard", "piped_house",
        ],
        "dwelling_type": ["shelter", "hut", "shared_house", "house", "apartment"],
    ]

    /// Mean number of an asset at an average living standard, and how strongly it follows the standard.
    private static let assets: [String: (mean: Double, slope: Double)] = [
        "asset_radio": (0.35, 0.5), "asset_television": (0.04, 1.3), "asset_mobile_phone": (0.8, 0.5),
        "asset_mattress": (0.9, 0.6), "asset_bed": (0.9, 0.5), "asset_chair": (2.1, 0.4), "asset_iron": (0.06, 1.1),
        "asset_refrigerator": (0.01, 1.6), "asset_cooker": (0.02, 1.4), "asset_hoe": (2.0, -0.15),
        "asset_machete": (0.8, -0.05), "asset_bicycle": (0.2, 0.5), "asset_motorcycle": (0.02, 1.3),
        "asset_car": (0.004, 1.7), "livestock_cattle": (0.2, 0.5), "livestock_goats": (0.7, 0.35),
        "livestock_pigs": (0.25, 0.3), "livestock_poultry": (1.2, 0.3), "livestock_rabbits": (0.3, 0.1),
    ]

    /// Sets the cells of the head's row.
    func fill(_ row: inout DemoRow, of home: TrueHousehold, _ random: inout SeededRandom) {
        row["residence"] = home.isUrban ? source.code("residence", "urban") : source.code("residence", "rural")
        row["household_type"] = kind(of: home)
        row["tenure"] = tenure(of: home, &random)
        for (column, list) in [
            ("walls", "wall_material"), ("roof", "roof_material"), ("floor", "floor_material"), ("toilet", "toilet"),
            ("lighting", "lighting"), ("cooking_fuel", "cooking_fuel"), ("water_source", "water_source"),
            ("dwelling_type", "dwelling_type"),
        ] {
            row[column] = step(list, home, &random)
        }
        row["rooms"] = String(1 + min(8, random.poisson(max(0.4, 1.6 + 0.5 * home.welfare))))
        row["water_distance_metres"] = String(Int(50 * exp(1.2 + 0.9 * random.normal() - 0.5 * home.welfare)))
        for column in row.columns where column.hasPrefix("asset_") || column.hasPrefix("livestock_") {
            let (mean, slope) = Self.assets[column] ?? (0.05, 0.3)
            if random.chance(0.04) { continue }
            row[column] = String(random.poisson(mean * exp(slope * home.welfare)))
        }
        let ownsLand = random.chance(home.isCamp ? 0.02 : home.isUrban ? 0.35 : 0.9)
        row["land_owned"] = ownsLand ? "true" : "false"
        if ownsLand {
            let ares = max(1, Int(exp(3.4 + 0.35 * home.welfare + 0.7 * random.normal())))
            row["land_hectares"] = "\(ares / 100)." + (ares % 100 < 10 ? "0" : "") + "\(ares % 100)"
        }
        row["land_rented"] = random.chance(0.18) ? "true" : "false"
        let hunger = 1 / (1 + exp(1.1 + 1.1 * home.welfare))
        row["no_food_week"] = random.chance(hunger) ? "true" : "false"
        row["meals_adults"] = String(random.chance(hunger) ? 1 : random.chance(0.7) ? 2 : 3)
        row["meals_children"] = String(random.chance(hunger * 0.7) ? 1 : random.chance(0.5) ? 2 : 3)
    }

    /// A code whose place in the scale follows the living standard, with much of chance.
    private func step(_ list: String, _ home: TrueHousehold, _ random: inout SeededRandom) -> String {
        let known = source.codes(list)
        let codes = (Self.scale[list] ?? []).filter { known.contains($0) }
        let ordered = codes.isEmpty ? known : codes
        guard !ordered.isEmpty, !random.chance(0.02) else { return "" }
        let level = 0.42 + 0.17 * home.welfare + 0.12 * random.normal() + (home.isUrban ? 0.08 : 0)
        return ordered[max(0, min(ordered.count - 1, Int(level * Double(ordered.count))))]
    }

    private func tenure(of home: TrueHousehold, _ random: inout SeededRandom) -> String {
        if home.isCamp { return source.code("tenure", "free", "other") }
        let owns = random.chance(home.isUrban ? 0.42 : 0.93)
        return owns ? source.code("tenure", "owner") : source.code("tenure", "tenant")
    }

    private func kind(of home: TrueHousehold) -> String {
        guard home.members.count > 1 else { return source.code("household_type", "single_person") }
        if home.members.contains(where: { $0.kin == .spouse }) { return source.code("household_type", "two_parents") }
        guard home.members.contains(where: { $0.kin == .child }) else { return source.code("household_type", "other") }
        return home.members[0].isMale
            ? source.code("household_type", "single_father") : source.code("household_type", "single_mother")
    }
}
