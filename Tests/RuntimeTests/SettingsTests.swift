import Foundation
import Groundwork
import Runtime
import Testing

@Suite struct `The settings` {
    private let port = SettingKey("server.port", .integer(0...65_535), default: "8080", "Port.", shortOptions: ["port"])
    private let url = SettingKey("database.url", .text, "Database.", isSecret: true)
    private let timeout = SettingKey("server.timeout", .duration, default: "30s", "Timeout.")
    private let limit = SettingKey("server.limit", .size, default: "1MiB", "Limit.")
    private let verbose = SettingKey("log.verbose", .flag, default: "false", "Verbose.")
    private let level = SettingKey("log.level", .choice(["info", "debug"]), default: "info", "Level.")
    private var keys: [SettingKey] { [port, url, timeout, limit, verbose, level] }

    private func load(
        _ arguments: [String] = [], _ environment: [String: String] = [:], file: String? = nil
    ) throws -> Settings {
        let path = NSTemporaryDirectory() + "kith-settings-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        if let file { try file.write(toFile: path, atomically: true, encoding: .utf8) }
        return try Settings.load(keys, arguments: arguments, environment: environment, systemFile: path)
    }

    private func mistakes(
        _ arguments: [String] = [], _ environment: [String: String] = [:], file: String? = nil
    ) -> [String] {
        do {
            _ = try load(arguments, environment, file: file)
            return []
        } catch let fault as SettingsFault {
            return fault.mistakes.map { "\($0.path.steps.joined(separator: ".")) \($0.code)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `rank the command line over environment, file and default`() throws {
        let file = #"{"server": {"port": 1, "timeout": "1m"}, "log": {"verbose": true}}"#
        let settings = try load(
            ["--server-port", "3"], ["KITH_SERVER_PORT": "2", "KITH_LOG_LEVEL": "debug"], file: file)

        #expect(settings.integer(port) == 3)
        #expect(settings.origin(of: port) == .commandLine("--server-port"))
        #expect(settings.text(level) == "debug")
        #expect(settings.origin(of: level) == .environment("KITH_LOG_LEVEL"))
        #expect(settings.duration(timeout) == .seconds(60))
        #expect(settings.flag(verbose))
        #expect(settings.size(limit) == 1 << 20)
        #expect(settings.origin(of: limit) == .standard)
        #expect(!settings.isSet(url))
    }

    @Test func `leave what is not theirs in order`() throws {
        let settings = try load(["demo", "--port=9", "--seed", "7", "--log-verbose", "x", "--", "--port"])

        #expect(settings.integer(port) == 9)
        #expect(settings.flag(verbose))
        #expect(settings.rest == ["demo", "--seed", "7", "x", "--port"])
    }

    @Test func `report every mistake at once`() {
        let found = mistakes(
            ["--port", "99999", "--server-limit"], ["KITH_LOG_LEVEL": "loud"],
            file: #"{"server": {"timeout": "soon", "colour": "red"}, "log": {"verbose": []}}"#)

        #expect(
            found.sorted() == [
                "log.level runtime.settings.value", "log.verbose runtime.settings.type",
                "server.colour runtime.settings.unknown", "server.limit runtime.settings.missing",
                "server.port runtime.settings.value", "server.timeout runtime.settings.value",
            ])
    }

    @Test func `refuse a named file that is not there or not JSON`() {
        #expect(mistakes(["--config", "/nowhere/kith.json"]) == ["config runtime.settings.unreadable"])
        #expect(mistakes([], ["KITH_CONFIG": "/nowhere"]) == ["config runtime.settings.unreadable"])
        #expect(mistakes(file: "{") == ["config runtime.settings.not_json"])
        #expect(mistakes(file: "[]") == ["config runtime.settings.not_json"])
        // Which of the two was meant nobody can tell.
        #expect(mistakes(file: #"{"config": 1, "config": 2}"#) == ["config runtime.settings.not_json"])
    }

    @Test func `never print a secret`() throws {
        let settings = try load(["--database-url", "postgres://u:hunter2@h/db"])

        #expect(!settings.describe().contains("hunter2"))
        #expect(settings.describe().contains("database.url    ••••  (command line --database-url)\n"))
        #expect(settings.describe().contains("server.port     8080  (default)\n"))
        #expect(settings.secretIfSet(url)?.reveal() == "postgres://u:hunter2@h/db")
    }

    @Test func `never print a secret that is wrong`() throws {
        let pin = SettingKey("pin", .integer(1...9), "Pin.", isSecret: true)

        let fault = #expect(throws: SettingsFault.self) {
            try Settings.load([pin], environment: ["KITH_PIN": "12345"], systemFile: "/nowhere")
        }
        #expect(fault?.summary.contains("12345") == false)
    }

    @Test func `warn of variables that are none`() throws {
        let settings = try load([], ["KITH_DATABASE_ULR": "x", "KITH_HOME": "/", "PATH": "/bin"])

        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.contains("KITH_DATABASE_ULR") == true)
    }

    @Test(arguments: [("250ms", 250), ("5", 5000), ("2h", 7_200_000), ("1 d", 86_400_000)])
    func `understand durations`(text: String, milliseconds: Int) throws {
        #expect(try load(["--server-timeout", text]).duration(timeout) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "-5s", "5 weeks", "9999999999999999999h", "s"])
    func `refuse what is no duration`(text: String) {
        #expect(mistakes(["--server-timeout=" + text]) == ["server.timeout runtime.settings.value"])
    }

    @Test func `are documented in one table`() {
        let table = SettingKey.reference(keys)

        #expect(
            table.contains("| `server.port` | `KITH_SERVER_PORT` | a whole number from 0 to 65535 | `8080` | Port. |"))
        #expect(table.split(separator: "\n").count == keys.count + 2)
    }
}
