package import Documents
import Foundation
package import Groundwork

extension AttributeDictionary {
    /// Longest text of one attribute, in characters.
    package static let longestText: Int = 200

    /// Claims as they may be recorded: words turned into codes, dates read, unknown attributes refused.
    ///
    /// - Parameters:
    ///   - today: the day against which dates are held: nobody is born tomorrow.
    ///   - findings: gets one finding for each thing that a person can correct.
    package func checked(
        _ claims: JSONObject, of kind: SubjectKind, areas: AreaIndex, today: CalendarDate, at path: FieldPath,
        findings: inout [Finding]
    ) -> JSONObject {
        var result: JSONObject = [:]
        for (name, value) in claims {
            let place = path.appending(name)
            guard let attribute = attributes[kind]?[name], !attribute.isDerived else {
                findings.append(
                    Finding(
                        place, code: "attribute.unknown",
                        "There is no such attribute of a \(kind.rawValue); see the attributes in the API reference."))
                continue
            }
            if value.isNull {
                result[name] = .null
                continue
            }
            if let checked = checked(value, attribute, areas: areas, today: today, at: place, findings: &findings) {
                result[name] = checked
            }
        }
        checkLife(result, at: path, findings: &findings)
        return result
    }

    private func checkLife(_ claims: JSONObject, at path: FieldPath, findings: inout [Finding]) {
        guard let birth = claims["birth_date"]?["date"]?.string.flatMap({ CalendarDate($0) }),
            let death = claims["death_date"]?.string.flatMap({ CalendarDate($0) }), death < birth
        else { return }
        findings.append(
            Finding(
                path.appending("death_date"), code: "date.death_before_birth",
                "The day of death lies before the day of birth."))
    }

    private func checked(
        _ value: JSON, _ attribute: Attribute, areas: AreaIndex, today: CalendarDate, at place: FieldPath,
        findings: inout [Finding]
    ) -> JSON? {
        func wrong(_ code: String, _ summary: String) -> JSON? {
            findings.append(Finding(place, code: code, summary))
            return nil
        }
        switch attribute.kind {
        case .text:
            guard let text = value.string else { return wrong("type.text", "A text is expected.") }
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard trimmed.count <= Self.longestText else {
                return wrong("text.too_long", "The text is longer than \(Self.longestText) characters.")
            }
            guard !trimmed.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
                return wrong("text.control", "The text holds a control character; remove it.")
            }
            return trimmed.isEmpty ? .null : .string(trimmed)
        case .code:
            guard let word = value.string else { return wrong("type.code", "A code as text is expected.") }
            return code(word, attribute) ?? wrong("code.unknown", unknownCode(attribute))
        case .codes:
            guard let words = value.array else { return wrong("type.codes", "A list of codes is expected.") }
            guard words.count <= 30 else { return wrong("codes.too_many", "At most 30 codes are accepted.") }
            var codes: [JSON] = []
            for (index, word) in words.enumerated() {
                guard let text = word.string, let found = code(text, attribute) else {
                    findings.append(
                        Finding(place.appending(index), code: "code.unknown", unknownCode(attribute)))
                    continue
                }
                if !codes.contains(found) { codes.append(found) }
            }
            return .array(codes)
        case .date:
            guard let date = value.string.flatMap({ CalendarDate($0) }) else {
                return wrong("date.invalid", "A day that exists is expected, written YYYY-MM-DD.")
            }
            guard date <= today || attribute.name == "due_on" else {
                return wrong("date.future", "The day lies in the future.")
            }
            return .string(date.description)
        case .partialDate:
            return partialDate(value, today: today, wrong: wrong)
        case .integer:
            guard let number = value.int ?? value.string.flatMap({ Int($0) }) else {
                return wrong("type.integer", "A whole number is expected.")
            }
            guard (attribute.minimum ?? .min)...(attribute.maximum ?? .max) ~= number else {
                return wrong("number.range", range(attribute))
            }
            return .number(JSONNumber(number))
        case .decimal:
            guard let number = value.decimal ?? value.string.flatMap({ Decimal(string: $0) }), number.isFinite else {
                return wrong("type.decimal", "A decimal number is expected.")
            }
            guard abs(number) < 10_000_000_000 else {
                return wrong("number.range", "The number is too large.")
            }
            if let low = attribute.minimum, number < Decimal(low) { return wrong("number.range", range(attribute)) }
            if let high = attribute.maximum, number > Decimal(high) { return wrong("number.range", range(attribute)) }
            return .number(JSONNumber(Self.rounded(number, digits: attribute.digits)))
        case .boolean:
            guard let truth = value.bool else { return wrong("type.boolean", "true or false is expected.") }
            return .bool(truth)
        case .json:
            return value
        case .area:
            guard let reference = value.string else { return wrong("type.area", "An area code as text is expected.") }
            guard let area = areas.area(reference) else {
                return wrong("area.unknown", "No area has this code; look it up under /api/v1/areas.")
            }
            return .string(area.reference)
        case .texts:
            guard let words = value.array, words.count <= 10, words.allSatisfy({ ($0.string?.count ?? 1000) <= 200 })
            else { return wrong("type.texts", "A list of at most 10 texts is expected.") }
            return value
        }
    }

    private func code(_ word: String, _ attribute: Attribute) -> JSON? {
        guard let name = attribute.codeList, let list = lists[name] else { return .string(word) }
        return list.code(for: word).map { .string($0.code) }
    }

    private func unknownCode(_ attribute: Attribute) -> String {
        let list = attribute.codeList ?? attribute.name
        let some = (lists[list]?.codes ?? []).prefix(12).map(\.code).joined(separator: ", ")
        return "The code is not in the list \(list): \(some)\((lists[list]?.codes.count ?? 0) > 12 ? ", …" : "")."
    }

    private func range(_ attribute: Attribute) -> String {
        switch (attribute.minimum, attribute.maximum) {
        case (let low?, let high?): "The number must lie between \(low) and \(high)."
        case (let low?, nil): "The number must be at least \(low)."
        case (nil, let high?): "The number must be at most \(high)."
        case (nil, nil): "The number is out of range."
        }
    }

    private func partialDate(
        _ value: JSON, today: CalendarDate, wrong: (String, String) -> JSON?
    ) -> JSON? {
        let stated: PartialDate?
        if let text = value.string {
            stated = PartialDate(text)
        } else if let text = value["date"]?.string, let read = PartialDate(text) {
            let precision = value["precision"]?.string.map { PartialDate.Precision(rawValue: $0) }
            if let precision, precision == nil {
                return wrong("precision.unknown", "The precision is day, month, year or estimated.")
            }
            stated = PartialDate(read.date, precision: (precision ?? nil) ?? read.precision)
        } else {
            stated = nil
        }
        guard let stated else {
            return wrong(
                "date.invalid", "A date that exists is expected: YYYY-MM-DD, YYYY-MM or YYYY, or {date, precision}.")
        }
        guard stated.date <= today else { return wrong("date.future", "The day lies in the future.") }
        guard stated.date.year >= today.year - 130 else {
            return wrong("date.too_early", "The year lies more than 130 years back.")
        }
        return Self.json(stated)
    }

    /// Half up, as far as the attribute keeps digits.
    static func rounded(_ number: Decimal, digits: Int?) -> Decimal {
        guard let digits else { return number }
        var (source, result) = (number, Decimal())
        NSDecimalRound(&result, &source, digits, .plain)
        return result
    }

    /// A partial date as it stands in claims.
    package static func json(_ date: PartialDate) -> JSON {
        .object(["date": .string(date.date.description), "precision": .string(date.precision.rawValue)])
    }

    /// Contacts in normal form.
    package func checked(
        _ contacts: Contacts, of kind: SubjectKind, at path: FieldPath, findings: inout [Finding]
    ) -> Contacts {
        var result = Contacts()
        for (index, identifier) in contacts.identifiers.enumerated() {
            let place = path.appending("identifiers").appending(index)
            guard let type = identifierTypes[identifier.type.uppercased()] else {
                findings.append(
                    Finding(
                        place.appending("type"), code: "identifier.type_unknown",
                        "The type is none of \(identifierTypes.keys.sorted().joined(separator: ", "))."))
                continue
            }
            guard let value = type.normalise(identifier.value) else {
                findings.append(
                    Finding(
                        place.appending("value"), code: "identifier.malformed",
                        "A value of \(type.minimumLength) to \(type.maximumLength) characters is expected for "
                            + "\(type.code)."))
                continue
            }
            var kept = identifier
            (kept.type, kept.value) = (type.code, value)
            result.identifiers.append(kept)
        }
        if let phones = contacts.phones {
            result.phones = []
            for (index, phone) in phones.enumerated() {
                guard let number = self.phone(phone) else {
                    findings.append(
                        Finding(
                            path.appending("phones").appending(index), code: "phone.malformed",
                            "A phone number is expected, best in the form +\(callingCode)… ."))
                    continue
                }
                if !(result.phones?.contains(number) ?? false) { result.phones?.append(number) }
            }
        }
        return result
    }
}
