import Linkage
import Postgres

/// What keeps two registrations of one person apart when they come at the same moment.
///
/// Each takes the marks of its people, folded into a fixed number of places, in rising order. The server's table of locks is
/// shared by everything that runs on it: a registration with very many marks takes one lock that stands for all.
enum IntakeLocks {
    /// The most places that one registration takes: those of some twenty people.
    static let most: Int = 256
    /// Places that marks fall into. Two families at work at once meet in one by chance three times in a thousand.
    private static let places: UInt64 = 1_048_576
    /// "who" in letters: the first half of a place's number.
    private static let space: Int32 = 0x77_686F
    /// "anybody" in letters: shared by all, and taken alone by whoever has too many marks.
    private static let everybody: Int64 = 0x61_6E79_626F_6479
    /// Marks of one person's names.
    private static let mostNames: Int = 6

    static func statements(of people: [[MatchKeys.Made]]) -> [SQL] {
        let taken = places(of: people)
        guard taken.count <= most else { return ["SELECT pg_advisory_xact_lock(\(everybody))"] }
        return [
            "SELECT pg_advisory_xact_lock_shared(\(everybody))",
            "SELECT pg_advisory_xact_lock(\(space), k.place) FROM unnest(\(taken)::integer[]) AS k (place)",
        ]
    }

    static func places(of people: [[MatchKeys.Made]]) -> [Int32] {
        Set(people.flatMap(marks).map { Int32(UInt64(bitPattern: $0) % places) }).sorted()
    }

    /// What two registrations of one person have in common, whatever else differs: numbers, the day of birth, beginnings and
    /// ends of names with the year, and names alone, because the other desk may know no day, no year and no number.
    private static func marks(_ made: [MatchKeys.Made]) -> [Int64] {
        let families: Set<BlockingFamily> = [
            .identifier, .phone, .date, .stemsYear, .familyYearSex, .givenTailYear,
        ]
        let names = made.filter { $0.family == .words }.map(\.key).sorted().prefix(mostNames)
        let marks = made.filter { families.contains($0.family) }.map(\.key) + names
        return marks.isEmpty ? Array(made.map(\.key).sorted().prefix(mostNames)) : marks
    }
}
