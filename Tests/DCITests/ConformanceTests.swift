import DCI
import Documents
import Foundation
import TestKit
import Testing

@Suite(.scratchDatabase) struct `Conformance to the DCI social registry` {
    private static let folder = "conformance/dci-social/"

    private static let vectors: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: Sample.root + "/" + folder + "vectors")
        return (files ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    @Test(arguments: vectors) func `every vector gets the answer it names`(name: String) async throws {
        let door = try await DoorFixture.make()
        let vector = try Sample.json(Self.folder + "vectors/\(name).json")
        let expected = try #require(vector["expect"])
        let request = try #require(vector["request"])
        let body = request.text.replacing("{message_id}", with: UUID().uuidString)
        let headers = vector["headers"]?.object ?? [:]

        let answer = try await door.send(
            bytes: Array(body.utf8), token: headers.contains("Authorization") ? nil : DoorFixture.partner,
            type: headers["Content-Type"]?.string ?? "application/json")

        #expect(answer.status == expected["status"]?.int)
        for (member, value) in expected["header"]?.object ?? [:] {
            #expect(answer.header[member] == value, "\(member)")
        }
        for (index, wanted) in (expected["items"]?.array ?? []).enumerated() {
            let item = try #require(answer.items.indices.contains(index) ? answer.items[index] : nil)
            for (member, value) in wanted.object ?? [:] {
                let found = item[member] ?? item["pagination"]?[member] ?? item["data"]?[member]
                #expect(found == value, "\(index): \(member)")
            }
        }
        if let code = expected["error"]?.string {
            #expect(answer.errorCode == code)
            let place = expected["place"]?.string ?? ""
            #expect(answer.errorTexts[0].hasPrefix(place))
            #expect(try breaches(answer.json, of: \.acknowledgement) == [])
        } else {
            #expect(try breaches(answer.json, of: \.answer) == [])
        }
    }

    @Test func `every promise has a proof and every vector a promise`() throws {
        let rows = try Self.rows()
        let sources = try FileManager.default.contentsOfDirectory(atPath: Sample.root + "/Tests/DCITests").sorted()
            .map { String(decoding: try Sample.bytes("Tests/DCITests/\($0)"), as: UTF8.self) }.joined()

        #expect(Set(rows.map(\.id)).count == rows.count)
        for row in rows {
            #expect(!row.proofs.isEmpty, "\(row.id)")
            for proof in row.proofs {
                if proof.hasPrefix("vector:") {
                    #expect(Self.vectors.contains(String(proof.dropFirst(7))), "\(row.id): \(proof)")
                } else {
                    #expect(sources.contains("`\(proof.dropFirst(5))`"), "\(row.id): \(proof)")
                }
            }
        }
        let proven = Set(rows.flatMap(\.proofs))
        for vector in Self.vectors { #expect(proven.contains("vector:\(vector)"), "\(vector)") }
    }

    private struct Promise {
        var id: String
        var proofs: [String]
    }

    private static func rows() throws -> [Promise] {
        var reader = CSVReader()
        var rows: [Promise] = []
        func take(_ row: CSVRow) {
            rows.append(Promise(id: row[0], proofs: row[3].split(separator: "|").map(String.init)))
        }
        reader.feed(try Sample.bytes(folder + "requirements.csv")) { row in take(row) }
        reader.finish { row in take(row) }
        return Array(rows.dropFirst())
    }
}
