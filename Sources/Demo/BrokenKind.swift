import Groundwork

/// What is wrong on purpose with a household of the demo.
package enum BrokenKind: String, Sendable, CaseIterable {
    case unknownArea = "unknown_area"
    case impossibleDate = "impossible_date"
    case personTwice = "person_twice"
    case brokenQuoting = "broken_quoting"
    case invalidEncoding = "invalid_utf8"
    case twoHeads = "two_heads"
    case noHead = "no_head"
    case unknownCode = "unknown_code"
    case longKey = "key_too_long"
    case missingName = "missing_name"
    case futureBirth = "future_birth"
    case missingConsent = "missing_consent"
    case repeatedKey = "repeated_key"
    case fewCells = "few_cells"
    case ageAndBirth = "age_and_birth"
    case malformedPhone = "malformed_phone"
    case malformedIdentifier = "malformed_identifier"
    case numberOutOfRange = "number_out_of_range"

    /// The finding that the import must raise.
    package var code: String {
        switch self {
        case .unknownArea: "area.unknown"
        case .impossibleDate: "date.invalid"
        case .personTwice: "members.person_twice"
        case .brokenQuoting: "csv.quoting"
        case .invalidEncoding: "csv.encoding"
        case .twoHeads: "members.head_count"
        case .noHead: "members.head_count"
        case .unknownCode: "code.unknown"
        case .longKey: "text.too_long"
        case .missingName: "name.missing"
        case .futureBirth: "date.future"
        case .missingConsent: "value.missing"
        case .repeatedKey: "key.repeated"
        case .fewCells: "csv.columns"
        case .ageAndBirth: "birth.both"
        case .malformedPhone: "phone.malformed"
        case .malformedIdentifier: "identifier.malformed"
        case .numberOutOfRange: "number.range"
        }
    }

    /// Spoils the rows of a household and tells which of them are bad; the others go to quarantine with them.
    ///
    /// - Parameter earlier: the key of a person who stands earlier in the file.
    /// - Returns: places of the bad rows.
    func plant(
        in rows: inout [DemoRow], source: DemoSource, today: CalendarDate, earlier: String,
        _ random: inout SeededRandom
    ) -> [Int] {
        let any = random.below(rows.count)
        let other = rows.count > 1 ? 1 + random.below(rows.count - 1) : 0
        switch self {
        case .unknownArea: rows[0]["area_code"] = "Z" + rows[0]["area_code"]
        case .noHead: rows[0]["role"] = source.code("role", "member")
        case .missingConsent: rows[0]["consent_basis"] = ""
        case .numberOutOfRange: rows[0]["rooms"] = "-3"
        case .personTwice:
            var copy = rows[rows.count - 1]
            copy["role"] = source.code("role", "member")
            copy["recipient"] = ""
            rows.append(copy)
            return [rows.count - 1]
        case .twoHeads where rows.count > 1:
            rows[other]["role"] = source.code("role", "head")
            return [other]
        default:
            spoil(&rows[any], today: today, earlier: earlier)
            return [any]
        }
        return [0]
    }

    private func spoil(_ row: inout DemoRow, today: CalendarDate, earlier: String) {
        switch self {
        case .impossibleDate:
            (row["birth_date"], row["age"]) = ("1987-02-30", "")
        case .brokenQuoting: row.raw("given_name", Array("\"Jean\"x".utf8))
        case .invalidEncoding: row.raw("given_name", [0x4A, 0xE9, 0x61, 0x6E])
        case .unknownCode: row["sex"] = "Q"
        case .longKey: row["person_key"] = String(repeating: "K", count: 80)
        case .futureBirth: (row["birth_date"], row["age"]) = ("\(today.year + 3)-01-15", "")
        case .repeatedKey: row["person_key"] = earlier
        case .fewCells: row.isCut = true
        case .ageAndBirth: (row["birth_date"], row["age"]) = ("1990-05-01", "31")
        case .malformedPhone: row["phones"] = "12"
        case .malformedIdentifier: row["identifiers"] = row.identifierType + ":12"
        default: (row["given_name"], row["further_names"], row["family_name"]) = ("", "", "")
        }
    }
}
