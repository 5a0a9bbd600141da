import Documents
import Foundation
package import Groundwork

/// Makes a realistic registry of any size with known truth: the same seed gives the same files, byte for byte.
///
/// Writes `registry.csv` in the plain layout, `truth.csv` (person_key, true_person, household_key, duplicate, accepted)
/// and `manifest.json`. Nothing is kept in memory but one household: every household follows from seed and number, so an
/// earlier one is made again where it is doubled.
package struct DemoGenerator: Sendable {
    private let source: DemoSource
    private let seed: UInt64
    private let households: Int
    private let today: CalendarDate
    private let maker: HouseholdMaker
    private let recorder: Recorder
    private let plan: SlotPlan

    /// - Parameters:
    ///   - today: the day of the newest possible visit; the import must not run before it.
    ///   - duplicateShare: share of rows that double a person, 0 to 0.3.
    ///   - brokenShare: share of households with a row broken on purpose, 0 to 0.5.
    package init(
        source: DemoSource, seed: UInt64, households: Int, today: CalendarDate, duplicateShare: Double = 0.07,
        brokenShare: Double = 0.01
    ) throws(DemoFault) {
        guard (1...10_000_000).contains(households) else { throw .households }
        (self.source, self.seed, self.households, self.today) = (source, seed, households, today)
        maker = HouseholdMaker(source: source, seed: seed, today: today)
        recorder = Recorder(source: source, today: today)
        plan = SlotPlan(
            seed: seed, duplicateShare: min(0.3, max(0, duplicateShare)), brokenShare: min(0.5, max(0, brokenShare)))
    }

    /// Writes the three files into a folder, made if it is missing.
    ///
    /// - Parameters:
    ///   - form: another layout of `registry.csv`; nil for the plain one.
    ///   - progress: called now and then with the number of households written.
    package func write(
        to folder: String, form: DemoForm? = nil, progress: (Int) -> Void = { _ in }
    ) throws(DemoFault) -> DemoManifest {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .writing(file: folder)
        }
        var manifest = DemoManifest(profile: source.profile, seed: seed)
        if let form { for sheet in form.sheets.dropLast() { try write(sheet, of: form, to: folder) } }
        let last = form?.sheets.last
        var registry = try DemoFile(folder + "/" + (last?.file ?? "registry.csv"))
        var truth = try DemoFile(folder + "/truth.csv")
        try registry.write((last?.header ?? source.columns.joined(separator: ",")) + "\n")
        try truth.write("person_key,true_person,household_key,duplicate,accepted\n")
        let placesByCode: [String: DemoSource.Place] = form == nil ? [:] : placesByCode()
        for slot in 0..<households {
            let (rows, broken, bad) = rows(of: slot, isWhole: form != nil)
            note(rows, broken, bad, in: &manifest)
            try registry.write { bytes in
                if let form, let last {
                    let place = rows.first.flatMap { placesByCode[$0["area_code"]] }
                    return form.write(rows, slot: slot, at: place, today: today, last, to: &bytes)
                }
                for row in rows { row.write(to: &bytes) }
            }
            try truth.write { bytes in Self.writeTruth(rows, isAccepted: broken == nil, to: &bytes) }
            if slot % 500 == 499 { progress(slot + 1) }
        }
        try registry.close()
        try truth.close()
        var file = try DemoFile(folder + "/manifest.json")
        try file.write { $0.append(contentsOf: manifest.json.serialized(pretty: true) + [0x0A]) }
        try file.close()
        progress(households)
        return manifest
    }

    private func placesByCode() -> [String: DemoSource.Place] {
        Dictionary(source.places.map { ($0.code, $0) }) { first, _ in first }
    }

    /// Writes one of several files; every household is made anew for each.
    private func write(_ sheet: DemoForm.Sheet, of form: DemoForm, to folder: String) throws(DemoFault) {
        var file = try DemoFile(folder + "/" + sheet.file)
        try file.write(sheet.header + "\n")
        let placesByCode = placesByCode()
        if sheet.rows == .area, let row = rows(of: 0, isWhole: true).rows.first {
            for place in source.places {
                try file.write { form.write(place, like: row, sheet, to: &$0) }
            }
            return try file.close()
        }
        for slot in 0..<households {
            let rows = rows(of: slot, isWhole: true).rows
            let place = rows.first.flatMap { placesByCode[$0["area_code"]] }
            try file.write { form.write(rows, slot: slot, at: place, today: today, sheet, to: &$0) }
        }
        try file.close()
    }

    private func note(_ rows: [DemoRow], _ broken: BrokenKind?, _ bad: [Int], in manifest: inout DemoManifest) {
        let first = manifest.rows + 2
        manifest.rows += rows.count
        if let broken {
            let companions = rows.indices.filter { !bad.contains($0) }
            manifest.note(broken, lines: bad.map { first + $0 }, companions: companions.map { first + $0 })
            return
        }
        manifest.households += 1
        manifest.people += rows.count
        for row in rows {
            if let kind = row.duplicate { manifest.duplicates[kind, default: 0] += 1 } else { manifest.truePeople += 1 }
        }
    }

    private static func writeTruth(_ rows: [DemoRow], isAccepted: Bool, to bytes: inout [UInt8]) {
        for row in rows {
            DemoRow.append(row["person_key"], to: &bytes)
            bytes.append(UInt8(ascii: ","))
            bytes.append(contentsOf: row.identity.utf8)
            bytes.append(UInt8(ascii: ","))
            DemoRow.append(row["household_key"], to: &bytes)
            bytes.append(UInt8(ascii: ","))
            bytes.append(contentsOf: (row.duplicate?.rawValue ?? "").utf8)
            bytes.append(contentsOf: (isAccepted ? ",1\n" : ",0\n").utf8)
        }
    }
}

extension DemoGenerator {
    /// The rows of one slot, what is broken about them, and which of them are bad.
    private func rows(of number: Int, isWhole: Bool) -> (rows: [DemoRow], broken: BrokenKind?, bad: [Int]) {
        var random = SeededRandom(seed: seed, stream: 3, index: UInt64(number))
        switch plan[number] {
        case .again(let earlier): return (registeredAgain(earlier, as: number, &random), nil, [])
        case .deliberate(let earlier): return (enrolledAnew(earlier, as: number, &random), nil, [])
        case .first(let broken):
            let home = maker.household(number)
            let visit = Recorder.Visit(slot: number, place: home.place, today: today, isRepeat: false, &random)
            var rows = recorder.rows(home.members, of: home, visit: visit, &random)
            guard let broken, !isWhole else {
                addDoubles(to: &rows, home: home, visit: visit, &random)
                return (rows, nil, [])
            }
            let earlier = plan.sound(before: number, &random) ?? 0
            let key = Recorder.Visit(slot: earlier, place: 0, today: today, isRepeat: false, &random).personKey(1)
            let bad = broken.plant(in: &rows, source: source, today: today, earlier: key, &random)
            return (rows, broken, bad)
        }
    }

    /// A whole household met again: a member may be missing, it may have moved, phones change.
    private func registeredAgain(
        _ earlier: Int, as number: Int, _ random: inout SeededRandom
    ) -> [DemoRow] {
        let home = maker.household(earlier)
        let place = random.chance(0.3) ? random.below(source.places.count) : home.place
        let visit = Recorder.Visit(slot: number, place: place, today: today, isRepeat: true, &random)
        var members = home.members.filter { _ in random.chance(0.88) }
        if members.isEmpty { members = [home.members[0]] }
        if random.chance(0.4) { for index in members.indices { members[index].phone = nil } }
        var rows = recorder.rows(members, of: home, visit: visit, &random)
        for index in rows.indices { rows[index].duplicate = .household }
        return rows
    }

    /// Somebody enrols a second time as a head near by, without a card, with some of the children.
    private func enrolledAnew(_ earlier: Int, as number: Int, _ random: inout SeededRandom) -> [DemoRow] {
        let home = maker.household(earlier)
        let place = max(0, min(source.places.count - 1, home.place + random.within(-3...3)))
        let visit = Recorder.Visit(slot: number, place: place, today: today, isRepeat: true, &random)
        let adults = home.members.filter { $0.birth.completedYears(on: today) >= 17 }
        var head = random.pick(adults) ?? home.members[0]
        if random.chance(0.45), let given = head.given.first { (head.given, head.family) = ([head.family], given) }
        if random.chance(0.5) { head.birth = head.birth.adding(days: random.within(-900 ... -20)) }
        if random.chance(0.75) { head.nationalID = nil }
        let children = home.members.filter { $0.kin == .child && $0.member != head.member && random.chance(0.35) }
        var rows = recorder.rows([head] + children, of: home, visit: visit, &random)
        for index in rows.indices { rows[index].duplicate = .deliberate }
        return rows
    }

    private func addDoubles(
        to rows: inout [DemoRow], home: TrueHousehold, visit: Recorder.Visit, _ random: inout SeededRandom
    ) {
        if home.number >= 20, random.chance(plan.elsewhereShare), let earlier = plan.sound(before: home.number, &random)
        {
            let other = maker.household(earlier)
            var person = random.pick(Array(other.members.dropFirst())) ?? other.members[0]
            person.kin = .other
            append(person, .elsewhere, to: &rows, home: home, visit: visit, &random)
        }
        if home.number >= 20, random.chance(plan.withinShare), var person = random.pick(Array(home.members.dropFirst()))
        {
            // A card shown twice would be seen at once; such a list is refused, not accepted as a duplicate.
            (person.nationalID, person.birthNumber) = (nil, nil)
            append(person, .within, to: &rows, home: home, visit: visit, &random)
        }
    }

    private func append(
        _ person: TruePerson, _ kind: DuplicateKind, to rows: inout [DemoRow], home: TrueHousehold,
        visit: Recorder.Visit, _ random: inout SeededRandom
    ) {
        var row = recorder.row(person, home: home, visit: visit, isHead: false, &random)
        row["person_key"] = visit.personKey(rows.count + 1)
        row.duplicate = kind
        rows.append(row)
    }
}
