import Registry

/// DCI property beside registry attribute, class by class; the translation both ways is this table and nothing else.
///
/// - Source: spdci/schemas at 53b6dbc (2026-04-17), `core/v1/data` and `extensions/social/v1/data`; the class stands in
///   each entry's `clause`. What a class has beyond these entries (identifiers, names of places, members, relations) is
///   written by `RecordRenderer` itself.
package enum AttributeTable {
    /// How a value of the registry stands in a record.
    package enum Shape: String, Sendable {
        case text
        /// The code of the DCI list that the profile maps to.
        case code
        case flag
        case number
        /// A day as date-time at midnight of the country.
        case day
        /// A birth date of any precision.
        case birth
        /// The first of several codes.
        case firstCode
        /// Text items.
        case texts
    }

    package struct Entry: Sendable {
        package let property: String
        package let attribute: String
        package let shape: Shape
        package let clause: String

        init(_ property: String, _ attribute: String, _ shape: Shape, _ clause: String) {
            (self.property, self.attribute, self.shape, self.clause) = (property, attribute, shape, clause)
        }
    }

    package static let name: [Entry] = [
        Entry("surname", "family_name", .text, "core Name"),
        Entry("given_name", "given_name", .text, "core Name"),
        Entry("second_name", "further_names", .text, "core Name"),
        Entry("maiden_name", "maiden_name", .text, "core Name"),
    ]

    package static let person: [Entry] = [
        Entry("sex", "sex", .code, "core Person, SexCategoryEnum"),
        Entry("birth_date", "birth_date", .birth, "core Person"),
        Entry("death_date", "death_date", .day, "core Person"),
        Entry("email", "emails", .texts, "core Person"),
    ]

    package static let member: [Entry] = [
        Entry("is_disabled", "is_disabled", .flag, "core Member"),
        Entry("marital_status", "civil_status", .code, "core Member, MaritalStatusEnum"),
        Entry("employment_status", "employment", .code, "core Member, EmploymentStatusEnum"),
        Entry("occupation", "occupation", .code, "core Member, OccupationEnum"),
        Entry("language_code", "languages", .firstCode, "core Member, LanguageCodeEnum"),
        Entry("education_level", "education", .code, "core Member, EducationLevelEnum"),
    ]

    package static let group: [Entry] = [
        Entry("group_type", "kind", .code, "core Group, AssistanceUnitEnum"),
        Entry("poverty_score", "poverty_score", .number, "core Group"),
        Entry("poverty_score_type", "poverty_score_type", .code, "core Group"),
    ]

    /// Washington Group domains and the attributes that answer them, for `disability_info`.
    package static let domains: [(domain: String, attribute: String)] = [
        ("seeing", "wg_seeing"), ("hearing", "wg_hearing"), ("walking", "wg_walking"),
        ("remembering", "wg_remembering"), ("self_care", "wg_self_care"), ("communicating", "wg_communicating"),
    ]

    /// Attributes that stand elsewhere in the record, so that `additional_attributes` does not repeat them.
    static func placed(_ kind: SubjectKind) -> Set<String> {
        switch kind {
        case .person:
            Set((name + person + member).map(\.attribute)).union(domains.map(\.attribute)).union(["area", "photo"])
        case .household:
            Set(group.map(\.attribute)).union(["area", "address", "latitude", "longitude"])
        }
    }

    // MARK: - Words of queries

    /// Attributes that can be asked for by their own names whatever the profile lists.
    static let always: [SubjectKind: [String]] = [
        .person: [
            "status", "area", "age", "birth_year", "birth_date", "role", "relationship",
            "recipient", "is_disabled", "registered_at", "updated_at", "observed_on", "due_on",
        ],
        .household: [
            "status", "area", "size", "kind", "poverty_score", "registered_at", "updated_at",
            "observed_on", "due_on",
        ],
    ]

    /// Words of docs/dci.md, 6, that a profile may have forgotten.
    static let words: [SubjectKind: [String: String]] = [
        .person: [
            "gender": "sex", "DOB": "birth_date", "YOB": "birth_year", "marital_status": "civil_status",
            "employment_status": "employment", "education_level": "education", "location": "area", "district": "area",
            "area-code": "area", "area_code": "area", "registration_date": "registered_at",
            "last_updated": "updated_at",
        ],
        .household: [
            "group_size": "size", "household_size": "size", "group_type": "kind", "location": "area",
            "district": "area",
            "area-code": "area", "area_code": "area", "geographical_location": "area", "pin-code": "postal_code",
            "registration_date": "registered_at", "last_updated": "updated_at",
        ],
    ]

    /// Words that mean an identifier of any type.
    static let identifierWords: [SubjectKind: [String]] = [
        .person: [
            "member_identifier", "member_identifier.identifier_value", "identifier", "identifier.identifier_value",
            "demographic_info.identifier", "demographic_info.identifier.identifier_value",
        ],
        .household: ["group_identifier", "group_identifier.identifier_value", "household_identifier"],
    ]

    static let phoneWords: [String] = [
        "PHONE", "MOBILE", "phone", "mobile", "mobile_number", "phone_number", "demographic_info.phone_number",
    ]

    static let nameWords: [String] = ["name", "full_name", "demographic_info.name"]
}
