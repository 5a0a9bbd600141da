import Access
import Audit
import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Runtime
import Search

/// Answers understood messages: plans all requests, asks the database once, writes the records.
struct SearchDesk: Sendable {
    let database: Database
    let translator: SearchTranslator
    let searcher: Searcher
    let renderer: RecordRenderer
    let ledger: MessageLedger
    let settings: DCISettings
    let clock: any WallClock

    /// What a message comes to: bytes of the answer's records by request, or a refusal of the whole.
    enum Outcome {
        case items([AnswerWriter.Item])
        case rejected(HeaderReason, String)
    }

    /// The scope that may list the registry without any condition.
    static let listAll: String = "dci.search.all"

    /// - Parameter disclosed: where those are noted about whom the answer tells.
    func answer(
        _ message: SearchMessage, hash: [UInt8], for principal: Principal, as mandate: Mandate,
        telling disclosed: Disclosed
    ) async throws -> Outcome {
        if let refused = countRefusal(message) { return refused }
        let entry = MessageLedger.Entry(
            senderID: message.header.senderID, messageID: message.header.messageID)
        let claim = ledger.claim(entry, hash: hash)
        if claim == .taken { return Self.duplicate }
        var plans = plan(message, principal)
        var statements: [SQL] = claim == .unknown ? [ledger.question(entry)] : []
        for case .success(let plan) in plans { statements += plan.statements ?? [] }
        var answers: ArraySlice<Rows> = []
        if !statements.isEmpty { answers = try await database.read(as: mandate, once: statements)[...] }
        if claim == .unknown, let known = answers.popFirst(), try ledger.isTaken(entry, hash: hash, answer: known) {
            return Self.duplicate
        }
        try await ledger.flushIfDue()
        let items = try await collect(&plans, &answers, mandate, disclosed)
        return .items(items)
    }

    private static let duplicate: Outcome = .rejected(
        .messageDuplicate, "header.message_id: the id was used for another message; each message needs its own.")

    /// total_count must be the number of requests, and not too many of them (docs/dci.md, 4).
    private func countRefusal(_ message: SearchMessage) -> Outcome? {
        let count = message.items.count
        if message.header.totalCount != count {
            return .rejected(
                .countInvalid,
                "header.total_count: \(message.header.totalCount) announced, but the message holds \(count) requests.")
        }
        if count > settings.maximumRequests {
            return .rejected(
                .countOverLimit, "header.total_count: at most \(settings.maximumRequests) requests in one message.")
        }
        return nil
    }

    private func plan(_ message: SearchMessage, _ principal: Principal) -> [Result<SearchPlan, ItemRefusal>] {
        let today = clock.today
        let mayListAll = principal.may(Self.listAll)
        var seen: Set<String> = []
        var room = settings.mostRecords
        return message.items.map { item in
            Result { () throws(ItemRefusal) -> SearchPlan in
                let criteria = try item.outcome.get()
                // Senders of empty references have none to mix up.
                if !item.referenceID.isEmpty, !seen.insert(item.referenceID).inserted {
                    throw ItemRefusal(.referenceDuplicate, "reference_id: it stands twice in this message.")
                }
                let plan = try SearchPlan(
                    criteria, translator: translator, searcher: searcher, settings: settings, mayListAll: mayListAll,
                    today: today)
                room -= plan.page.size
                guard room >= 0 || seen.count <= 1 else {
                    throw ItemRefusal(
                        .tooManyRecords,
                        "The pages of one message hold at most \(settings.mostRecords) records together.")
                }
                return plan
            }
        }
    }

    private func collect(
        _ plans: inout [Result<SearchPlan, ItemRefusal>], _ answers: inout ArraySlice<Rows>, _ mandate: Mandate,
        _ disclosed: Disclosed
    ) async throws -> [AnswerWriter.Item] {
        var items: [AnswerWriter.Item] = []
        items.reserveCapacity(plans.count)
        for plan in plans {
            switch plan {
            case .failure(let refusal): items.append(.refused(refusal))
            case .success(let plan):
                let rows = Array(answers.prefix(plan.statements?.count ?? 0))
                answers = answers.dropFirst(rows.count)
                items.append(try await item(plan, rows, mandate, disclosed))
            }
        }
        return items
    }

    private func item(
        _ plan: SearchPlan, _ rows: [Rows], _ mandate: Mandate, _ disclosed: Disclosed
    ) async throws -> AnswerWriter.Item {
        do {
            return plan.kind == .group
                ? try await groups(plan, rows, mandate, disclosed) : try await people(plan, rows, mandate, disclosed)
        } catch let fault as RegistryFault {
            guard case .invalid = fault else { throw fault }
            return .refused(SearchPlan.refusal(fault))
        }
    }

    private func people(
        _ plan: SearchPlan, _ rows: [Rows], _ mandate: Mandate, _ disclosed: Disclosed
    ) async throws -> AnswerWriter.Item {
        let page: Page<PersonRecord>
        if plan.statements != nil, let ready = try searcher.decodePeople(rows, for: plan.request) {
            page = ready
        } else {
            page = try await searcher.people(plan.request, from: database, as: mandate)
        }
        return try found(plan, page) {
            Self.note($0, disclosed)
            try renderer.write($0, as: plan.kind, to: &$1)
        }
    }

    private func groups(
        _ plan: SearchPlan, _ rows: [Rows], _ mandate: Mandate, _ disclosed: Disclosed
    ) async throws -> AnswerWriter.Item {
        let page: Page<HouseholdRecord>
        if plan.statements != nil, let ready = try searcher.decodeHouseholds(rows, for: plan.request) {
            page = ready
        } else {
            page = try await searcher.households(plan.request, from: database, as: mandate)
        }
        return try found(plan, page) {
            disclosed.note(Subject.household($0.id), fields: $0.values.lazy.map(\.key))
            for member in $0.members ?? [] { Self.note(member, disclosed) }
            try renderer.write($0, to: &$1)
        }
    }

    private static func note(_ record: PersonRecord, _ disclosed: Disclosed) {
        disclosed.note(Subject.person(record.id), fields: record.values.lazy.map(\.key))
        disclosed.note([], fields: ["identifiers"])
    }

    private func found<Record>(
        _ plan: SearchPlan, _ page: Page<Record>, _ write: (Record, inout JSONWriter) throws -> Void
    ) throws -> AnswerWriter.Item {
        let records = page.records
        let total = page.total ?? records.count
        if let most = settings.maximumResult, total > most {
            return .refused(
                ItemRefusal(
                    .tooManyRecords, "\(total) records fit, and at most \(most) are answered; narrow the query."))
        }
        var writer = JSONWriter(capacity: 64 + records.count * (plan.kind == .group ? 8192 : 1536))
        writer.beginArray()
        for record in records { try write(record, &writer) }
        writer.endArray()
        return .found(plan.kind, records: writer.bytes, page: plan.page, total: total)
    }
}
