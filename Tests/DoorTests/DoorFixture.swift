import Access
import AdminSite
import Audit
import Cryptography
import Documents
import Foundation
import Gates
import Groundwork
import Intake
import Matching
import Postgres
import Profiles
import Printing
import Quality
import Registry
import RegistryAPI
import Rounds
import Runtime
import Search
import Telemetry
import TestKit
import Testing
import Web

/// The native API and the open pages as one site, in process, on the suite's own database.
struct DoorFixture: Sendable {
    let registry: RegistryFixture
    let site: Site
    let openAPI: JSON
    let tokens: [Who: String]
    /// Runs imports that were asked for, when a test lets it.
    let worker: ImportWorker
    let corrections: Corrections
    let scores: Scores
    let matcher: Matcher
    let exercised: Exercised = Exercised()

    /// Who asks.
    enum Who: String, Sendable, CaseIterable {
        /// May everything but see identifiers.
        case clerk
        /// May everything.
        case officer
        /// Decides on proposals of others.
        case signer
        /// May read areas and people, and nothing else.
        case visitor
    }

    static func make() async throws -> DoorFixture {
        let registry = try await RegistryFixture.make()
        let components = try Self.components()
        let database = registry.database
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kith-" + UUID().lowercased).path
        let layout = try FileMapping(
            registry.profile.mappings["plain"] ?? .null, dictionary: registry.context.dictionary)
        let importer = Importer(
            database: database, context: registry.context, mapping: layout, layouts: registry.profile.mappings,
            today: { RegistryFixture.today })
        let uploads = Uploads(
            database: database, vault: UploadVault(folder: folder + "/uploads", keys: registry.context.keys))
        let clock = FixedClock(RegistryFixture.today)
        let matcher = Matcher(
            context: registry.context, policy: try MatchPolicy(registry.profile.match["policy"]), models: MatchModels(),
            findings: try FindingRules(registry.profile.match["findings"]))
        let quality = try QualityDesk(
            database: database, context: registry.context, rules: QualityRules(registry.profile.quality),
            parse: FilterLanguage.parser(registry.context), today: { RegistryFixture.today })
        let door = RegistryDoor(
            database: database, context: registry.context, searcher: Searcher(context: registry.context), clock: clock,
            components: components, version: "0.0.1",
            files: AttachmentFiles(folder: folder + "/files", keys: registry.context.keys),
            intake: IntakeDesk(
                importer: importer, folder: folder + "/uploads", uploads: uploads,
                exporter: Exporter(
                    database: database, context: registry.context, mapping: layout,
                    layouts: registry.profile.mappings)),
            quality: quality,
            matcher: matcher,
            rounds: RoundDesk(
                context: registry.context, policy: try RoundPolicy(registry.profile.programmes["targeting"]),
                today: { RegistryFixture.today }),
            fonts: PrintFonts(
                regular: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
                bold: "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
            principal: { request in
                guard let principal = request.principal as? Principal else { throw AccessFault.noToken }
                return principal
            })
        let pages = FrontDoor(
            database: database, installation: PageTests.installation, openAPI: door.openAPI, metrics: Metrics(),
            clock: clock, reader: Actors.system, migrationsAreCurrent: { true })
        let site = Site(
            routes: door.routes + pages.routes,
            middleware: [
                Gate.middleware(Authenticator(database: database)),
                AuditGate(AuditWriter(database: database, keys: registry.context.keys)).middleware,
            ])
        let scopes = Set(door.routes.compactMap(\.scope.name))
        return DoorFixture(
            registry: registry, site: site, openAPI: door.openAPI,
            tokens: try await Self.tokens(registry, scopes: scopes),
            worker: ImportWorker(
                uploads: uploads, worker: registry.mandate.actor, importer: { try importer.with(layout: $0) }),
            corrections: Corrections(
                database: database, registrar: registry.registrar, today: { RegistryFixture.today }),
            scores: Scores(quality), matcher: matcher)
    }

    static func components() throws -> JSON {
        let path = RegistryFixture.root + "/standards/api/components.json"
        return try JSON.parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// A token for each, with the scopes that the routes name.
    private static func tokens(_ registry: RegistryFixture, scopes: Set<String>) async throws -> [Who: String] {
        let all = scopes.sorted()
        let wanted = [
            Actors.Wanted(name: "clerk", scopes: all),
            Actors.Wanted(name: "officer", scopes: all + ["registry.identifiers"]),
            Actors.Wanted(name: "signer", scopes: all), Actors.Wanted(name: "visitor", scopes: ["registry.read"]),
        ]
        return try await registry.database.write(as: registry.mandate) { tx in
            _ = try await Actors.establish(wanted, in: tx)
            var tokens: [Who: String] = [:]
            for who in Who.allCases {
                let rows = try await tx.query("SELECT id FROM access.actor WHERE name = \(who.rawValue)")
                guard let row = rows.first else { continue }
                tokens[who] = try await Actors.issue(for: ID(try row.get(0, as: UUID.self)), in: tx).reveal()
            }
            return tokens
        }
    }
}

/// Checks tokens and scopes as the program's own gatekeeper does.
enum Gate {
    static func middleware(_ authenticator: Authenticator) -> Middleware {
        { request, route, next in
            guard let scope = route.scope.name else { return try await next(request) }
            guard let token = request.bearerToken else { throw AccessFault.noToken }
            guard let principal = try await authenticator.authenticate(bearer: token) else {
                throw AccessFault.invalidToken
            }
            guard principal.may(scope) else { throw AccessFault.missingScope(scope) }
            var request = request
            request.principal = principal
            return try await next(request)
        }
    }
}
