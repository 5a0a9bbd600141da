import Foundation
import Groundwork
import Postgres
import TestKit
import Testing

@Suite(.emptyDatabase) struct `Copying many rows` {
    let database = Scratch.database

    @Test func `every type of column is filled`() async throws {
        let id = ID<Sample>()
        try await database.withConnection { session in
            try await session.script(
                """
                CREATE TYPE mood AS ENUM ('glad', 'sad');
                CREATE DOMAIN code AS varchar(10) CHECK (value <> '');
                CREATE TABLE every_type (
                    a int, b smallint, c bigint, d numeric, e text, f code, g mood, h jsonb, i uuid, j date, k timestamptz,
                    l bytea, m text[], n boolean, o json
                )
                """)
        }
        let count = try await database.write(as: tester) { tx in
            try await tx.copyIn(
                "public.every_type", columns: "a b c d e f g h i j k l m n o".split(separator: " ").map(String.init)
            ) {
                writer in
                for _ in 0..<3 {
                    writer.row(15)
                    writer.append(-5)
                    writer.append(7)
                    writer.append(Int32(9))
                    writer.append(12)
                    writer.append("text")
                    writer.append("code")
                    writer.append("sad")
                    writer.append(#"{"a": 1}"#)
                    writer.append(id)
                    writer.append(CalendarDate.latest)
                    writer.append(Date(timeIntervalSince1970: 0))
                    writer.append([UInt8]([1, 2]))
                    writer.append(["x", "y"])
                    writer.append(nil as Bool?)
                    writer.append(JSONB(text: "[1]"))
                    try await writer.end()
                }
            }
        }

        let row = try await database.read(as: tester, once: ["SELECT t.*, a + b + c + d AS sum FROM every_type AS t"])[
            0][0]
        #expect(count == 3)
        #expect(try row.get("sum", as: Decimal.self) == 23)
        #expect(try row.get("g", as: String.self) == "sad")
        #expect(try row.get("h", as: JSONB.self).text == #"{"a": 1}"#)
        #expect(try row.get("i", as: ID<Sample>.self) == id)
        #expect(try row.get("m", as: [String].self) == ["x", "y"])
        #expect(try row.get("n", as: Bool?.self) == nil)
    }

    @Test func `a row that does not fit is refused and nothing is kept`() async throws {
        try await database.withConnection { session in
            try await session.script("CREATE TABLE narrow (a smallint, b text)")
        }
        let wrong: [(inout CopyWriter) -> Void] = [
            {
                $0.row(2); $0.append(1)
            },
            {
                $0.row(2); $0.append(70_000); $0.append("x")
            },
            {
                $0.row(2); $0.append("one"); $0.append("x")
            },
            {
                $0.row(1); $0.append(1)
            },
            {
                $0.row(2); $0.append(1); $0.append("x"); $0.append("y")
            },
        ]
        for mistake in wrong {
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write(as: tester) { tx in
                    try await tx.copyIn("narrow", columns: ["a", "b"]) { writer in
                        writer.row(2)
                        writer.append(1)
                        writer.append("good")
                        try await writer.end()
                        mistake(&writer)
                        try await writer.end()
                    }
                }
            }
            #expect(error?.kind == .misuse)
        }
        await #expect(throws: Refusal.self) {
            try await database.write(as: tester) { tx in
                try await tx.copyIn("narrow", columns: ["a", "b"]) { _ in throw Refusal() }
            }
        }
        #expect(try await database.read(as: tester, once: ["SELECT 1 FROM narrow"])[0].isEmpty)
        #expect(database.statistics.broken == 0)
    }

    @Test func `a constraint met by COPY is named`() async throws {
        try await database.withConnection { session in
            try await session.script("CREATE TABLE strict (a int CONSTRAINT strict_a_check CHECK (a > 0))")
        }
        let error = await #expect(throws: DatabaseError.self) {
            try await database.write(as: tester) { tx in
                try await tx.copyIn("strict", columns: ["a"]) { writer in
                    writer.row(1)
                    writer.append(0)
                    try await writer.end()
                }
            }
        }

        #expect(error?.constraint == "strict_a_check")
    }

    @Test func `a million fields go through in seconds`() async throws {
        try await database.withConnection { session in
            try await session.script("CREATE UNLOGGED TABLE wide (a bigint, b int, c text, d uuid, e date)")
        }
        let start = ContinuousClock.now
        let id = ID<Sample>()
        let count = try await database.write(as: tester) { tx in
            try await tx.copyIn("wide", columns: ["a", "b", "c", "d", "e"]) { writer in
                for index in 0..<200_000 {
                    writer.row(5)
                    writer.append(index)
                    writer.append(index)
                    writer.append("Bujumbura Mairie")
                    writer.append(id)
                    writer.append(CalendarDate.latest)
                    try await writer.end()
                }
            }
        }

        #expect(count == 200_000)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `a query is streamed out as CSV with its values inside`() async throws {
        let text = #"it's "quoted", \ and é"#
        let id = ID<Sample>()
        var bytes: [UInt8] = []
        var chunks = 0
        try await database.read(as: tester) { tx in
            try await tx.copyOut(
                """
                SELECT n, \(text) AS t, \(id) AS id, \(nil as Int?) AS nothing, \([1, 2]) AS list,
                       \(["a'b", nil] as [String?]) AS words, \(Date(timeIntervalSince1970: 0)) = 'epoch' AS epoch
                FROM generate_series(1, \(3000)) AS n
                """
            ) { chunk in
                bytes += chunk
                chunks += 1
            }
        }

        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3001)
        #expect(chunks > 1)
        #expect(lines[0] == "n,t,id,nothing,list,words,epoch")
        #expect(lines[1] == #"1,"it's ""quoted"", \ and é",\#(id),,"{1,2}","{a'b,NULL}",t"#)
    }

    @Test func `a stream given up half-way leaves the connection usable`() async throws {
        await #expect(throws: Refusal.self) {
            try await database.read(as: tester) { tx in
                try await tx.copyOut("SELECT repeat('x', 100) FROM generate_series(1, 5000000)", format: .text) { _ in
                    throw Refusal()
                }
            }
        }

        #expect(try await database.read(as: tester, once: ["SELECT 1"]).count == 1)
        #expect(database.statistics.broken == 0)
    }
}
