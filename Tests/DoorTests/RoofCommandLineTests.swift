import Documents
import Foundation
import Groundwork
import Runtime
import Testing

@testable import kith

@Suite struct `The command line` {
    /// Runs the program in process; gives how it ended and what it wrote.
    private func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Ended {
        let output = try Paper()
        let notes = try Paper()
        let exit = await Program.run(
            arguments, environment: environment, output: output.terminal, notes: notes.terminal)
        return Ended(exit: exit, output: output.text, notes: notes.text)
    }

    @Test(arguments: Command.all.map(\.name)) func `helps with each command`(name: String) async throws {
        let ended = try await run(name, "--help")

        #expect(ended.exit == .ok)
        #expect(ended.output.hasPrefix("kith \(name): "))
        for part in ["usage: kith \(name)", "--json", "ends with:", "examples:"] {
            #expect(ended.output.contains(part), "\(name) does not tell: \(part)")
        }
        #expect(ended.notes == "")
    }

    @Test func `lists every command`() async throws {
        let ended = try await run("--help")

        #expect(ended.exit == .ok)
        for command in Command.all { #expect(ended.output.contains("\n  \(command.name) ")) }
    }

    @Test func `tells its version`() async throws {
        let ended = try await run("--version")

        #expect(ended.exit == .ok)
        #expect(ended.output == "kith \(Program.version)\n")
    }

    @Test func `names the command that was meant`() async throws {
        let ended = try await run("improt")

        #expect(ended.exit == .usage)
        #expect(ended.notes.contains("did you mean import?"))
    }

    @Test(arguments: Command.all.map(\.name)) func `refuses an unknown option`(name: String) async throws {
        let ended = try await run(name, "--colour")

        #expect(ended.exit == .usage)
        #expect(ended.notes.contains("--colour is not known"))
    }

    @Test func `names the option that was meant`() async throws {
        let ended = try await run("demo", "--houesholds", "5")

        #expect(ended.exit == .usage)
        #expect(ended.notes.contains("did you mean --households?"))
    }

    @Test func `tells all mistakes in settings at once`() async throws {
        let ended = try await run(
            "settings", "--port", "80000",
            environment: ["KITH_LOG_LEVEL": "loud", "KITH_DATABASE_POOL": "many"])

        #expect(ended.exit == .usage)
        for name in ["http.port", "log.level", "database.pool"] { #expect(ended.notes.contains(name)) }
    }

    @Test func `tells settings that do not go together`() async throws {
        let ended = try await run("settings", "--http-certificate", "/etc/tls/a.pem", "--events-tick", "2s")

        #expect(ended.exit == .usage)
        #expect(ended.notes.contains("http.certificate-key"))
        #expect(ended.notes.contains("events.tick"))
    }

    @Test func `never prints a secret`() async throws {
        let url = "postgresql://kith:hunter2@db/kith"

        for arguments in [["settings"], ["settings", "--json"]] {
            let output = try Paper()
            let exit = await Program.run(
                arguments, environment: ["KITH_DATABASE_URL": url], output: output.terminal,
                notes: output.terminal)
            #expect(exit == .ok)
            #expect(!output.text.contains("hunter2"))
            #expect(output.text.contains("database.url"))
        }
    }

    @Test func `answers programs with one object, also in trouble`() async throws {
        let ended = try await run("demo", "--households", "none", "--json")

        #expect(ended.exit == .usage)
        let object = try JSON.parse(ended.output)
        #expect(object["ok"]?.bool == false)
        #expect(object["exit"]?.int == 64)
        #expect(object["code"]?.string == "kith.usage")
    }

    @Test func `refuses a word too many and a value that is missing`() async throws {
        #expect(try await run("migrate", "now").exit == .usage)
        #expect(try await run("demo", "--out").exit == .usage)
        #expect(try await run("import").exit == .usage)
        #expect(try await run("migrate", "--pending=yes").exit == .usage)
    }

    @Test func `takes a negative number for a word and not for an option`() async throws {
        let ended = try await run("demo", "--households", "-5")

        #expect(ended.exit == .usage)
        #expect(ended.notes.contains("--households takes a whole number from 1"))
    }

    @Test func `counts letters between spellings`() {
        #expect(Spelling.distance("import", "import") == 0)
        #expect(Spelling.distance("improt", "import") == 2)
        #expect(Spelling.distance("", "abc") == 3)
    }

    @Test func `holds the manual's table of settings to the program`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let manual = try String(contentsOf: root.appending(path: "docs/operators.md"), encoding: .utf8)

        #expect(manual.contains(SettingKey.reference(SettingsTable.all)), "run: kith settings --reference")
        for command in Command.all { #expect(manual.contains("`kith \(command.name)`")) }
        for code in ExitCode.allCases { #expect(manual.contains("| \(code.rawValue) | \(code.meaning) |")) }
    }
}

/// How a call of the program ended.
struct Ended {
    var exit: ExitCode
    var output: String
    var notes: String
}

/// A file that stands for a terminal.
final class Paper {
    private let descriptor: Int32
    private let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/kith-paper-\(UUID().uuidString)"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(descriptor >= 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    var terminal: Terminal { Terminal(descriptor: descriptor, isInteractive: false) }
    var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
