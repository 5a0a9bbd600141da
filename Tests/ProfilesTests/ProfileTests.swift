import Documents
import Foundation
import Groundwork
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@Suite struct `Country profiles` {
    @Test(.scratchDatabase, arguments: ["burundi", "uganda"])
    func `install twice with the same areas and ids`(name: String) async throws {
        let fixture = try await RegistryFixture.make(profile: name)
        let before = fixture.context.areas.index.areas

        let changed = try await fixture.database.write(as: fixture.mandate) { tx in
            try await ProfileInstaller(profile: fixture.profile).install(in: tx)
        }

        let after = try await fixture.database.read(as: fixture.mandate) { tx in try await AreaIndex.load(in: tx) }
        #expect(changed.isEmpty)
        #expect(after.areas == before)
        #expect(before.count > 100)
    }

    @Test(.scratchDatabase) func `Burundi has the areas of its two divisions`() async throws {
        let fixture = try await RegistryFixture.make()
        let areas = fixture.context.areas.index.areas.filter { $0.geography == "bi-2023" }

        let counts = Dictionary(grouping: areas, by: \.levelName).mapValues(\.count)

        #expect(counts == ["country": 1, "province": 5, "commune": 42, "zone": 451, "colline": 3045])
    }

    @Test(.scratchDatabase) func `descendants are a range of numbers`() async throws {
        let index = try await RegistryFixture.make().context.areas.index
        for area in index.areas {
            for child in index.children(of: area.id) {
                #expect(area.range.contains(child.preorder) && child.lastPreorder <= area.lastPreorder)
            }
            guard area.level <= 1 else { continue }
            let inside = index.areas.filter { $0.geography == area.geography && area.range.contains($0.preorder) }
            #expect(inside.allSatisfy { index.path(to: $0).contains(area) })
        }
    }

    @Test(.scratchDatabase) func `an area is found by code, other code, name and alias`() async throws {
        let fixture = try await RegistryFixture.make()
        let index = fixture.context.areas.index
        let province = try #require(index.area("BI01"))

        #expect(province.name == "Buhumuza")
        #expect(index.area("bi-2023:BI01") == province)
        #expect(index.area("tburundigeo:BI-PR-01") == province)
        #expect(index.areas(named: "buhu muza") == [province])
        #expect(index.areas(named: "cankuzo", within: province).contains { $0.levelName == "commune" })
        #expect(index.area("BI99") == nil)
    }

    @Test(arguments: ["burundi", "uganda"])
    func `code lists understand their own codes and DCI codes`(name: String) throws {
        let profile = try Profile.load(RegistryFixture.root + "/profiles/" + name)
        for list in profile.lists {
            for code in list.codes {
                #expect(list.code(for: code.code)?.code == code.code)
                if let dci = code.dci { #expect(list.code(for: dci) != nil, "\(list.name) \(dci)") }
            }
        }
    }

    @Test(arguments: ["burundi", "uganda"])
    func `every file fits its schema`(name: String) throws {
        #expect(try Profile.check(RegistryFixture.root + "/profiles/" + name).isEmpty)
    }
}
