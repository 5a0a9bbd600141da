import Groundwork

/// What a programme of the former system knows of a household: a second one is enrolled, and paid every second month.
///
/// Everything follows from the household's number, so that the same demo tells the same every time.
struct FormerProgramme {
    /// Values of one line, by name.
    typealias Words = [String: String]

    private static let programme = "MERANKABANDI"
    /// Francs for two months.
    private static let amount = "72000"
    private static let mostRounds = 6

    /// The enrolment of the household of that slot; nil where it takes no part.
    static func enrolment(slot: Int, household: String, observed: CalendarDate, today: CalendarDate) -> Words? {
        guard slot % 2 == 0 else { return nil }
        let from = min(observed.adding(days: 30), today)
        var words: Words = [
            "programme": programme, "household_key": household, "enrolment_key": "B-" + household,
            "enrolment_status": "ACTIVE", "enrolment_from": from.description,
        ]
        if slot % 10 == 0 {
            words["enrolment_status"] = "GRADUATED"
            words["enrolment_to"] = from.adding(days: 540).description
        } else if slot % 14 == 0 {
            words["enrolment_status"] = "SUSPENDED"
        }
        return words
    }

    /// The payments that came of an enrolment up to today.
    static func benefits(slot: Int, of enrolment: Words, today: CalendarDate) -> [Words] {
        guard let from = enrolment["enrolment_from"].flatMap({ CalendarDate($0) }),
            let household = enrolment["household_key"]
        else { return [] }
        return (1...mostRounds).compactMap { round in
            let day = from.adding(days: 60 * round)
            guard day <= today else { return nil }
            return [
                "programme": programme, "household_key": household, "benefit_key": "P-\(household)-\(round)",
                "benefit_on": day.description, "amount": amount, "round": String(round),
                "benefit_status": (slot + round) % 11 == 0 ? "FAILED" : "RECONCILED",
            ]
        }
    }
}
