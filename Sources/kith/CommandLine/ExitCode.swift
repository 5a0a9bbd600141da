/// How a command ends, as scripts see it; the numbers follow sysexits(3) where it has one.
enum ExitCode: Int32, CaseIterable, Sendable {
    case ok = 0
    case refused = 1
    case usage = 64
    case unavailable = 69
    case defect = 70
    case file = 74
    case tryAgain = 75

    /// What the number says, for the help texts.
    var meaning: String {
        switch self {
        case .ok: "done"
        case .refused: "the work was refused, or something was found that a person has to look at"
        case .usage: "wrong use: an unknown option, a missing word, a setting that is not valid"
        case .unavailable: "the database cannot be reached, or the port is taken"
        case .defect: "something is wrong inside the program"
        case .file: "a file cannot be read or written, or is not what it should be"
        case .tryAgain: "busy: somebody else is at work here; try again"
        }
    }
}
