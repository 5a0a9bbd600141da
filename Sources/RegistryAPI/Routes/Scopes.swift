import Web

extension Scope {
    /// People, households, members, areas.
    static let readRegistry: Scope = .needs("registry.read")
    /// Commands on people and households.
    static let writeRegistry: Scope = .needs("registry.write")
    /// Statements, versions, and views of the past.
    static let readHistory: Scope = .needs("registry.history")
    /// Who saw or changed the data of somebody.
    static let readAudit: Scope = .needs("audit.read")
    static let search: Scope = .needs("search.read")
    static let readEvents: Scope = .needs("events.read")
    static let readProfile: Scope = .needs("profile.read")
    static let writeImports: Scope = .needs("import.write")
    static let readImports: Scope = .needs("import.read")
    static let readQuality: Scope = .needs("quality.read")
    static let readMatches: Scope = .needs("match.read")
    static let decideMatches: Scope = .needs("match.decide")
    static let askMatches: Scope = .needs("match.search")
    /// Formulas, scores, rules and rounds.
    static let readTargeting: Scope = .needs("targeting.read")
    static let draftTargeting: Scope = .needs("targeting.draft")
    static let signTargeting: Scope = .needs("targeting.sign")
    /// Everything in a round but its publication and the decisions on appeals.
    static let workTargeting: Scope = .needs("targeting.work")
    static let decideTargeting: Scope = .needs("targeting.decide")
    static let exchangeIdentifiers: Scope = .needs("identifier.exchange")
    static let export: Scope = .needs("export.read")
    static let readProposals: Scope = .needs("proposal.read")
    static let propose: Scope = .needs("proposal.write")
    static let decide: Scope = .needs("proposal.decide")
    static let readAttachments: Scope = .needs("attachment.read")
    static let writeAttachments: Scope = .needs("attachment.write")
}
