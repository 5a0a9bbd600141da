import Foundation
import Testing
import Web
import WebServer

/// A key with a certificate for `localhost`, in a folder of its own that goes away with it.
private final class Certificate: Sendable {
    let folder: URL
    var settings: ServerSettings.TLS {
        .init(certificateFile: folder.appending(path: "cert.pem").path, keyFile: folder.appending(path: "key.pem").path)
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kith-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", settings.keyFile, "-out",
            settings.certificateFile,
        ])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

private struct OpenSSLFailed: Error { var status: Int32 }

private func openssl(_ arguments: [String], input: String = "") throws -> String {
    let process = Process()
    let (incoming, outgoing) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    (process.standardInput, process.standardOutput) = (incoming, outgoing)
    process.standardError = FileHandle.nullDevice
    try process.run()
    try incoming.fileHandleForWriting.write(contentsOf: Array(input.utf8))
    try incoming.fileHandleForWriting.close()
    let output = try outgoing.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw OpenSSLFailed(status: process.terminationStatus) }
    return String(decoding: output, as: UTF8.self)
}

@Suite struct `HTTPS` {
    private let routes: [Route] = [
        .get("/secure", needs: .open, "secure") { .text("secure: \($0.isSecure)") },
        .post("/echo", needs: .open, "echo", bodyLimit: 1 << 24) { request in
            .bytes(try await request.body.collect(limit: 1 << 24), type: "text/plain")
        },
    ]

    private func talk(_ port: Int, _ certificate: Certificate, _ request: String, _ more: String...) async throws
        -> String
    {
        let trusted = certificate.settings.certificateFile
        return try await offPool {
            try openssl(
                [
                    "s_client", "-quiet", "-verify_quiet", "-ign_eof", "-verify_return_error", "-CAfile", trusted,
                    "-servername", "localhost", "-connect", "127.0.0.1:\(port)",
                ] + more,
                input: request)
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `serves a verified connection`(version: String) async throws {
        let certificate = try await offPool { try Certificate() }
        try await serving(routes, { $0.tls = certificate.settings }) { server in
            let text = try await talk(
                server.boundPort, certificate, get("/secure") + get("/secure", "Connection: close"), version)

            #expect(text.split(separator: "secure: true").count == 3 || text.hasSuffix("secure: true"))
            #expect(text.split(separator: "HTTP/1.1 200").count == 2)
        }
    }

    @Test func `carries long bodies both ways`() async throws {
        let certificate = try await offPool { try Certificate() }
        try await serving(routes, { $0.tls = certificate.settings }) { server in
            let body = String(repeating: "x", count: 2_000_000)

            let text = try await talk(server.boundPort, certificate, post("/echo", body, "Connection: close"))

            #expect(text.hasSuffix("\r\n\r\n" + body))
        }
    }

    @Test func `refuses old versions of TLS`() async throws {
        let certificate = try await offPool { try Certificate() }
        try await serving(routes, { $0.tls = certificate.settings }) { server in
            await #expect(throws: OpenSSLFailed.self) {
                _ = try await talk(server.boundPort, certificate, get("/secure"), "-tls1_1")
            }
        }
    }

    @Test func `does not start without readable or fitting files`() async throws {
        let (one, other) = try await offPool { (try Certificate(), try Certificate()) }
        var settings = ServerSettings(port: 0)
        settings.tls = .init(certificateFile: "/nowhere/cert.pem", keyFile: one.settings.keyFile)
        let unreadable = HTTPServer(site: Site(routes: routes), settings: settings)
        settings.tls = .init(certificateFile: one.settings.certificateFile, keyFile: other.settings.keyFile)
        let unfitting = HTTPServer(site: Site(routes: routes), settings: settings)

        #expect(throws: ServerFault.fileUnreadable("/nowhere/cert.pem")) { try unreadable.start() }
        #expect(throws: ServerFault.daemonFailed(tls: true)) { try unfitting.start() }
    }
}
