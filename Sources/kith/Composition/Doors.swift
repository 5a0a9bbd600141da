import Access
import AdminSite
import DCI
import Documents
import Foundation
import Groundwork
import Intake
import Matching
import Postgres
import Printing
import Profiles
import Quality
import RegistryAPI
import Rounds
import Runtime
import Search
import Telemetry
import Web

/// Every door of the house, opened on the same rooms.
struct Doors: Sendable {
    let api: RegistryDoor
    let dci: DCIDoor
    let front: FrontDoor
    /// One for all, so that the model is held in memory once.
    let matcher: Matcher

    /// - Parameters:
    ///   - principal: who asks, as the gatekeeper found out.
    ///   - address: where callers reach the server.
    ///   - uploads: files sent in pieces; nil where no server runs that would import them.
    init(
        _ house: House, address: String, metrics: Metrics, uploads: Uploads? = nil,
        principal: @escaping @Sendable (Request) async throws -> Principal
    ) throws {
        let ground = house.ground
        matcher = try house.matcher
        api = try Self.api(house, uploads: uploads, matcher: matcher, principal: principal)
        dci = DCIDoor(
            database: house.database, context: house.context, facts: try DCIFacts(profile: house.profile),
            settings: DCISettings(ground.settings),
            clock: house.clock, logger: ground.logger, principal: principal)
        let known = try Migrator(folder: ground.home.migrations).migrations().map(\.version)
        let database = house.database
        front = FrontDoor(
            database: database,
            installation: FrontDoor.Installation(
                version: Program.version, title: house.profile.title, profile: house.profile.code,
                startedAt: house.clock.now, address: address), openAPI: api.openAPI, metrics: metrics,
            clock: house.clock, reader: Actors.system,
            migrationsAreCurrent: { try await Self.hasTaken(known, database) })
    }

    /// The native API alone, as `kith search` uses it.
    static func api(
        _ house: House, uploads: Uploads? = nil, matcher: Matcher? = nil,
        principal: @escaping @Sendable (Request) async throws -> Principal
    ) throws -> RegistryDoor {
        let path = house.ground.home.standards + "/api/components.json"
        guard let bytes = try Files.read(path) else { throw RoofFault.fileUnreadable(path, reason: "it is not there") }
        return RegistryDoor(
            database: house.database, context: house.context, searcher: Searcher(context: house.context),
            clock: house.clock, components: try JSON.parse(bytes), version: Program.version,
            files: AttachmentFiles(folder: house.ground.filesFolder + "/attachments", keys: house.keys),
            intake: IntakeDesk(
                importer: try house.importer, folder: house.ground.filesFolder + "/uploads", uploads: uploads,
                exporter: try house.exporter, layout: { try house.importer(of: $0) }),
            quality: try house.quality, matcher: matcher, rounds: try house.rounds, fonts: house.fonts,
            logger: house.ground.logger, principal: principal)
    }

    var routes: [Route] { front.routes + api.routes + dci.routes }

    /// One cheap question in the pool: readiness is asked every few seconds.
    private static func hasTaken(_ known: [Int], _ database: Database) async throws -> Bool {
        let rows = try await database.read(
            as: Mandate(actor: Actors.system, purpose: .operation),
            once: ["SELECT count(*) FROM public.kith_migration WHERE version = ANY(\(known.map { Int32($0) }))"])
        return try rows.first?.first?.get(0, as: Int64.self) == Int64(known.count)
    }
}
