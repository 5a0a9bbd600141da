import Documents
import Foundation
import Groundwork
import Profiles
import Registry

/// The invented people: whoever has number `n` is the same in every run, without keeping anybody in memory.
struct Population: Sendable {
    let people: Int
    let areas: [Area]
    private let family: WeightedNames
    private let male: WeightedNames
    private let female: WeightedNames

    /// Sizes of ten households in turn; 4.5 people on average.
    private static let sizes: [Int] = [4, 5, 3, 6, 4, 7, 2, 5, 4, 5]
    private static let block: Int = 45
    private static let starts: [Int] = sizes.indices.map { sizes[..<$0].reduce(0, +) }

    init(people: Int, profile: Profile, context: RegistryContext) throws(BenchFault) {
        func names(_ part: String) throws(BenchFault) -> WeightedNames {
            guard let names = profile.names[part]?["names"]?.object else { throw .answer("no names in the profile") }
            return WeightedNames(names)
        }
        let index = context.areas.index
        let deepest = index.areas.filter { $0.geography == index.current }.map(\.level).max() ?? 0
        areas = index.areas.filter { $0.geography == index.current && $0.level == deepest }
        (family, male, female) = (try names("family"), try names("given_male"), try names("given_female"))
        self.people = people
        guard !areas.isEmpty else { throw .answer("no areas in the profile") }
    }

    struct Somebody: Sendable {
        var number: Int
        var household: Int
        /// Place in the household; 0 is the head.
        var place: Int
        var isFemale: Bool
        /// Places in the lists of names, for those who keep something by name.
        var givenPlace: Int
        var familyPlace: Int
        var given: String
        var family: String
        var birth: CalendarDate
    }

    func somebody(_ number: Int) -> Somebody {
        let (block, rest) = number.quotientAndRemainder(dividingBy: Self.block)
        let slot = Self.starts.lastIndex { $0 <= rest } ?? 0
        let place = rest - Self.starts[slot]
        let isFemale = Self.mix(number, 1) % 100 < 51
        let given = (isFemale ? female : male).place(Self.mix(number, 2))
        let surname = family.place(Self.mix(number, 3))
        let age =
            place == 0
            ? 22 + Self.mix(number, 4) % 55 : place == 1 ? 20 + Self.mix(number, 4) % 50 : Self.mix(number, 4) % 25
        let day = 20_270 - age * 365 - Self.mix(number, 5) % 365
        return Somebody(
            number: number, household: block * Self.sizes.count + slot, place: place, isFemale: isFemale,
            givenPlace: given, familyPlace: surname, given: (isFemale ? female : male).names[given],
            family: family.names[surname], birth: CalendarDate(daysSince1970: day) ?? .earliest)
    }

    /// People in the household; the last one may have been cut off by the number of people.
    func size(of household: Int) -> Int {
        min(Self.sizes[household % Self.sizes.count], people - firstMember(of: household))
    }

    func firstMember(of household: Int) -> Int {
        let (block, slot) = household.quotientAndRemainder(dividingBy: Self.sizes.count)
        return block * Self.block + Self.starts[slot]
    }

    var households: Int { somebody(people - 1).household + 1 }

    func area(of household: Int) -> Area { areas[Self.mix(household, 6) % areas.count] }

    /// The number on the identity card, 16 digits, in normal form.
    func nationalID(_ number: Int) -> String {
        let serial = String(100_000_000 + number)
        return serial + String(1_000_000 + Self.mix(number, 7) % 9_000_000)
    }

    func phone(_ household: Int) -> String { "+2576\(String(10_000_000 + household).suffix(7))" }

    /// UUIDs of version 7 in order, as the server makes them.
    func personID(_ number: Int) -> UUID { id(number, kind: 1) }
    func householdID(_ number: Int) -> UUID { id(number, kind: 2) }
    func personRecordID(_ number: Int) -> UUID { id(number, kind: 3) }
    func householdRecordID(_ number: Int) -> UUID { id(number, kind: 4) }

    private func id(_ number: Int, kind: UInt64) -> UUID {
        UUIDv7.value(
            stamp: 1_750_000_000_000 + UInt64(number),
            random: UInt64(bitPattern: Int64(Self.mix(number, 8))) << 3 | kind)
    }

    /// SplitMix64 of a number and a salt; never negative.
    static func mix(_ number: Int, _ salt: Int) -> Int {
        var state =
            UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(truncatingIfNeeded: salt)
            &* 0xD1B5_4A32_D192_ED03
        state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((state ^ (state >> 31)) >> 2)
    }
}

/// Names that are as frequent as the profile says.
struct WeightedNames: Sendable {
    let names: [String]
    private let upTo: [Int]

    init(_ weights: JSONObject) {
        var (names, sums, sum): ([String], [Int], Int) = ([], [], 0)
        for (name, weight) in weights {
            sum += weight.int ?? 1
            names.append(name)
            sums.append(sum)
        }
        (self.names, upTo) = (names, sums)
    }

    func place(_ number: Int) -> Int {
        let wanted = number % (upTo.last ?? 1)
        var (low, high) = (0, names.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if upTo[middle] > wanted { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
