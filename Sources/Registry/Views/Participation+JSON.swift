package import Documents
import Groundwork

extension Participation {
    /// Reads one item of the claim `participation`; nil when programme, kind or key is missing.
    package init?(_ json: JSON) {
        guard let programme = json["programme"]?.string,
            let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)), let key = json["key"]?.string
        else { return nil }
        var amount: Money?
        if let minor = json["amount_minor"]?.int, let currency = json["currency"]?.string {
            amount = Money(minorUnits: Int64(minor), currency: currency)
        }
        self.init(
            programme: programme, kind: kind, key: key, status: json["status"]?.string,
            from: json["from"]?.string.flatMap { CalendarDate($0) },
            to: json["to"]?.string.flatMap { CalendarDate($0) },
            amount: amount, detail: json["detail"]?.object ?? [:])
    }

    /// The item as it stands in the claim.
    package var json: JSON {
        var object: JSONObject = [
            "programme": .string(programme), "kind": .string(kind.rawValue), "key": .string(key),
        ]
        if let status { object["status"] = .string(status) }
        if let from { object["from"] = .string(from.description) }
        if let to { object["to"] = .string(to.description) }
        if let amount {
            object["amount_minor"] = .number(JSONNumber(Int(amount.minorUnits)))
            object["currency"] = .string(amount.currency)
        }
        if detail.count > 0 { object["detail"] = .object(detail) }
        return .object(object)
    }
}
