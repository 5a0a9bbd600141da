import Access
import Audit
import Documents
import Groundwork
import Intake
import Matching
import Postgres
import Printing
import Quality
import Registry
import Rounds
import Runtime
import Search
import Targeting
import Telemetry
import Web

/// What the handlers of the native API work with, and how they answer when something is refused.
struct Desk: Sendable {
    let database: Database
    let context: RegistryContext
    let clock: any WallClock
    let logger: Logger
    let principal: @Sendable (Request) async throws -> Principal
    let files: AttachmentFiles?
    let intake: IntakeDesk?
    let quality: QualityDesk?
    let matcher: Matcher?
    let rounds: RoundDesk?
    let fonts: PrintFonts?
    let registrar: Registrar
    let formulas: Formulas
    let history: History
    let searcher: Searcher
    let tail: LogTail
    let followers: Followers = Followers()

    var today: CalendarDate { clock.today }

    /// Reads on one snapshot, in the name of the caller.
    func reading<Result>(
        _ call: Call, _ purpose: Purpose = .search, _ body: (borrowing Transaction) async throws -> Result
    ) async throws -> Result {
        try await database.read(as: call.mandate(purpose), body)
    }

    /// Knows who asks, runs the work, and turns refusals into problems.
    func answered(_ work: @escaping @Sendable (Call) async throws -> Response) -> Route.Handler {
        { request in
            do {
                let call = Call(
                    request: request, principal: try await principal(request), disclosed: Self.disclosed(request))
                return try await work(call)
            } catch let fault as APIFault {
                return Self.problem(fault, request)
            } catch let fault as RegistryFault {
                return problem(fault, request)
            } catch let fault as UploadFault {
                return problem(fault, request)
            } catch let fault as MatchingFault {
                return problem(fault, request)
            } catch let fault as RoundsFault {
                return problem(fault, request)
            } catch let fault as TargetingFault {
                return problem(fault, request)
            } catch QualityFault.registry(let fault) {
                return problem(fault, request)
            } catch QualityFault.store(let error) {
                return problem(RegistryFault.store(error), request)
            } catch let error as DatabaseError {
                return problem(RegistryFault.store(error), request)
            }
        }
    }

    /// Where the gate around the handlers looks; without a gate, nowhere.
    private static func disclosed(_ request: Request) -> Disclosed {
        request.disclosed as? Disclosed ?? Disclosed()
    }

    private static func problem(_ fault: APIFault, _ request: Request) -> Response {
        var problem = Problem(fault: fault, requestID: request.requestID)
        switch fault {
        case .stale(let current):
            problem.headers["ETag"] = Precondition.entityTag(current)
            return .problem(problem, with: ["current_version": .number(current)])
        default: break
        }
        return .problem(problem)
    }

    private func problem(_ fault: RegistryFault, _ request: Request) -> Response {
        var problem = Problem(fault: fault, requestID: request.requestID)
        switch fault {
        case .staleVersion(_, let current):
            problem.headers["ETag"] = Precondition.entityTag(current)
            return .problem(problem, with: ["current_version": .number(current)])
        case .suspected(let suspects):
            let people = suspects.compactMap { $0["person"]?.string.flatMap { ID<Person>($0) } }
            Self.disclosed(request).note(people.map(Subject.person), fields: ["suspects"])
            return .problem(problem, with: ["suspects": .array(suspects)])
        case .merged(let survivor):
            return .problem(problem, with: ["survivor": .string(survivor)])
        case .store(let error):
            let reported = DatabaseFault(error)
            problem = Problem(fault: reported, requestID: request.requestID)
            if reported.kind == .defect { report(error, request) }
        case .defect: report(nil, request)
        default: break
        }
        return .problem(problem)
    }

    private func problem(_ fault: UploadFault, _ request: Request) -> Response {
        var problem = Problem(fault: fault, requestID: request.requestID)
        switch fault {
        case .offset(let expected):
            problem.headers["Upload-Offset"] = String(expected)
            return .problem(problem, with: ["offset": .number(expected)])
        case .tooLarge: problem.status = .contentTooLarge
        case .gone: problem.status = .gone
        case .store(let error): return self.problem(RegistryFault.store(error), request)
        case .storage, .defect: report(nil, request)
        default: break
        }
        return .problem(problem)
    }

    private func problem(_ fault: MatchingFault, _ request: Request) -> Response {
        switch fault {
        case .registry(let fault): return problem(fault, request)
        case .store(let error): return problem(RegistryFault.store(error), request)
        case .defect:
            report(nil, request)
            return .problem(Problem(fault: fault, requestID: request.requestID))
        default: return .problem(Problem(fault: fault, requestID: request.requestID))
        }
    }

    private func problem(_ fault: RoundsFault, _ request: Request) -> Response {
        switch fault {
        case .registry(let fault): return problem(fault, request)
        case .store(let error): return problem(RegistryFault.store(error), request)
        case .defect, .printing:
            report(nil, request)
            return .problem(Problem(fault: fault, requestID: request.requestID))
        default: return .problem(Problem(fault: fault, requestID: request.requestID))
        }
    }

    private func problem(_ fault: TargetingFault, _ request: Request) -> Response {
        switch fault {
        case .registry(let fault): return problem(fault, request)
        case .store(let error): return problem(RegistryFault.store(error), request)
        case .defect:
            report(nil, request)
            return .problem(Problem(fault: fault, requestID: request.requestID))
        default: return .problem(Problem(fault: fault, requestID: request.requestID))
        }
    }

    private func report(_ error: DatabaseError?, _ request: Request) {
        logger.error(
            "request failed",
            [
                .request: .unredacted(request.requestID),
                .fault: .unredacted(error.map(\.description) ?? "defect"),
            ])
    }
}
