package import Access
package import Documents
package import Matching
package import Postgres
package import Printing
package import Quality
package import Registry
package import Rounds
package import Runtime
package import Search
import Targeting
package import Telemetry
package import Web

/// The native API: people and households, their history and events, areas, search, imports and proposals under `/api/v1`.
package struct RegistryDoor: Sendable {
    package let routes: [Route]
    /// OpenAPI 3.1, made from the routes and the schemas of `standards/api/components.json`.
    package let openAPI: JSON

    /// - Parameters:
    ///   - principal: who asks, as the middleware that authenticates found out.
    ///   - components: the document `standards/api/components.json`.
    ///   - files: where photos and documents lie; nil turns them off.
    ///   - intake: imports and exports; nil turns them off.
    ///   - quality: scores and work lists; nil where the profile has no rules.
    ///   - matcher: suspected duplicates; nil turns them off.
    ///   - rounds: rules and targeting rounds; nil turns them off.
    ///   - fonts: what lists are printed with.
    ///   - version: of the program, as the document states it.
    package init(
        database: Database, context: RegistryContext, searcher: Searcher, clock: any WallClock, components: JSON,
        version: String, files: AttachmentFiles? = nil, intake: IntakeDesk? = nil, quality: QualityDesk? = nil,
        matcher: Matcher? = nil, rounds: RoundDesk? = nil, fonts: PrintFonts? = nil,
        logger: Logger = .silent,
        principal: @escaping @Sendable (Request) async throws -> Principal
    ) {
        let desk = Desk(
            database: database, context: context, clock: clock, logger: logger, principal: principal, files: files,
            intake: intake, quality: quality, matcher: matcher, rounds: rounds, fonts: fonts,
            registrar: Registrar(context: context, today: { clock.today }, watch: matcher),
            formulas: Formulas(context: context, today: { clock.today }),
            history: History(context: context), searcher: searcher, tail: LogTail(database))
        let schemas = components["schemas"] ?? [:]
        let served = desk.routes
        openAPI = OpenAPIDocument.build(
            info: Self.info(version), routes: served + [Self.document([])], schemas: schemas)
        routes = served + [Self.document(openAPI.serialized())]
    }

    private static func info(_ version: String) -> OpenAPIDocument.Info {
        OpenAPIDocument.Info(
            title: "Kith registry API", version: version,
            description: "People and households, their history and events, areas, search, imports and proposals.",
            tags: Tag.allCases.map { (name: $0.rawValue, description: $0.summary) })
    }

    /// Open: a contract is no secret.
    private static func document(_ bytes: [UInt8]) -> Route {
        .get(
            "/api/v1/openapi.json", needs: .open, "Read this document",
            operation: Operations.file("readOpenAPI", .reference, type: "application/json")
        ) { _ in
            Response.json(bytes).with("Cache-Control", "no-cache")
        }.disclosing(.nothing)
    }
}

extension Desk {
    /// Every row of the route table but that of the document itself.
    var routes: [Route] { routesAboutPeople.disclosing(.personal) + otherRoutes.disclosing(.nothing) }

    /// Answers about people and households, but for single routes that say otherwise of themselves.
    private var routesAboutPeople: [Route] {
        peopleRoutes + householdRoutes + memberRoutes + civilRoutes + searchRoutes + subjectRoutes(.person)
            + subjectRoutes(.household) + singleSurveyRoutes + commandRoutes + exportRoutes + qualityRoutes
            + correctionRoutes + proposalRoutes + singleAttachmentRoutes + matchRoutes + findingRoutes
            + crossReferenceRoutes + scoreRoutes + communityRoutes
    }

    /// Areas, the profile, events by ids, counts, and how files, formulas, rules and rounds stand.
    private var otherRoutes: [Route] {
        areaRoutes + profileRoutes + crosswalkRoutes + countRoutes + eventRoutes + intakeRoutes + uploadRoutes
            + progressRoutes + uploadProfileRoutes + formulaRoutes + ruleRoutes + roundRoutes
    }
}

extension Tag {
    var summary: String {
        switch self {
        case .people: "Register, read and change people."
        case .households: "Register, read and change households, and who belongs to them."
        case .civil: "Vital events, and the family that follows from them."
        case .surveys: "Questionnaires answered, and what programmes report."
        case .history: "What was stated when and by whom; undoing a command."
        case .search: "Find people and households by identifier, name, area and any attribute."
        case .areas: "The divisions of the country, and named sets of areas."
        case .profile: "What the country's profile defines: attributes, code lists, questionnaires."
        case .events: "The log of what happened, in order and without gaps."
        case .imports: "Files in and out."
        case .quality: "How good the record is, whom to ask, and changing many records alike."
        case .matches: "Who may be one person: the reviewers' queue, and asking before registering."
        case .targeting:
            "Formulas, scores and why, what a choice would mean; rules, rounds, communities, appeals."
        case .proposals: "Changes that wait for the decision of others."
        case .attachments: "Photos and documents, kept encrypted."
        case .reference: "This description."
        }
    }
}
