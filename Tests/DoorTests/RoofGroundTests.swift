import Foundation
import Groundwork
import Testing

@testable import kith

/// A data folder that goes away with its test.
final class TemporaryFolder {
    let folder: DataFolder

    init() throws {
        folder = DataFolder(NSTemporaryDirectory() + "/kith-ground-\(UUID().uuidString)")
        try folder.make()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder.path)
    }
}

@Suite struct `A data folder` {
    @Test func `belongs to one process at a time, which says who it is`() throws {
        let place = try TemporaryFolder()
        let first = try DataLock(place.folder, purpose: "kith up")

        #expect {
            _ = try DataLock(place.folder, purpose: "kith serve")
        } throws: { error in
            let summary = (error as? RoofFault)?.summary ?? ""
            return summary.hasPrefix("kith up (process \(getpid()))") && (error as? RoofFault)?.exit == .tryAgain
        }
        withExtendedLifetime(first) {}
    }

    @Test func `is free again when its holder is gone`() throws {
        let place = try TemporaryFolder()

        do { _ = try DataLock(place.folder, purpose: "kith up") }
        let second = try DataLock(place.folder, purpose: "kith up")
        withExtendedLifetime(second) {}
    }

    @Test func `keeps credentials that only their owner can read`() throws {
        let place = try TemporaryFolder()
        var credentials = Credentials([Credentials.Entry(name: "clerk", token: Sensitive("a"))])
        credentials.add([
            Credentials.Entry(name: "clerk", token: Sensitive("b")),
            Credentials.Entry(name: "partner", token: Sensitive("c")),
        ])

        try credentials.save(place.folder)

        let kept = try Credentials.load(place.folder)
        #expect(kept.entries.map(\.name) == ["clerk", "partner"])
        #expect(kept["clerk"]?.reveal() == "b")
        let attributes = try FileManager.default.attributesOfItem(atPath: place.folder.credentials)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
    }

    @Test func `remembers what was decided at the first start`() throws {
        let place = try TemporaryFolder()
        #expect(try Installation.load(place.folder) == nil)

        var installation = Installation(households: 200, seed: 3)
        #expect(installation.demo == .planned)
        installation.demo = .done
        try installation.save(place.folder)

        #expect(try Installation.load(place.folder) == installation)
        #expect(Installation(households: 0, seed: 1).demo == .none)
    }

    @Test func `refuses records that are not its own`() throws {
        let place = try TemporaryFolder()
        try Files.write(Array("[]".utf8), to: place.folder.credentials)
        try Files.write(Array("{}".utf8), to: place.folder.installation)

        #expect(throws: RoofFault.self) { try Credentials.load(place.folder) }
        #expect(throws: RoofFault.self) { try Installation.load(place.folder) }
    }
}
