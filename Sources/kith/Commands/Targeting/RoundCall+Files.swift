import Documents
import Foundation
import Groundwork
import RegistryAPI
import Runtime
import Web

/// Lists, decisions and households as files.
extension RoundCall {
    /// One PDF for each area of a quota, named by its code.
    func printLists(_ client: DoorClient) async throws {
        let folder = try invocation.required("out", "the folder for the lists")
        let within = invocation.option("area")
        var areas: [String] = []
        if let within {
            areas = [within]
        } else {
            areas = (try await client.get(path + "/areas")["areas"]?.array ?? []).compactMap { $0["area"]?.string }
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let bar = console.progress("printing", total: areas.count, unit: "list")
        var files: [JSON] = []
        for area in areas {
            var query = [(name: "area", value: area)]
            if let language = invocation.option("language") { query.append((name: "language", value: language)) }
            let bytes = try await client.ask(.get, path + "/lists", query: query)
            let file = "\(folder)/\(area.replacing(":", with: "_").replacing("/", with: "_")).pdf"
            try Files.write(bytes, to: file)
            files.append(.string(file))
            bar.advance(by: 1)
        }
        bar.finish()
        console.result("\(Grouped.count(files.count, "list")) in \(folder)", ["files": .array(files)])
    }

    /// Records a session with its decisions and minutes.
    func decide(_ client: DoorClient) async throws {
        var body: JSONObject = [
            "area": .string(try invocation.required("area", "the area whose community met")),
            "held_on": .string(try invocation.required("held-on", "the day of the session, YYYY-MM-DD")),
            "others_validated": .bool(invocation.has("others-validated")),
        ]
        if let number = try invocation.integer("attendance", in: 0...1_000_000) {
            body["attendance"] = .number(JSONNumber(number))
        }
        if let file = invocation.option("decisions") { body["decisions"] = .array(try Self.decisions(in: file)) }
        // A session is recorded once; what would keep its minutes from being added is found before.
        let minutes = try invocation.option("minutes").map(MinutesFile.init)
        var session = try await client.post(path + "/sessions", body)
        let id = session["id"]?.string ?? ""
        if let minutes {
            do {
                session = try await add(minutes, to: id, client)
            } catch {
                console.note(
                    "session \(id) is recorded, its minutes are not; add them by kith round minutes \(code) \(id) FILE")
                throw error
            }
        }
        console.result(
            "session \(id) recorded: \(session["validated"]?.int ?? 0) validated, \(session["objected"]?.int ?? 0) objected",
            session.object ?? [:])
    }

    /// Adds minutes to a session that was recorded before.
    func addMinutes(_ client: DoorClient) async throws {
        let session = try await add(try MinutesFile(words[2]), to: words[1], client)
        console.result("the minutes are added to session \(words[1])", session.object ?? [:])
    }

    private func add(_ minutes: MinutesFile, to session: String, _ client: DoorClient) async throws -> JSON {
        try JSON.parse(
            try await client.ask(
                .post, "\(path)/sessions/\(session)/minutes", body: minutes.bytes, type: minutes.type.rawValue))
    }

    private static func decisions(in file: String) throws -> [JSON] {
        let rows = CSVReader.rows(of: try bytes(of: file))
        var places: [String: Int] = [:]
        if let head = rows.first {
            for place in 0..<head.count {
                places[head[place].replacing("\u{FEFF}", with: "").trimmingCharacters(in: .whitespaces).lowercased()] =
                    place
            }
        }
        guard let household = places["household"] ?? places["social_id"], let decision = places["decision"] else {
            throw RoofFault.fileUnreadable(file, reason: "it needs the columns household, decision and reason")
        }
        return rows.dropFirst().map { row in
            var item: JSONObject = [
                "household": .string(row[household].trimmingCharacters(in: .whitespaces)),
                "decision": .string(row[decision].trimmingCharacters(in: .whitespaces)),
            ]
            let reason = places["reason"].map { row[$0].trimmingCharacters(in: .whitespaces) } ?? ""
            if !reason.isEmpty { item["reason"] = .string(reason) }
            return .object(item)
        }
    }

    /// Writes households of the round as CSV, page by page.
    func writeHouseholds(_ client: DoorClient, state: String?) async throws {
        let names = ["social_id", "area", "area_name", "state", "reason", "members", "score", "class", "rank", "turn"]
        var csv = names.joined(separator: ",") + "\n"
        var (after, count): (String?, Int) = (nil, 0)
        repeat {
            var query = [(name: "limit", value: "1000")]
            if let state { query.append((name: "state", value: state)) }
            if let area = invocation.option("area") { query.append((name: "area", value: area)) }
            if let after { query.append((name: "after", value: after)) }
            let page = try await client.get(path + "/households", query: query)
            for item in page["households"]?.array ?? [] {
                count += 1
                csv += names.map { Self.cell(item[$0]) }.joined(separator: ",") + "\n"
            }
            after = page["next"]?.string
        } while after != nil
        if let file = invocation.option("out") {
            try Files.write(Array(csv.utf8), to: file)
            console.result(
                "\(Grouped.count(count, "household")) in \(file)",
                ["households": .number(JSONNumber(count)), "file": .string(file)])
        } else {
            console.result(csv, ["households": .number(JSONNumber(count)), "csv": .string(csv)])
        }
    }

    private static func cell(_ value: JSON?) -> String {
        let text = value?.string ?? value?.int.map(String.init) ?? ""
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

/// A file of minutes that the registry will take.
private struct MinutesFile {
    let bytes: [UInt8]
    let type: MediaType

    init(_ file: String) throws {
        bytes = try RoundCall.bytes(of: file)
        guard bytes.count <= AttachmentFiles.limit else {
            throw RoofFault.fileUnreadable(file, reason: "minutes have at most \(AttachmentFiles.limit >> 20) MiB")
        }
        guard let type = MediaType(of: bytes) else {
            throw RoofFault.fileUnreadable(file, reason: "minutes are PDF, JPEG, PNG or WebP, and its content is none")
        }
        self.type = type
    }
}
