package import Access
import Audit
import Cryptography
import Documents
import Foundation
import Groundwork
package import Postgres
package import Registry
package import Runtime
import Search
package import Telemetry
package import Web

/// The DCI social registry: synchronous search for other systems.
///
/// A message is read strictly or leniently by its sender, answered from one round trip to the database, and written back in
/// the published shape; whatever goes wrong is told in DCI's own words.
package struct DCIDoor: Sendable {
    /// Runs beside the server and writes the message ids that were seen; the door answers without it, but forgets faster.
    package let ledger: MessageLedger
    package let settings: DCISettings
    private let desk: SearchDesk
    private let partners: PartnerBook
    private let normaliser: Normaliser
    private let time: CountryTime
    private let locale: String
    private let clock: any WallClock
    private let logger: Logger
    private let principal: @Sendable (Request) async throws -> Principal

    /// The scope that sync search needs.
    package static let searchScope: String = "dci.search"

    /// - Parameters:
    ///   - principal: who asks; throws when nobody is known, and that becomes 401.
    package init(
        database: Database, context: RegistryContext, facts: DCIFacts, settings: DCISettings = DCISettings(),
        clock: any WallClock, logger: Logger = .silent,
        principal: @escaping @Sendable (Request) async throws -> Principal
    ) {
        let time = CountryTime(zone: TimeZone(identifier: facts.zone) ?? .gmt)
        let limits = SearchLimits(pageSize: settings.maximumPageSize, offset: settings.furthestRecord)
        ledger = MessageLedger(
            database: database, mandate: Mandate(actor: Actors.system, purpose: .operation), clock: clock,
            window: settings.duplicateWindow)
        desk = SearchDesk(
            database: database,
            translator: SearchTranslator(
                context: context, time: time,
                numbers: [.person: facts.personNumber, .household: facts.householdNumber],
                householdTypes: facts.householdTypes),
            searcher: Searcher(context: context, limits: limits),
            renderer: RecordRenderer(
                RecordRenderer.Country(
                    time: time, code: facts.countryCode, personNumber: facts.personNumber,
                    householdNumber: facts.householdNumber), context: context), ledger: ledger, settings: settings,
            clock: clock)
        let languages = context.dictionary.lists["language"]
        normaliser = Normaliser { languages?.code(for: $0)?.code }
        (self.settings, partners, self.time, locale) = (settings, facts.partners, time, facts.locale)
        (self.clock, self.logger, self.principal) = (clock, logger, principal)
    }

    /// Sync search at every configured path.
    package var routes: [Route] {
        settings.searchPaths.enumerated().map { index, path in
            Route.post(
                path, needs: .needs(Self.searchScope), "DCI synchronous search",
                operation: index == 0 ? Self.operation : .hidden, bodyLimit: settings.bodyLimit, search)
        }.disclosing(.personal)
    }

    private static let operation: Route.Operation = Route.Operation(
        id: "dciSyncSearch", tags: ["DCI"],
        description: """
            `POST /registry/sync/search` of the DCI social registry interface, version 1.0.0: one message with any number \
            of requests, each answered with its own status. Unknown senders are held to the published interface; partners \
            may be read leniently. See `docs/dci.md`.
            """,
        body: .json(.ref("DCISearchMessage"), description: "header and message as the DCI interface defines them"),
        responses: [
            Route.Answer(.ok, "The answer, with a status for each request", .json(.ref("DCISearchAnswer"))),
            Route.Answer(.badRequest, "Not a message of the interface", .json(.ref("DCIError"))),
            Route.Answer(.contentTooLarge, "The message is too large", .json(.ref("DCIError"))),
            Route.Answer(.unsupportedMediaType, "Not application/json", .json(.ref("DCIError"))),
        ])

    /// The answer to a problem in DCI's shape, where its path belongs to this door; for the site's presenter.
    package func presented(_ problem: Problem, _ request: Request) -> Response? {
        settings.covers(request.path) ? response(ErrorAnswer(problem)) : nil
    }

    private func response(_ answer: ErrorAnswer) -> Response {
        answer.response(time: time.text(clock.now), correlationID: UUIDv7.next().lowercased)
    }

    @Sendable private func search(_ request: Request) async throws -> Response {
        do {
            let principal = try await principal(request)
            return try await answer(request, principal)
        } catch let fault as DCIFault {
            return response(ErrorAnswer(fault))
        } catch let error as DatabaseError {
            return try failure(DatabaseFault(error), request)
        } catch let fault as RegistryFault {
            if case .store(let error) = fault { return try failure(DatabaseFault(error), request) }
            return try failure(fault, request)
        } catch let fault as any Fault {
            return try failure(fault, request)
        }
    }

    /// - Throws: defects, which the site logs before it has them presented.
    private func failure(_ fault: any Fault, _ request: Request) throws -> Response {
        if fault.kind == .defect { throw fault }
        return response(ErrorAnswer(Problem(fault: fault, requestID: request.requestID)))
    }

    private func answer(_ request: Request, _ principal: Principal) async throws -> Response {
        guard request.contentType == "application/json" else { throw DCIFault.mediaType }
        let body = try await request.body.collect(limit: settings.bodyLimit)
        let message = try understood(body, path: request.path)
        let mandate = Mandate(actor: principal.actor, purpose: .search, trace: request.trace.traceID)
        let disclosed = request.disclosed as? Disclosed ?? Disclosed()
        // A message that is rejected, or that finds nobody, is on record too.
        disclosed.noteNobody()
        disclosed.note(client: message.header.senderID)
        let outcome = try await desk.answer(
            message, hash: Digest.sha256(body), for: principal, as: mandate, telling: disclosed)
        let writer = AnswerWriter(
            AnswerWriter.Head(
                registryID: settings.registryID, messageID: UUIDv7.next().lowercased,
                correlationID: UUIDv7.next().lowercased, time: time.text(clock.now)), answering: message,
            locale: locale)
        switch outcome {
        case .items(let items): return .json(writer.bytes(items))
        case .rejected(let reason, let sentence): return .json(writer.rejection(reason, sentence))
        }
    }

    /// The message in the dialect of its sender.
    private func understood(_ body: [UInt8], path: String) throws(DCIFault) -> SearchMessage {
        let parsed = try MessageParser.parse(body)
        let sender = parsed.json["header"]?["sender_id"]?.string
        guard let dialect = partners.dialect(of: sender, path: path) else { throw .unknownSender }
        if let fault = parsed.forgiven, dialect == .strict { throw .notJSON(fault) }
        let json = dialect == .lenient ? normaliser.normalised(parsed.json) : parsed.json
        let message = try MessageReader.read(json, dialect)
        if let receiver = message.header.receiverID, !settings.receiverIDs.isEmpty,
            !settings.receiverIDs.contains(receiver)
        {
            throw .objections([
                Objection("header.receiver_id", "the message is meant for somebody else.", code: .receiverInvalid)
            ])
        }
        return message
    }
}
