package import Groundwork
import Documents

extension Survivorship {
    /// The view of a household over the records given; see `person(_:records:asOf:householdOf:)`.
    package func household(
        _ id: ID<Household>, records all: [SourceRecord], asOf day: CalendarDate? = nil
    ) -> HouseholdView? {
        let statements = all.filter { $0.claims["undoes"] == nil }
        let all = Self.ordered(day.map { day in statements.filter { $0.observedOn <= day } } ?? statements)
        let records = all.contains(where: \.isReport) ? all.filter { !$0.isReport } : all
        guard let newest = records.last else { return nil }
        let winners = winners(of: records)
        let status = Self.status(of: records)
        let kind = winners.values["kind"]?.string ?? "household"
        var view = HouseholdView(
            id: id, status: .active, values: winners.values, origins: winners.origins,
            contacts: Self.contacts(of: records), participation: Self.participation(of: all), mergedInto: nil,
            observedOn: newest.observedOn, dueOn: due(after: records, kind: kind),
            registeredAt: records.map(\.recordedAt).min() ?? newest.recordedAt)
        if let survivor = status?["merged_into"]?.string.flatMap({ ID<Household>($0) }) {
            (view.status, view.mergedInto) = (.merged, survivor)
        } else if status?["value"]?.string == "inactive" {
            view.status = .inactive
        }
        return view
    }
}
