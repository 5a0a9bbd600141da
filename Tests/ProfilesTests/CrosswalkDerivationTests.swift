import Foundation
import Groundwork
import Registry
import TestKit
import Testing

@testable import Profiles

@Suite struct `Deriving a crosswalk by names` {
    /// Two former provinces; the second one's units went to two new provinces.
    private let old = """
        O Land
          A Alpha
            A1 Abura
            A2 Akiba
            A3 Ampara
          B Beta
            B1 Bokoro
            B2 Busanga
            B3 Bitare
        """

    @Test func `a name that one former unit and one new part bear is certain`() {
        let found = CrosswalkGround.derive(
            old,
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                  P13 Zuku
                P2 Ampara
                  P21 Ampara
              Q Quebec
                Q1 Bokoro
                  Q11 Bokoro
                  Q12 Busanga
                  Q13 Bitare
            """)

        #expect(found.lines.said("O", "N") == "same certain root")
        #expect(found.lines.said("A1", "P11") == "split certain name")
        #expect(found.lines.said("A2", "P12") == "split certain name")
        #expect(found.lines.said("A1", "P1") == "merge likely regrouped")
        #expect(found.lines.said("A3", "P2") == "same likely only_one")
        #expect(found.lines.said("A", "P13") == "split likely siblings")
        #expect(found.lines.said("A", "P1") == "split likely parts_agree")
        #expect(found.lines.said("A", "P") == "merge likely units_agree")
        #expect(found.lines.line("A", "P")?.weight == 1)
        #expect(found.unresolved.isEmpty)
    }

    @Test func `of several places of a name, the group decides, then the seat, then the neighbours`() {
        let found = CrosswalkGround.derive(
            old,
            """
            N Land
              P Papa
                P1 Abura @Bitare
                  P11 Abura
                  P12 Akiba
                  P13 Bitare
                P2 Ampara
                  P21 Ampara
              Q Quebec
                Q1 Bokoro
                  Q11 Bokoro
                  Q12 Bitare
                Q2 Busanga
                  Q21 Busanga
            """)
        #expect(found.lines.said("B3", "Q12") == "split likely name_by_group")
        #expect(found.lines.said("A", "P13") == "split likely siblings")

        let seats = CrosswalkGround.derive(
            old.replacing("B3 Bitare", with: "B3 Bitare\n    B4 Burambi"),
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                  P13 Ampara
              Q Quebec
                Q1 Bokoro
                  Q11 Bokoro
                  Q12 Bitare
                Q2 Busanga @Bitare
                  Q21 Busanga
                  Q22 Bitare
                  Q23 Burambi
            """)
        #expect(seats.lines.said("B3", "Q22") == "split likely name_by_seat")

        let neighbours = CrosswalkGround.derive(
            old,
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                  P13 Bitare
                P2 Bokoro
                  P21 Bokoro
                  P22 Bitare
                  P23 Busanga
                P3 Ampara
                  P31 Ampara
            """)
        #expect(neighbours.lines.said("B3", "P22") == "split likely name_by_neighbours")
    }

    @Test func `names that stay ambiguous stay unresolved, with their candidates`() {
        let found = CrosswalkGround.derive(
            old,
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                P2 Ampara
                  P21 Ampara
                  P22 Akiba
              Q Quebec
                Q1 Bokoro
                  Q11 Bokoro
                  Q12 Busanga
                  Q13 Bitare
            """)

        #expect(found.lines.said("A2", "P12") == "split unresolved several_places")
        #expect(found.lines.said("A2", "P22") == "split unresolved several_places")
        let open = found.unresolved.first { $0.code == "A2" }
        #expect(open?.reason == .severalPlaces)
        #expect(open?.candidates == ["P12", "P22"])
        // Wherever it lies, its province is the same.
        #expect(found.lines.said("A", "P12") == "split likely siblings")
    }

    @Test func `parts among neighbours of two groups are not guessed`() {
        let found = CrosswalkGround.derive(
            old,
            """
            N Land
              P Papa
                P1 Mixed
                  P11 Abura
                  P12 Bokoro
                  P13 Zuku
                P2 Akiba
                  P21 Akiba
                  P22 Ampara
                P3 Busanga
                  P31 Busanga
                  P32 Bitare
                P4 Empty
                  P41 Nothing
            """)

        #expect(found.lines.said("A1", "P11") == "split likely name")
        #expect(found.lines.said("A", "P13") == "split unresolved siblings")
        #expect(found.lines.said("B", "P13") == "split unresolved siblings")
        let reasons = Dictionary(uniqueKeysWithValues: found.unresolved.map { ($0.code, $0.reason) })
        #expect(
            reasons == [
                "P1": .neighboursDisagree, "P13": .neighboursDisagree, "P4": .noNeighbour, "P41": .noNeighbour,
            ])
    }

    @Test func `a former unit that is found nowhere makes its surroundings less sure`() {
        let found = CrosswalkGround.derive(
            old.replacing("B3 Bitare", with: "B3 Vanished"),
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                  P13 Zuku
                P2 Ampara
                  P21 Ampara
                P3 Bokoro
                  P31 Bokoro
                  P32 Busanga
            """)

        #expect(found.lines.said("A1", "P11") == "split likely name")
        #expect(found.lines.said("A", "P13") == "split possible siblings")
        #expect(found.lines.line("A", "P13")?.evidence.contains("Vanished") == true)
        // A lost unit of the same group takes nothing from it.
        #expect(found.lines.said("B", "P3") == "split likely parts_agree")
        #expect(found.lines.said("B", "P") == "merge possible units_agree")
        #expect(found.unresolved.contains { $0.code == "B3" && $0.reason == .nameNotFound })
    }

    @Test func `a short name and another spelling are possible, an alias is as good as the name`() {
        let found = CrosswalkGround.derive(
            old.replacing("A2 Akiba", with: "A2 Akiba-Lac").replacing("B2 Busanga", with: "B2 Busanga ~Businga"),
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                P2 Ampara
                  P21 Ampara
              Q Quebec
                Q1 Bokoro
                  Q11 Bokoro
                  Q12 Businga
                  Q13 Bitare
            """)

        #expect(found.lines.said("A2", "P12") == "split possible short_name")
        #expect(found.lines.said("B2", "Q12") == "split certain name")
    }

    @Test func `groups whose units are all the same on both sides are certain`() {
        var new = old.replacing("O Land", with: "N Land")
        for code in ["A", "A1", "A2", "A3", "B", "B1", "B2", "B3"] {
            new = new.replacing("  \(code) ", with: "  n\(code) ")
        }
        let found = CrosswalkGround.derive(old, new)

        #expect(found.lines.said("A", "nA") == "same certain units_agree")
        #expect(found.lines.said("A1", "nA1") == "same certain only_one")
        #expect(found.lines.said("B3", "nB3") == "same certain only_one")
        #expect(found.unresolved.isEmpty)
    }

    @Test func `a divided group is told as parts without shares, and stays unresolved`() {
        let found = CrosswalkGround.derive(
            old,
            """
            N Land
              P Papa
                P1 Abura
                  P11 Abura
                  P12 Akiba
                  P13 Ampara
                P2 Bokoro
                  P21 Bokoro
              Q Quebec
                Q1 Busanga
                  Q11 Busanga
                  Q12 Bitare
            """)

        #expect(found.lines.said("B", "P") == "part likely units_divided")
        #expect(found.lines.said("B", "Q") == "part likely units_divided")
        #expect(found.lines.line("B", "P")?.weight == nil)
        #expect(found.unresolved.contains { $0.code == "B" && $0.reason == .divided && $0.candidates == ["P", "Q"] })
    }

    @Test(arguments: [("burundi", "bi-former", "bi-2023")])
    func `the shipped files are what derivation makes today`(profile: String, from: String, to: String) throws {
        let folder = RegistryFixture.root + "/profiles/" + profile
        let derived = try Profile.derivedCrosswalk(folder, from: from, to: to)

        let table = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + derived.plan.table))
        let open = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + derived.plan.unresolved))
        #expect([UInt8](table) == CrosswalkTable.bytes(derived.lines), "run kith areas crosswalk derive --write")
        #expect([UInt8](open) == CrosswalkTable.bytes(derived.unresolved), "run kith areas crosswalk derive --write")
    }
}
