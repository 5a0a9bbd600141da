import Access
import Groundwork
import Matching

extension Command {
    static let match: Command = Command(
        "match", "finds records that may be one person, and what is odd about households",
        forms: [
            "train", "run", "explain PERSON PERSON", "findings", "review", "evaluate DIR", "encode FILE",
            "compare FILE FILE",
        ], words: 1...3,
        explanation: """
            `train` estimates a match model from the registry, without labels, and runs it over everybody; `run` takes the
            newest model. Both keep the keys by which the server looks people up at registrations and after every change, put
            pairs into the reviewers' queue (GET /api/v1/matches), and look for findings. What reviewers decided stays decided.
            A run that was killed is gone on with by the next one. `explain` tells why two people have their score, field by
            field in bits; the steps sum to the total.

            `findings` lists what is odd about households, numbers, files and registrations; with --refresh it looks anew, with
            --close or --reopen it decides on one. `review` writes the queue of pairs as CSV (--export) and reads decisions back
            (--import).

            `evaluate` needs no registry and leaves nothing behind: it reads the files of a folder, trains on them without their
            truth, and tells how much of the truth was found: precision, recall and F1 by threshold, what blocking brings
            together, groups, and why pairs were missed. A folder with individuals.csv and truth.csv is known by itself; for
            other files name the columns in a mapping (profiles/trials shows some, profiles/schema/match_trial.schema.json says
            what is allowed).

            `encode` turns a list into keyed bits that tell likeness and no names, for matching with a list of somebody else;
            `compare` finds like people among two encoded lists without the key. docs/privacy-preserving-matching.md tells what
            this protects from, and what not.
            """,
        options: [
            Option("export", "FILE", "review: write the open pairs there; - for standard output"),
            Option("import", "FILE", "review: read decisions from there; - for standard input"),
            Option("band", "BAND", "review: only pairs of the band review or strong"),
            Option("limit", "N", "review, findings: at most so many (10,000; 100)"),
            Option("refresh", nil, "findings: look anew before listing"),
            Option("kind", "KIND", "findings: only those of one kind"),
            Option("state", "STATE", "findings: open, closed or gone (open)"),
            Option("close", "ID", "findings: close one, with --reason"),
            Option("reopen", "ID", "findings: open a closed one again, with --reason"),
            Option("reason", "TEXT", "findings: why"),
            Option("afresh", nil, "train, run: do not go on with a run that was cut short"),
            Option(
                "memory", "MB",
                "train, run: megabytes to stay below; where they do not suffice, the unlikeliest pairs go (1500)"),
            Option("key", "FILE", "encode: the secret that both sides share, at least 32 bytes"),
            Option("purpose", "NAME", "encode: what the encodings are for; others cannot be compared"),
            Option("salt", "FIELD", "encode: none, sex or year: what else decides which bits are set (year)"),
            Option("noise", "N", "encode: how many of a thousand bits are flipped (10)"),
            Option("columns", "LIST", "encode: columns of the file, as given=PRENOM,family=NOM,born=DATE,NID=CNI"),
            Option("out", "FILE", "encode, compare: write there instead of standard output"),
            Option("least", "N", "compare: likeness from which a pair is told, in ten-thousandths (7000)"),
            Option(
                "mapping", "FILE", "evaluate: how the columns are read; or a name of profiles/trials, such as febrl3"),
            Option(
                "labels", "N",
                "evaluate: give the truth of N pairs away, as clerks would decide them: half of them unclear ones"),
            Option("model", "FILE", "evaluate: save the trained model there"),
            Option("workers", "N", "cores that take part (all)"),
            Option("as", "NAME", "the actor in whose name, who needs the scope match.decide (reviewer)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example("kith match train", "estimate a model and look for duplicates among all"),
            Example("kith match explain 123456789012 210987654321", "why these two, by their social ids"),
            Example("kith match findings --kind phone_shared", "phones behind many households"),
            Example(
                "kith match review --export queue.csv --band strong",
                "the likeliest pairs, for clerks with a spreadsheet"),
            Example("kith match review --import queue.csv", "their decisions, back into the registry"),
            Example("kith match evaluate /data/registry", "how many doubles are found, and how many wrongly"),
            Example("kith match evaluate febrl --mapping febrl4 --json", "a public test file, for a script"),
            Example("kith match evaluate /data/registry --labels 2000", "what two thousand decided pairs would add"),
            Example(
                "kith match encode ours.csv --key shared.key --purpose health-2027 --out ours.clk",
                "a list as keyed bits"),
            Example("kith match compare ours.clk theirs.clk --out pairs.csv", "who is like whom, without the key"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            switch invocation.words.first {
            case "evaluate":
                guard invocation.words.count == 2 else {
                    throw RoofFault.usage("kith match evaluate takes one folder.")
                }
                return try await MatchTrial(invocation).run()
            case "encode": return try MatchEncoding(invocation).encode()
            case "compare": return try MatchEncoding(invocation).compare()
            default: break
            }
            let work: any MatchWork =
                switch invocation.words {
                case ["findings"]: try MatchFindings(invocation)
                case ["review"]: try MatchReviewFile(invocation)
                default: try MatchQuestion(invocation)
                }
            let actor = invocation.option("as") ?? "reviewer"
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith match") { house in
                let principal = try await house.principal(actor, needs: "match.decide")
                let mandate = Mandate(actor: principal.actor, purpose: .operation)
                return try await work.answer(house, mandate, invocation.console)
            } ?? .tryAgain
        })
}

/// One call of `kith match` that needs the registry.
protocol MatchWork: Sendable {
    func answer(_ house: House, _ mandate: Mandate, _ console: Console) async throws -> ExitCode
}
