import Documents
import Groundwork
import Linkage
import Registry

extension Profile {
    /// Reads a profile folder whole.
    ///
    /// - Throws: `.unreadable` or `.malformed` naming the file.
    package static func load(_ path: String) throws(ProfileFault) -> Profile {
        var folder = ProfileFolder(root: path)
        let head = try folder.json("profile.json")
        guard let code = head["code"]?.string, let title = head["title"]?.string else {
            throw .malformed(file: "profile.json", reason: "code and title are needed.")
        }
        let language = head["default_language"]?.string ?? "eng"
        var geographies: [Geography] = []
        for item in head["geographies"]?.array ?? [] {
            guard let name = item["code"]?.string else { continue }
            geographies.append(try geography(name, language: language, &folder))
        }
        var lists: [CodeList] = []
        var identifierTypes: [IdentifierType] = []
        for file in folder.files(in: "codes", ending: ".json") {
            let json = try folder.json(file)
            let list = codeList(json)
            lists.append(list)
            if list.name == "identifier_type" { identifierTypes = types(json) }
        }
        let attributes = try attributes(&folder)
        let dictionary = AttributeDictionary(
            attributes: attributes, lists: lists, identifierTypes: identifierTypes,
            callingCode: head["country"]?["calling_code"]?.string ?? "",
            nationalLength: head["country"]?["national_number_length"]?.int ?? 8)
        let partners = try folder.json("registry/partners.json")
        let actors = try folder.json("roles/actors.json")
        var names: [String: JSON] = [:]
        for file in folder.files(in: "names", ending: ".json") {
            names[stem(file)] = try folder.json(file)
        }
        var mappings: [String: JSON] = [:]
        for file in folder.files(in: "mappings", ending: ".json") {
            mappings[stem(file)] = try folder.json(file)
        }
        var quality: [String: JSON] = [:]
        for file in folder.files(in: "quality", ending: ".json") {
            quality[stem(file)] = try folder.json(file)
        }
        var programmes: [String: JSON] = [:]
        for file in folder.files(in: "programmes", ending: ".json") {
            programmes[stem(file)] = try folder.json(file)
        }
        var match: [String: JSON] = [:]
        for file in folder.files(in: "match", ending: ".json") {
            match[stem(file)] = try folder.json(file)
        }
        var labels: [String: [String: String]] = [:]
        for file in folder.files(in: "labels", ending: ".json") {
            let json = try folder.json(file)
            var words: [String: String] = [:]
            for (key, value) in json["labels"]?.object ?? [:] { words[key] = value.string }
            labels[stem(file)] = words
        }
        return Profile(
            folder: path, code: code, title: title, version: head["version"]?.int ?? 1,
            country: head["country"]?["alpha2"]?.string ?? "", currency: head["currency"]?["code"]?.string ?? "",
            currencyExponent: head["currency"]?["exponent"]?.int ?? 2,
            timeZone: head["time_zone"]?.string ?? "UTC",
            languages: (head["languages"]?.array ?? []).compactMap { item in
                item["code"]?.string.map { Language(code: $0, name: item["name"]?.string ?? $0) }
            },
            defaultLanguage: language, modules: head["modules"]?.texts ?? [], geographies: geographies,
            areaSets: try areaSets(language: language, &folder), crosswalks: try crosswalks(geographies, &folder),
            lists: lists, attributes: attributes,
            identifierTypes: identifierTypes, dictionary: dictionary,
            rules: try rules(lists: lists, &folder),
            partners: (partners["senders"]?.array ?? []).compactMap { item in
                item["sender_id"]?.string.map {
                    Partner(
                        sender: $0, dialect: item["dialect"]?.string.flatMap(Partner.Dialect.init) ?? .strict)
                }
            },
            defaultDialect: partners["default_dialect"]?.string.flatMap(Partner.Dialect.init) ?? .strict,
            actors: (actors["actors"]?.array ?? []).compactMap { item in
                guard let name = item["name"]?.string, let role = item["role"]?.string else { return nil }
                return NamedActor(name: name, role: role, scopes: actors["roles"]?[role]?.texts ?? [])
            },
            scopes: (actors["scopes"]?.object ?? [:]).map { (name: $0.key, summary: $0.value.string ?? "") },
            forms: try forms(language: language, &folder), mappings: mappings, quality: quality, names: names,
            match: match, programmes: programmes, labels: labels,
            parts: folder.parts, nameKeys: nameKeys(names))
    }

    static func stem(_ file: String) -> String {
        String((file.split(separator: "/").last ?? "").dropLast(".json".count))
    }

    private static func codeList(_ json: JSON) -> CodeList {
        let codes = (json["codes"]?.array ?? []).compactMap { item -> Code? in
            guard let code = item["code"]?.string else { return nil }
            var labels: [String: String] = [:]
            for (language, text) in item["labels"]?.object ?? [:] { labels[language] = text.string }
            return Code(
                code: code, labels: labels, dci: item["dci"]?.string,
                aliases: (item["aliases"]?.texts ?? []) + (item["dci_also"]?.texts ?? []),
                level: item["level"]?.int, rank: item["rank"]?.int)
        }
        return CodeList(name: json["list"]?.string ?? "", codes: codes)
    }

    private static func types(_ json: JSON) -> [IdentifierType] {
        (json["codes"]?.array ?? []).compactMap { item in
            guard let code = item["code"]?.string else { return nil }
            let normalisation: IdentifierType.Normalisation =
                switch item["normalise"]?.string {
                case "digits": .digits
                case "upper_alphanumeric": .upper
                default: .exact
                }
            let lengths = lengths(item["pattern"]?.string ?? "")
            return IdentifierType(
                code: code, normalisation: normalisation, minimumLength: lengths.lowerBound,
                maximumLength: lengths.upperBound, issuer: item["issuer"]?.string,
                dci: (item["dci"]?.string.map { [$0] } ?? []) + (item["aliases"]?.texts ?? []))
        }
    }

    /// The lengths that a pattern of the form `^[…]{m,n}$` allows.
    private static func lengths(_ pattern: String) -> ClosedRange<Int> {
        guard let open = pattern.lastIndex(of: "{"), let close = pattern.lastIndex(of: "}"), open < close else {
            return 1...40
        }
        let bounds = pattern[pattern.index(after: open)..<close].split(separator: ",").compactMap { Int($0) }
        guard let low = bounds.first else { return 1...40 }
        return low...max(low, bounds.last ?? low)
    }

    private static func attributes(_ folder: inout ProfileFolder) throws(ProfileFault) -> [Attribute] {
        let file = "registry/attributes.json"
        let json = try folder.json(file)
        var result: [Attribute] = []
        for kind in SubjectKind.allCases {
            for item in json[kind.rawValue]?.array ?? [] {
                guard let name = item["name"]?.string, let type = item["type"]?.string else {
                    throw .malformed(file: file, reason: "an attribute lacks its name or type.")
                }
                var labels: [String: String] = [:]
                for (language, text) in item["labels"]?.object ?? [:] { labels[language] = text.string }
                let isStated =
                    !(item["system"]?.bool ?? false) && item["derived"] == nil && item["part_of"] == nil
                    && !["observed_on", "due_on", "birth_precision"].contains(name)
                    && !["identifiers", "phones", "uuid", "identifier", "instant", "status"].contains(type)
                let attributeKind: Attribute.Kind =
                    item["precision"] != nil ? .partialDate : Attribute.Kind(rawValue: type) ?? .text
                result.append(
                    Attribute(
                        name: name, subject: kind, kind: attributeKind, codeList: item["list"]?.string,
                        isSensitive: item["sensitive"]?.bool ?? false, isDerived: !isStated,
                        dci: item["dci"]?.texts ?? [], minimum: item["minimum"]?.int, maximum: item["maximum"]?.int,
                        digits: item["digits"]?.int, labels: labels))
            }
        }
        return result
    }

    private static func rules(lists: [CodeList], _ folder: inout ProfileFolder) throws(ProfileFault) -> ViewRules {
        let file = "registry/survivorship.json"
        let survivorship = try folder.json(file)
        var criteria: [String: [ViewRules.Criterion]] = [:]
        for kind in SubjectKind.allCases {
            for (name, words) in survivorship[kind.rawValue]?.object ?? [:] {
                let read = words.texts.compactMap(ViewRules.Criterion.init(rawValue:))
                guard read.count == words.texts.count, !read.isEmpty else {
                    throw .malformed(file: file, reason: "the rules of \(name) name an unknown criterion.")
                }
                criteria[name] = read
            }
        }
        let recertification = try folder.json("registry/recertification.json")
        var months: [String: Int] = [:]
        for (kind, value) in recertification["months_until_due"]?.object ?? [:] { months[kind] = value.int }
        months["default"] = recertification["default_months"]?.int
        let ranks = lists.first { $0.name == "statement_source" }?.codes ?? []
        return ViewRules(
            criteria: criteria, recertificationMonths: months,
            sourceRanks: Dictionary(ranks.map { ($0.code, $0.rank ?? 0) }, uniquingKeysWith: { first, _ in first }))
    }

    private static func forms(
        language: String, _ folder: inout ProfileFolder
    ) throws(ProfileFault) -> [Form] {
        var forms: [Form] = []
        for file in folder.files(in: "forms", ending: ".json") {
            let json = try folder.json(file)
            guard let code = json["code"]?.string, let version = json["version"]?.int,
                let subject = json["subject"]?.string.flatMap(SubjectKind.init(rawValue:))
            else { throw .malformed(file: file, reason: "code, version and subject are needed.") }
            forms.append(
                Form(
                    code: code, version: version, title: json["title"]?.label(language) ?? code, subject: subject,
                    definition: json))
        }
        return forms
    }

    static func nameKeys(_ names: [String: JSON]) -> NameKeys {
        let phonetics = names["phonetics"]
        let replacements = (phonetics?["replace"]?.array ?? []).compactMap { pair -> PhoneticFold.Replacement? in
            let texts = pair.texts
            return texts.count == 2 ? PhoneticFold.Replacement(texts[0], texts[1]) : nil
        }
        let table = PhoneticFold.Table(
            undouble: phonetics?["undouble"]?.string ?? "", replace: replacements,
            undoubleLast: phonetics?["undouble_last"]?.string ?? "")
        return NameKeys(
            normaliser: NameNormaliser(honorifics: names["honorifics"]?["honorifics"]?.texts ?? []),
            fold: PhoneticFold(table),
            equivalences: (names["equivalences"]?["groups"]?.array ?? []).map(\.texts))
    }
}
