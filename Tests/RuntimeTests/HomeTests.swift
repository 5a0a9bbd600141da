import Foundation
import Runtime
import Testing

/// A folder that disappears with the test.
private final class Scratch {
    let path = NSTemporaryDirectory() + "kith-home-\(UUID().uuidString)"

    func folder(_ name: String) throws -> String {
        let full = path + "/" + name
        try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: true)
        return full
    }

    func file(_ name: String) throws {
        _ = try folder(NSString(string: name).deletingLastPathComponent)
        #expect(FileManager.default.createFile(atPath: path + "/" + name, contents: nil))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct `The home` {
    @Test func `of a checkout is found above the executable`() throws {
        let scratch = Scratch()
        try scratch.file("src/Package.swift")
        _ = try scratch.folder("src/profiles")
        let bin = try scratch.folder("src/.build/release")

        let home = try Home.find(environment: [:], executable: bin + "/kith")

        #expect(home == Home(.checkout, root: scratch.path + "/src"))
        #expect(home.migrations == scratch.path + "/src/Sources/Schema/Migrations")
        #expect(home.profile("burundi") == scratch.path + "/src/profiles/burundi")
    }

    @Test func `of an installed copy lies beside the executable`() throws {
        let scratch = Scratch()
        // The prefix lies inside a checkout, whose files must not be taken instead.
        try scratch.file("Package.swift")
        _ = try scratch.folder("profiles")
        let bin = try scratch.folder("prefix/bin")
        _ = try scratch.folder("prefix/share/kith/migrations")
        _ = try scratch.folder("prefix/share/kith/profiles")

        let home = try Home.find(environment: [:], executable: bin + "/kith")

        #expect(home == Home(.installed, root: scratch.path + "/prefix/share/kith"))
        #expect(home.migrations == scratch.path + "/prefix/share/kith/migrations")
        #expect(home.standards == scratch.path + "/prefix/share/kith/standards")
    }

    @Test func `is the one that is named`() throws {
        let scratch = Scratch()
        _ = try scratch.folder("named/migrations")
        _ = try scratch.folder("named/profiles")
        let named = scratch.path + "/named"

        #expect(try Home.find(explicit: named, environment: [:], executable: "/x/kith").root == named)
        #expect(try Home.find(environment: ["KITH_HOME": named + "/"], executable: "/x/kith").root == named)
        #expect(throws: RuntimeFault.self) {
            try Home.find(explicit: scratch.path, environment: ["KITH_HOME": named], executable: "/x/kith")
        }
    }

    @Test func `that is nowhere is told with its remedy`() {
        let fault = #expect(throws: RuntimeFault.self) { try Home.find(environment: [:], executable: "/x/y/kith") }

        #expect(fault?.summary.contains("/x/share/kith") == true)
        #expect(fault?.summary.contains("KITH_HOME") == true)
    }

    @Test func `of this very test is the checkout`() throws {
        #expect(try Home.find(environment: [:]).layout == .checkout)
    }

    @Test func `keeps data where its owner may write`() {
        let checkout = Home(.checkout, root: "/home/a/kith")
        let installed = Home(.installed, root: "/opt/none/share/kith")

        #expect(checkout.standardDataFolder(isRoot: false) == "/home/a/kith/var")
        #expect(checkout.standardDataFolder(isRoot: true).hasPrefix("/var/lib/kith/"))
        #expect(installed.standardDataFolder(isRoot: true) != checkout.standardDataFolder(isRoot: true))
        #expect(
            installed.standardDataFolder(isRoot: true)
                == Home(.installed, root: "/opt/none/share/kith").standardDataFolder(isRoot: true))
    }
}
