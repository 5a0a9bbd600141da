import Documents
import Encodings
import Foundation
import Groundwork
import Linkage

/// `kith match encode` and `kith match compare`.
struct MatchEncoding {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private static let header = ["id", "clk", "tokens", "scheme"]

    // MARK: Encoding

    func encode() throws -> ExitCode {
        guard invocation.words.count == 2 else { throw RoofFault.usage("kith match encode takes one file.") }
        let scheme = try scheme()
        let columns = try columns()
        let input = try InputFile(invocation.words[1])
        let output = try OutputFile(invocation.option("out") ?? "-")
        let encoder = PersonEncoder(scheme)
        var writer = CSVWriter(guardsFormulas: true, keepsGuards: true)
        writer.row(Self.header)
        var layout: ListLayout?
        var tally = ListTally()
        var count = 0
        var reader = CSVReader()
        let take: (CSVRow) throws -> Void = { row in
            guard let known = layout else {
                layout = try ListLayout(row.texts, columns)
                return
            }
            if row.fault != nil { throw EncodingFault.malformed(line: row.lineNumber) }
            let (id, record) = known.read(row, &tally)
            let encoded = encoder.encode(record, id: id)
            writer.row([encoded.id, encoded.text, encoded.tokens.joined(separator: " "), scheme.mark])
            count += 1
        }
        do {
            while let chunk = try input.next() {
                try reader.feed(chunk, take)
                try output.write(writer.take())
            }
            try reader.finish(take)
            try output.write(writer.take())
            try tally.check()
        } catch {
            // Half a list must not be taken for a whole one.
            try output.discard()
            throw error
        }
        try output.close()
        invocation.console.note("encoded \(Grouped.count(count, "person", "people"))")
        for line in tally.lines(scheme.salt) { invocation.console.note(line) }
        return .ok
    }

    private func scheme() throws -> EncodingScheme {
        let path = Ground.absolute(try invocation.required("key", "the file with the secret that both sides share"))
        guard let secret = try Files.read(path) else {
            throw RoofFault.fileUnreadable(path, reason: "it is not there, or this user may not read it")
        }
        let purpose = try invocation.required("purpose", "a word for what the encodings are made")
        guard let salt = EncodingScheme.Salt(rawValue: invocation.option("salt") ?? "year") else {
            throw RoofFault.usage("--salt takes none, sex or year.")
        }
        return try EncodingScheme(
            secret: secret, purpose: purpose, salt: salt, noise: try invocation.integer("noise", in: 0...200) ?? 10)
    }

    private func columns() throws -> [String: String] {
        var columns: [String: String] = [:]
        for part in (invocation.option("columns") ?? "").split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2 else {
                throw RoofFault.usage("--columns takes pairs such as given=PRENOM,family=NOM,NID=CNI.")
            }
            columns[sides[0]] = sides[1]
        }
        return columns
    }

    // MARK: Comparing

    func compare() throws -> ExitCode {
        guard invocation.words.count == 3 else { throw RoofFault.usage("kith match compare takes two encoded files.") }
        let least = try invocation.integer("least", in: 0...10_000) ?? 7000
        var mark: String?
        let left = try Self.load(invocation.words[1], &mark)
        let right = try Self.load(invocation.words[2], &mark)
        let comparison = EncodedComparison(least: least)
        let (pairs, omitted) = { ($0.pairs, $0.omitted) }(comparison.outcome(left, right))
        let output = try OutputFile(invocation.option("out") ?? "-")
        var writer = CSVWriter(guardsFormulas: true)
        writer.row(["left", "right", "likeness", "tokens"])
        for pair in pairs {
            writer.field(left[pair.left].id)
            writer.field(right[pair.right].id)
            writer.field(pair.likeness)
            writer.field(pair.tokens)
            writer.endRow()
            if writer.bytes.count > 1 << 20 { try output.write(writer.take()) }
        }
        try output.write(writer.take())
        try output.close()
        invocation.console.note(
            "\(Grouped.count(pairs.count, "pair")) among \(Grouped.number(left.count)) and \(Grouped.number(right.count))"
        )
        for line in Self.lines(omitted, comparison.limits) { invocation.console.note(line) }
        return .ok
    }

    /// What was left out, in words.
    private static func lines(_ omitted: EncodedComparison.Omitted, _ limits: EncodedComparison.Limits) -> [String] {
        let most = limits.together
        let all = [
            (
                omitted.leftCopies + omitted.rightCopies,
                "records left out (\(Grouped.number(omitted.leftCopies)) left, \(Grouped.number(omitted.rightCopies)) "
                    + "right): exact copies of \(most) others that are told"
            ),
            (omitted.pairs, "pairs left out: one record has more than \(most) like it"),
            (omitted.tokens, "identifiers passed over: more than \(most) bear them on one list"),
            (
                omitted.comparisons,
                "comparisons left out: more than \(limits.inSample) agree in one sample of bits, or one record meets more "
                    + "than \(Grouped.number(limits.compared))"
            ),
        ]
        return all.filter { $0.0 > 0 }.map { "\(Grouped.number($0.0)) \($0.1)" }
    }

    private static func load(_ path: String, _ mark: inout String?) throws -> [EncodedPerson] {
        let input = try InputFile(path)
        var people: [EncodedPerson] = []
        var isFirst = true
        var known = mark
        var reader = CSVReader()
        let take: (CSVRow) throws -> Void = { row in
            if isFirst {
                guard row.texts == header else { throw EncodingFault.malformed(line: row.lineNumber) }
                isFirst = false
                return
            }
            guard row.fault == nil, row.count == header.count,
                let person = EncodedPerson(id: FormulaGuard.removed(from: row[0]), text: row[1], tokens: row[2])
            else { throw EncodingFault.malformed(line: row.lineNumber) }
            guard known == nil || known == row[3] else { throw EncodingFault.unlike(line: row.lineNumber) }
            known = row[3]
            people.append(person)
        }
        while let chunk = try input.next() { try reader.feed(chunk, take) }
        try reader.finish(take)
        mark = known
        return people
    }
}

/// Where a list keeps what; columns that are not named have their usual names, where they are there.
private struct ListLayout {
    private var places: [String: Int] = [:]
    private var identifiers: [(type: String, place: Int)] = []
    private static let usual = [
        "id": "id", "given": "given_name", "family": "family_name", "born": "birth_date", "sex": "sex",
        "mother": "mother_name",
    ]

    init(_ header: [String], _ named: [String: String]) throws(EncodingFault) {
        for (field, name) in named.sorted(by: { $0.key < $1.key }) {
            guard let place = header.firstIndex(of: name) else { throw .columnMissing(name) }
            if Self.usual[field] == nil { identifiers.append((field, place)) } else { places[field] = place }
        }
        for (field, name) in Self.usual where places[field] == nil { places[field] = header.firstIndex(of: name) }
        for needed in ["id", "family"] where places[needed] == nil {
            throw .columnMissing(Self.usual[needed] ?? needed)
        }
    }

    func read(_ row: CSVRow, _ tally: inout ListTally) -> (id: String, MatchRecord) {
        func cell(_ field: String) -> String { places[field].map { $0 < row.count ? row[$0] : "" } ?? "" }
        var record = MatchRecord(given: cell("given"), family: cell("family"), mother: cell("mother"))
        let (born, sex) = (cell("born"), cell("sex"))
        record.birth = PartialDate(born)
        tally.dates.note(born, isRead: record.birth != nil, line: row.lineNumber)
        if record.birth == nil { tally.yearless += 1 }
        switch sex.lowercased().first {
        case "f", "w", "2": record.sex = .female
        case "m", "h", "1": record.sex = .male
        default: record.sex = .unknown
        }
        if record.sex == .unknown { tally.sexless += 1 }
        tally.sexes.note(sex, isRead: record.sex != .unknown, line: row.lineNumber)
        for (type, place) in identifiers where place < row.count && !row[place].isEmpty {
            record.identifiers.append(.init(type: type, value: row[place]))
        }
        return (cell("id"), record)
    }
}

/// What of a list could not be read.
private struct ListTally {
    struct Column {
        var stated = 0
        var unread = 0
        var first = 0

        mutating func note(_ cell: String, isRead: Bool, line: Int) {
            guard !cell.isEmpty else { return }
            stated += 1
            guard !isRead else { return }
            if unread == 0 { first = line }
            unread += 1
        }
    }

    var dates = Column()
    var sexes = Column()
    var yearless = 0
    var sexless = 0

    private static let dateRemedy = "write dates as 1985-04-12, 1985-04 or 1985."
    private static let sexRemedy = "write the sex as female or male, f or m, 2 or 1."

    /// - Throws: `.unreadable` when more than half of what is stated says nothing.
    func check() throws(EncodingFault) {
        for (column, what, remedy) in [
            (dates, "dates of birth", Self.dateRemedy), (sexes, "entries of sex", Self.sexRemedy),
        ] where column.unread * 2 > column.stated {
            throw .unreadable(
                what: what, count: column.unread, of: column.stated, first: column.first, remedy: remedy)
        }
    }

    func lines(_ salt: EncodingScheme.Salt) -> [String] {
        var lines: [String] = []
        for (column, one, many, remedy) in [
            (dates, "date of birth", "dates of birth", Self.dateRemedy),
            (sexes, "entry of sex", "entries of sex", Self.sexRemedy),
        ] where column.unread > 0 {
            lines.append(
                "\(Grouped.count(column.unread, one, many)) of \(Grouped.number(column.stated)) could not be read and "
                    + "counted as unknown, the first in line \(column.first); \(remedy)")
        }
        let (missing, what) =
            switch salt {
            case .year: (yearless, "year of birth")
            case .sex: (sexless, "sex")
            case .none: (0, "")
            }
        if missing > 0 {
            lines.append(
                "\(Grouped.count(missing, "person has", "people have")) no \(what): under --salt \(salt.rawValue) they are "
                    + "like nobody who has one.")
        }
        return lines
    }
}
