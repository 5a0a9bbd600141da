import DCI
import Runtime
import Testing

@Suite struct `Settings of the door` {
    private func settings(_ environment: [String: String]) throws -> DCISettings {
        DCISettings(
            try Settings.load(DCISettings.keys, arguments: [], environment: environment, systemFile: "/nonexistent"))
    }

    @Test func `serve the bare path, the versioned path and the short one unless told otherwise`() throws {
        let paths = try settings([:]).searchPaths

        #expect(paths == ["/registry/sync/search", "/dci/v1.0.0/registry/sync/search", "/sr/sync/search"])
    }

    @Test func `are chosen by an operator`() throws {
        let chosen = try settings([
            "KITH_DCI_PREFIXES": "/dci_api/v1/social, /api/api_dci", "KITH_DCI_RECEIVER_IDS": "SR,social",
            "KITH_DCI_PAGE_SIZE": "20", "KITH_DCI_DUPLICATE_WINDOW": "48h",
        ])

        #expect(chosen.searchPaths.first == "/dci_api/v1/social/registry/sync/search")
        #expect(chosen.receiverIDs == ["SR", "social"])
        #expect(chosen.standardPageSize == 20)
        #expect(chosen.duplicateWindow == 172_800)
    }

    @Test func `keep an id for a day at least`() throws {
        #expect(try settings(["KITH_DCI_DUPLICATE_WINDOW": "1h"]).duplicateWindow == 86_400)
    }

    @Test func `cover their paths and no others`() throws {
        let chosen = try settings([:])

        #expect(chosen.covers("/registry/sync/search"))
        #expect(chosen.covers("/dci/v1.0.0/registry/search"))
        #expect(chosen.covers("/sr/anything"))
        #expect(!chosen.covers("/api/v1/people"))
        #expect(!chosen.covers("/registry"))
    }
}
