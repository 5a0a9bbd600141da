package import Documents
package import Groundwork

/// Which sender speaks which dialect; read from `profiles/<country>/registry/partners.json`.
package struct PartnerBook: Sendable {
    /// Senders not named here: how they are read, or nil when they are refused.
    package let standard: Dialect?
    private let senders: [String: Dialect]
    private let prefixes: [(path: String, dialect: Dialect)]

    package init(
        standard: Dialect? = .strict, senders: [String: Dialect] = [:],
        prefixes: [(path: String, dialect: Dialect)] = []
    ) {
        (self.standard, self.senders) = (standard, senders)
        // The longest prefix is the most particular one.
        self.prefixes = prefixes.sorted { $0.path.utf8.count > $1.path.utf8.count }
    }

    /// Reads the profile's part.
    ///
    /// - Throws: every sender or prefix whose dialect is neither `strict` nor `lenient`.
    package init(_ json: JSON) throws(InvalidInput) {
        var findings: [Finding] = []
        func dialect(_ value: JSON?, _ place: FieldPath) -> Dialect? {
            if let known = value?.string.flatMap(Dialect.init(rawValue:)) { return known }
            findings.append(Finding(place, code: "dci.partners.dialect", "The dialect is strict or lenient."))
            return nil
        }
        var senders: [String: Dialect] = [:]
        for (index, entry) in (json["senders"]?.array ?? []).enumerated() {
            guard let id = entry["sender_id"]?.string,
                let known = dialect(entry["dialect"], FieldPath(["senders", String(index), "dialect"]))
            else { continue }
            senders[id] = known
        }
        var prefixes: [(path: String, dialect: Dialect)] = []
        for (index, entry) in (json["prefixes"]?.array ?? []).enumerated() {
            guard let path = entry["prefix"]?.string,
                let known = dialect(entry["dialect"], FieldPath(["prefixes", String(index), "dialect"]))
            else { continue }
            prefixes.append((path, known))
        }
        var standard: Dialect?
        if json["unknown_senders"]?.string != "refuse" {
            standard = dialect(json["default_dialect"] ?? .string("strict"), "default_dialect")
        }
        guard findings.isEmpty else { throw InvalidInput(findings, code: "dci.partners.invalid") }
        self.init(standard: standard, senders: senders, prefixes: prefixes)
    }

    /// The dialect of a message: by its sender, else by the path it came on, else the standard one.
    ///
    /// - Returns: nil when the sender is not known and unknown ones are refused.
    package func dialect(of sender: String?, path: String) -> Dialect? {
        if let sender, let named = senders[sender] { return named }
        if let found = prefixes.first(where: { path.hasPrefix($0.path) }) { return found.dialect }
        return standard
    }
}
