import Foundation
import Groundwork

/// Makes true households: number `n` is always the same for one seed, whatever is made before or after it.
struct HouseholdMaker: Sendable {
    let source: DemoSource
    let seed: UInt64
    let today: CalendarDate
    private let male: Weighted<String>
    private let female: Weighted<String>
    private let family: Weighted<String>
    private let places: Weighted<Int>

    init(source: DemoSource, seed: UInt64, today: CalendarDate) {
        (self.source, self.seed, self.today) = (source, seed, today)
        male = Weighted(source.maleNames)
        female = Weighted(source.femaleNames)
        family = Weighted(source.familyNames)
        var weights = SeededRandom(seed: 1, stream: 9)
        places = Weighted(
            source.places.enumerated().map { number, place in
                let size = exp(0.5 * weights.normal())
                return (number, size * (place.isUrban ? 2.2 : place.isCamp ? 4 : 1))
            })
    }

    func household(_ number: Int) -> TrueHousehold {
        var random = SeededRandom(seed: seed, stream: 1, index: UInt64(number))
        let spot = places.place(&random)
        let place = source.places[spot]
        var home = TrueHousehold(
            number: number, place: spot,
            welfare: random.normal() + (place.isUrban ? 0.9 : -0.15) - (place.isCamp ? 0.7 : 0),
            isUrban: place.isUrban, isCamp: place.isCamp, isHost: place.isHost, members: [])
        let size = min(16, 1 + random.negativeBinomial(successes: 4, mean: 3.7))
        let shared = random.chance(source.sharedFamilyName) ? family.draw(&random) : nil
        let displaced = random.chance(place.isCamp ? 0.93 : place.isHost ? 0.08 : 0.01)
        for kin in kinds(size, &random) {
            add(kin, to: &home, shared: shared, &random)
        }
        for place in home.members.indices { home.members[place].isDisplaced = displaced }
        finish(&home, &random)
        return home
    }

    /// Head, mostly a spouse, then children and the others, in the order of a household list.
    private func kinds(_ size: Int, _ random: inout SeededRandom) -> [TruePerson.Kin] {
        var kinds: [TruePerson.Kin] = [.head]
        if size > 1, random.chance(0.72) { kinds.append(.spouse) }
        var others: [TruePerson.Kin] = []
        while kinds.count + others.count < size {
            let draw = random.unit()
            switch draw {
            case ..<0.80: kinds.append(.child)
            case ..<0.85: others.append(.grandchild)
            case ..<0.88: others.append(.parent)
            case ..<0.91: others.append(.sibling)
            case ..<0.95: others.append(.niece)
            case ..<0.98: others.append(.other)
            default: others.append(.unrelated)
            }
        }
        return kinds + others
    }

    private func add(
        _ kin: TruePerson.Kin, to home: inout TrueHousehold, shared: String?, _ random: inout SeededRandom
    ) {
        let head = home.members.first
        let isMale: Bool
        switch kin {
        case .head: isMale = random.chance(0.74)
        case .spouse: isMale = !(head?.isMale ?? false)
        case .parent: isMale = random.chance(0.3)
        default: isMale = random.chance(0.495)
        }
        let birth = birth(of: kin, in: home, &random)
        let age = birth.completedYears(on: today)
        var person = TruePerson(
            household: home.number, member: home.members.count + 1, kin: kin, isMale: isMale,
            given: given(isMale, &random), family: shared ?? family.draw(&random) ?? "", birth: birth,
            isMarried: kin == .spouse, isDisplaced: false, schooling: 0)
        if kin == .spouse, !isMale, random.chance(0.06) { person.maiden = family.draw(&random) }
        if kin == .child, let head, random.chance(0.02) { person.given = head.given }
        if kin == .child, let twin = home.members.last, twin.kin == .child, random.chance(0.03) {
            person.birth = twin.birth
        }
        if age >= 16, random.chance(0.62) { person.nationalID = nationalID(person) }
        if age < 10, random.chance(0.35) { person.birthNumber = "\(birth.year)/\(1 + random.below(2400))" }
        let reach = 0.42 + 0.12 * home.welfare + (home.isUrban ? 0.2 : 0)
        if age >= 18, random.chance(kin == .head ? reach + 0.15 : kin == .spouse ? reach - 0.05 : reach - 0.25) {
            person.phone = phone(&random)
        }
        person.difficulties = difficulties(age, &random)
        person.schooling = min(0.99, max(0, 0.28 + 0.11 * home.welfare + 0.16 * random.normal()))
        home.members.append(person)
    }

    private func given(_ isMale: Bool, _ random: inout SeededRandom) -> [String] {
        let names = isMale ? male : female
        var given = [names.draw(&random) ?? ""]
        if random.chance(0.3), let second = names.draw(&random), second != given[0] { given.append(second) }
        return given
    }

    /// The day of birth that fits the place in the household: a mother is 15 to 46 years older than her child.
    private func birth(of kin: TruePerson.Kin, in home: TrueHousehold, _ random: inout SeededRandom) -> CalendarDate {
        let head = home.members.first?.birth.completedYears(on: today) ?? 40
        let mother = home.members.first { !$0.isMale && ($0.kin == .head || $0.kin == .spouse) }
        let motherAge = mother?.birth.completedYears(on: today) ?? max(15, head - 4)
        let age: Int
        switch kin {
        case .head: age = Int(min(94, max(17, 41 + 14 * random.normal() + (random.chance(0.15) ? 18 : 0))))
        case .spouse: age = min(90, max(16, head + (home.members[0].isMale ? -5 : 4) + Int(4 * random.normal())))
        case .child:
            let oldest = max(0, min(35, motherAge - 15))
            age = min(oldest, max(0, oldest - random.below(oldest + 1) - (random.chance(0.5) ? 4 : 0)))
        case .parent: age = min(99, head + 18 + random.below(18))
        case .sibling: age = max(1, head - 12 + random.below(24))
        case .grandchild: age = random.below(max(1, min(18, head - 32)))
        case .niece: age = random.below(22)
        case .other, .unrelated: age = 5 + random.below(55)
        }
        let days = age * 365 + age / 4 + random.below(365)
        return today.adding(days: -days)
    }

    /// Twelve digits that no two people of one registry share, in the groups in which cards show them.
    private func nationalID(_ person: TruePerson) -> String {
        let place = UInt64(person.household) &* 64 &+ UInt64(person.member)
        let digits = String((place &* 7_919_000_017 &+ (seed % 1_000_003) &* 104_729) % 1_000_000_000_000)
        let padded = String(repeating: "0", count: 12 - digits.count) + digits
        return padded.prefix(4) + "/" + padded.dropFirst(4).prefix(3) + "." + padded.dropFirst(7)
    }

    private func phone(_ random: inout SeededRandom) -> String {
        let prefix = random.pick(["61", "62", "68", "69", "71", "72", "75", "76", "79"]) ?? "79"
        return "+" + source.callingCode + prefix + String(100_000 + random.below(900_000))
    }

    private func difficulties(_ age: Int, _ random: inout SeededRandom) -> [Int]? {
        guard age >= 5, random.chance(0.03 + pow(Double(age) / 100, 2) * 0.45) else { return nil }
        var levels = [1, 1, 1, 1, 1, 1]
        for _ in 0...random.below(2) {
            levels[random.below(6)] = random.chance(0.62) ? 2 : random.chance(0.8) ? 3 : 4
        }
        return levels
    }

    private func finish(_ home: inout TrueHousehold, _ random: inout SeededRandom) {
        let hasSpouse = home.members.contains { $0.kin == .spouse }
        if hasSpouse { home.members[0].isMarried = true }
    }
}
