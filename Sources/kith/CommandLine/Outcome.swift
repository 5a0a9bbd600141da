import Cryptography
import Documents
import Groundwork
import Postgres
import Registry
import Runtime
import WebServer

/// What an error means for whoever called the program.
enum Outcome {
    /// Prints the error in words, or as one JSON object, and gives the number to end with.
    static func tell(_ error: any Error, command: String, on console: Console) -> ExitCode {
        let exit = exit(for: error)
        let fault = storeError(in: error).map { DatabaseFault($0) } ?? error as? any Fault
        let summary = fault?.summary ?? "Something unexpected happened: \(type(of: error))."
        if console.wantsJSON {
            console.output.write(JSON.object(object(error, exit)).text + "\n")
        }
        for line in summary.split(separator: "\n") { console.notes.write("kith \(command): \(line)\n") }
        let findings = findings(of: error)
        // One finding alone is what the summary says already.
        for finding in findings where findings.count > 1 || error is RoofFault {
            console.notes.write("  \(finding.path.dotted): \(finding.summary) [\(finding.code)]\n")
        }
        if exit == .defect, let fault {
            console.notes.write("  code: \(fault.code)\n")
            if let store = storeError(in: error) { console.notes.write("  \(store.description)\n") }
        }
        if exit == .usage { console.notes.write("  kith \(command) --help tells more.\n") }
        return exit
    }

    /// The number for an error.
    static func exit(for error: any Error) -> ExitCode {
        if let store = storeError(in: error) { return exit(for: store) }
        switch error {
        case let fault as RoofFault: return fault.exit
        case is SettingsFault: return .usage
        case let fault as RuntimeFault:
            if case .homeNotFound = fault { return .file }
            return .defect
        case is CryptographyFault: return .file
        case is ServerFault, is ClusterFault: return .unavailable
        case is MigrationFault: return .refused
        case is CancellationError: return .tryAgain
        case let fault as any Fault: return exit(for: fault.kind)
        default: return .defect
        }
    }

    /// What the database said, where that is what stopped the work.
    static func storeError(in error: any Error) -> DatabaseError? {
        switch error {
        case let error as DatabaseError: return error
        case let fault as DatabaseFault: return fault.error
        case let fault as MigrationFault:
            if case .store(let error) = fault { return error }
            return nil
        case let fault as ClusterFault:
            if case .store(let error) = fault { return error }
            return nil
        case let fault as RegistryFault:
            if case .store(let error) = fault { return error }
            return nil
        default: return nil
        }
    }

    private static func exit(for error: DatabaseError) -> ExitCode {
        switch error.kind {
        case .connection: .unavailable
        case .cancelled, .timeout, .exhausted, .serialization, .deadlock: .tryAgain
        case .constraint, .decode, .misuse, .server: .defect
        }
    }

    private static func exit(for kind: FaultKind) -> ExitCode {
        switch kind {
        case .invalid, .unauthenticated, .forbidden, .missing, .conflict: .refused
        case .limited, .unavailable: .tryAgain
        case .defect: .defect
        }
    }

    private static func findings(of error: any Error) -> [Finding] {
        // The summary of settings names them already.
        guard !(error is SettingsFault), let fault = error as? any Fault, case .invalid(let findings) = fault.kind
        else { return [] }
        return findings
    }

    private static func object(_ error: any Error, _ exit: ExitCode) -> JSONObject {
        let fault = storeError(in: error).map { DatabaseFault($0) } ?? error as? any Fault
        var object: JSONObject = [
            "ok": .bool(false), "exit": .number(JSONNumber(Int(exit.rawValue))),
            "code": .string(fault?.code ?? "kith.unexpected"),
            "summary": .string(fault?.summary ?? "Something unexpected happened."),
        ]
        let findings = findings(of: error)
        if !findings.isEmpty {
            object["findings"] = .array(
                findings.map { finding in
                    [
                        "pointer": .string(finding.path.description), "code": .string(finding.code),
                        "summary": .string(finding.summary), "severity": .string(finding.severity.rawValue),
                    ]
                })
        }
        return object
    }
}
