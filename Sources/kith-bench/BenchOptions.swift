import Groundwork

/// What the command line asks for.
struct BenchOptions: Sendable {
    var measures: [Measure] = []
    var people = 1_000_000
    var wantsJSON = false
    var wantsList = false
    var wantsHelp = false
    /// Folders for `match`, which needs no registry; empty when it is not asked for.
    var trialFolders: [String] = []
    var mapping: String?
    var labels: Int?
    /// Where the registry is kept for another run; nil for a folder that goes away.
    var folder: String?

    /// A registry of so many people in a folder.
    init(people: Int, folder: String) {
        (self.people, self.folder) = (people, folder)
    }

    init(_ arguments: [String]) throws(BenchFault) {
        var words = arguments[...]
        var wantsTrial = false
        while let word = words.popFirst() {
            switch word {
            case "--json": wantsJSON = true
            case "--list": wantsList = true
            case "--help": wantsHelp = true
            case "--people":
                guard let text = words.popFirst(), let count = Int(text), (1000...20_000_000).contains(count) else {
                    throw .usage("--people takes a number from 1000 to 20000000")
                }
                people = count
            case "--keep":
                guard let path = words.popFirst(), !path.isEmpty else { throw .usage("--keep takes a folder") }
                folder = path
            case "match": wantsTrial = true
            case "--data":
                guard let path = words.popFirst(), !path.isEmpty else { throw .usage("--data takes a folder") }
                trialFolders.append(path)
            case "--mapping":
                guard let path = words.popFirst(), !path.isEmpty else { throw .usage("--mapping takes a file") }
                mapping = path
            case "--labels":
                guard let text = words.popFirst(), let count = Int(text), count > 0 else {
                    throw .usage("--labels takes a number of pairs")
                }
                labels = count
            case "all": measures = Measure.all
            default:
                guard let measure = Measure.all.first(where: { $0.name == word }) else {
                    throw .usage("there is no figure “\(word)”; --list shows them")
                }
                measures.append(measure)
            }
        }
        guard wantsTrial == !trialFolders.isEmpty, !wantsTrial || measures.isEmpty else {
            throw .usage("match stands alone and takes --data DIR")
        }
        if measures.isEmpty, !wantsTrial, !wantsList, !wantsHelp { throw .usage("name a figure, or all") }
    }

    static let usage: String = """
        usage: kith-bench NAME… | all [--people N] [--json] [--keep DIR]
               kith-bench match --data DIR… [--mapping FILE] [--labels N] [--json]
               kith-bench --list

        Makes a registry of N people (1000000) in a PostgreSQL of its own, starts the server built beside it, and prints
        one line for each figure: value, unit, target, the limit measured in the same run, their ratio, and whether the
        target is met. --json prints one object a line. --keep keeps the registry in DIR and uses it again next time.
        match reads plain files with known truth, each folder after the other, and needs no PostgreSQL.
        Ends with 0 when every target is met, 1 when one is missed, 3 when something could not be measured.

        """
}

/// What stops the bench.
enum BenchFault: Fault {
    case usage(String)
    /// A program that could not be run, or failed.
    case program(String, reason: String)
    /// An answer that is not the one expected.
    case answer(String)
    case connection(String)

    var code: String {
        switch self {
        case .usage: "bench.usage"
        case .program: "bench.program"
        case .answer: "bench.answer"
        case .connection: "bench.connection"
        }
    }

    var kind: FaultKind { .defect }

    var summary: String {
        switch self {
        case .usage(let text): text
        case .program(let name, let reason): "\(name): \(reason)"
        case .answer(let text): "a wrong answer: \(text)"
        case .connection(let text): "connection: \(text)"
        }
    }
}
