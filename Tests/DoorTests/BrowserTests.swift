import Foundation
import Glibc
import TestKit
import Testing

@testable import kith

/// The program as a process, looked at by Chromium.
private final class BrowsedServer {
    let port: Int
    let folder: String
    private let process: Process = Process()

    init(_ roof: Roof) throws {
        port = try Self.freePort()
        folder = roof.data.path
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "kith")
        process.arguments = ["serve", "--data", folder, "--port", String(port), "--log-level", "error"]
        process.environment = roof.environment.merging(
            ["KITH_HOME": RegistryFixture.root, "PATH": "/usr/bin:/bin"], uniquingKeysWith: { first, _ in first })
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    func waitUntilReady() async throws {
        for _ in 0..<300 {
            if try Self.run("/usr/bin/curl", ["-sf", "-o", "/dev/null", address + "/readyz"]).status == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the server does not become ready")
    }

    var address: String { "http://127.0.0.1:\(port)" }

    /// The page as the browser has it after its scripts ran, with nothing but this server to be reached.
    func page(_ path: String, _ more: [String] = []) throws -> String {
        let arguments =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--user-data-dir=\(folder)/chromium", "--virtual-time-budget=5000",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ] + more + [address + path]
        let ended = try Self.run("/usr/bin/chromium", arguments)
        #expect(ended.status == 0)
        return ended.output
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": NSTemporaryDirectory()]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }

    private static func freePort() throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

@Suite(.serialized) struct `The pages in a browser` {
    @Test(.emptyDatabase) func `tell what runs here without a login`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 20).exit == .ok)
        let server = try BrowsedServer(roof)
        defer { server.stop() }
        try await server.waitUntilReady()

        let front = try server.page("/", ["--dump-dom"])
        #expect(front.contains("Kith"))
        #expect(front.contains("burundi"))
        let reference = try server.page("/reference", ["--dump-dom"])
        #expect(reference.contains("/api/v1/people"))

        // Wide and narrow, the page is drawn.
        for width in [1280, 360] {
            let file = "\(server.folder)/page-\(width).png"
            _ = try server.page("/", ["--screenshot=\(file)", "--window-size=\(width),900", "--hide-scrollbars"])
            let picture = try Data(contentsOf: URL(filePath: file))
            #expect(picture.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
            #expect(picture.count > 8_000, "an empty page is smaller than this")
        }
    }
}
