public import Groundwork

/// Every way in which the ground under the services can give way.
public enum RuntimeFault: Fault {
    /// None of these places holds the program's files.
    case homeNotFound(tried: [String])
    /// These services did not end within the grace period.
    case stopTimedOut(services: [String])

    public var code: String {
        switch self {
        case .homeNotFound: "runtime.home.not_found"
        case .stopTimedOut: "runtime.stop.timed_out"
        }
    }

    public var kind: FaultKind { .defect }

    public var summary: String {
        switch self {
        case .homeNotFound(let tried):
            "Kith's files (migrations, profiles) were not found in \(tried.joined(separator: ", ")); "
                + "name the folder with --home or KITH_HOME."
        case .stopTimedOut(let services):
            "Did not stop in time: \(services.joined(separator: ", "))."
        }
    }
}
