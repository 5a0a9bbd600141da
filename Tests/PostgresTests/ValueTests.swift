import Foundation
import Groundwork
import Postgres
import TestKit
import Testing

enum Sex: String, SQLValue { case female, male }

@Suite(.emptyDatabase) struct `Values on the wire` {
    @Test func `integers keep their extremes`() async throws {
        #expect(try await echo(Int.max) == .max)
        #expect(try await echo(Int64.min) == .min)
        #expect(try await echo(Int32.min) == .min)
        #expect(try await echo(Int16.max) == .max)
        #expect(try await printed(Int16.min) == "-32768")
    }

    @Test func `an integer that does not fit is refused, not cut`() async throws {
        let rows = try await Scratch.database.read(as: tester, once: ["SELECT \(Int64.max)"])

        let error = #expect(throws: DatabaseError.self) { try rows[0][0].get(0, as: Int16.self) }

        #expect(error?.kind == .decode)
    }

    @Test func `text keeps every character`() async throws {
        for text in ["", "Ndayishimiye", "Gîte d'étape", "日本 🏡", "\\ ' \" $1 %"] {
            #expect(try await echo(text) == text)
        }
    }

    @Test func `booleans, bytes and identities return as they went`() async throws {
        let id = ID<Sample>()
        #expect(try await echo([true, false]) == [true, false])
        #expect(try await echo(true) == true)
        #expect(try await echo([UInt8](0...255)) == [UInt8](0...255))
        #expect(try await echo([UInt8]()) == [])
        #expect(try await echo(id) == id)
        #expect(try await printed(id) == id.description)
        #expect(try await printed([UInt8]([0xDE, 0xAD])) == "\\xdead")
    }

    @Test func `days return and print the same`() async throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let days = Int.random(in: -700_000...2_900_000, using: &random)
            let date = try #require(CalendarDate(daysSince1970: days))
            #expect(try await echo(date) == date)
            #expect(try await printed(date) == date.description)
        }
        #expect(try await echo(CalendarDate.earliest) == .earliest)
        #expect(try await echo(CalendarDate.latest) == .latest)
    }

    @Test func `instants keep microseconds`() async throws {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<200 {
            let microseconds = Int64.random(in: -2_000_000_000_000_000...2_000_000_000_000_000, using: &random)
            let instant = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
            let rows = try await Scratch.database.read(
                as: tester, once: ["SELECT \(instant), (extract(epoch FROM \(instant)) * 1000000)::int8"])
            #expect(try rows[0][0].get(1, as: Int64.self) == microseconds)
            let back = try rows[0][0].get(0, as: Date.self)
            #expect(try await echo(back) == back)
            let again = try await Scratch.database.read(
                as: tester, once: ["SELECT (extract(epoch FROM \(back)) * 1000000)::int8"])
            #expect(try again[0][0].get(0, as: Int64.self) == microseconds)
        }
        #expect(try await printed(Date.distantFuture) == "infinity")
        #expect(try await echo(Date.distantPast) == .distantPast)
    }

    @Test(arguments: [
        "0", "1", "-1", "10000", "0.0001", "-0.00012", "12345.6789", "99999999999999999999999999999999999999",
        "0.00000000000000000000000000000000000001", "1000000000000", "-7.5", "123456789012345678901234567890.12345678",
        "18446744073709551616", "1e30", "40000", "0.5", "9999", "10001.0001",
    ])
    func `decimals are exact`(text: String) async throws {
        let number = try #require(Decimal(string: text))

        #expect(try await echo(number) == number)
        let rows = try await Scratch.database.read(
            as: tester, once: ["SELECT \(number) = \(unchecked: text)::numeric, \(unchecked: text)::numeric"])
        #expect(try rows[0][0].get(0))
        #expect(try rows[0][0].get(1, as: Decimal.self) == number)
    }

    @Test func `decimals drawn at random are exact`() async throws {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<300 {
            var digits = String(Int.random(in: 1...9, using: &random))
            for _ in 0..<Int.random(in: 0...36, using: &random) {
                digits += String(Int.random(in: 0...9, using: &random))
            }
            let scale = Int.random(in: -6...40, using: &random)
            let text = (Bool.random(using: &random) ? "-" : "") + digits + "e\(-scale)"
            let number = try #require(Decimal(string: text))
            let rows = try await Scratch.database.read(
                as: tester, once: ["SELECT \(number) = \(unchecked: text)::numeric, \(unchecked: text)::numeric"])
            #expect(try rows[0][0].get(0), "\(text)")
            #expect(try rows[0][0].get(1, as: Decimal.self) == number, "\(text)")
        }
    }

    @Test func `a number of more than 38 digits is refused`() async throws {
        let rows = try await Scratch.database.read(
            as: tester, once: ["SELECT repeat('9', 40)::numeric, 'NaN'::numeric"])

        #expect(throws: DatabaseError.self) { try rows[0][0].get(0, as: Decimal.self) }
        #expect(try rows[0][0].get(1, as: Decimal.self).isNaN)
    }

    @Test func `arrays keep order, NULLs and emptiness`() async throws {
        let ids = (0..<50).map { _ in ID<Sample>() }
        #expect(try await echo([1, -2, 3]) == [1, -2, 3])
        #expect(try await echo([Int]()) == [])
        #expect(try await echo(["a", nil, ""] as [String?]) == ["a", nil, ""])
        #expect(try await echo(ids) == ids)
        #expect(try await echo([[UInt8]]([[1], [], [2, 3]])) == [[1], [], [2, 3]])
        #expect(try await echo([Decimal(3) / 8, 4]) == [Decimal(3) / 8, 4])
        #expect(try await echo([CalendarDate.earliest, .latest]) == [.earliest, .latest])
        #expect(try await echo([true, false]) == [true, false])
    }

    @Test func `nil is NULL and NULL is refused where a value is required`() async throws {
        let none: String? = nil
        #expect(try await echo(none) == nil)
        #expect(try await echo("x" as String?) == "x")
        let rows = try await Scratch.database.read(as: tester, once: ["SELECT \(none)"])
        #expect(throws: DatabaseError.self) { try rows[0][0].get(0, as: String.self) }
    }

    @Test func `JSON travels as jsonb`() async throws {
        let rows = try await Scratch.database.read(
            as: tester, once: ["SELECT \(JSONB(text: #"{"a": [1, 2]}"#)) -> 'a', '[1,  2]'::json"])

        #expect(try rows[0][0].get(0, as: JSONB.self).text == "[1, 2]")
        #expect(try rows[0][0].get(1, as: JSONB.self).text == "[1,  2]")
    }

    @Test func `an enumeration travels as its raw value`() async throws {
        #expect(try await echo(Sex.female) == .female)
        let rows = try await Scratch.database.read(as: tester, once: ["SELECT 'other'::text"])
        #expect(throws: DatabaseError.self) { try rows[0][0].get(0, as: Sex.self) }
    }

    @Test func `columns are found by name, exactly`() async throws {
        let rows = try await Scratch.database.read(as: tester, once: [#"SELECT 1 AS "One", 2 AS one"#])

        #expect(try rows[0][0].get("One", as: Int.self) == 1)
        #expect(try rows[0][0].get("one", as: Int.self) == 2)
        #expect(rows[0].columns == ["One", "one"])
        #expect(throws: DatabaseError.self) { try rows[0][0].get("ONE", as: Int.self) }
    }
}

enum Sample {}
