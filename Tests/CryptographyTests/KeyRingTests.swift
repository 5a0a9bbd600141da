import Cryptography
import Foundation
import Testing

private func ring(_ first: UInt8 = 0) throws -> KeyRing {
    try KeyRing(masterKey: (0..<32).map { $0 &+ first })
}

@Suite struct `A key ring` {
    @Test(arguments: [0, 16, 31, 33, 64])
    func `takes a master key of 32 bytes only`(count: Int) {
        #expect(throws: CryptographyFault.keyLength) { try KeyRing(masterKey: [UInt8](repeating: 1, count: count)) }
    }

    @Test func `indexes equal values equally, by domain and by key`() throws {
        let keys = try ring()

        let code = keys.index("identifier:NID", "1199080012345678")

        #expect(code.count == 32)
        #expect(code == keys.index("identifier:NID", "1199080012345678"))
        #expect(code == (try ring().index("identifier:NID", "1199080012345678")))
        #expect(code != keys.index("identifier:NID", "1199080012345679"))
        #expect(code != keys.index("identifier:PASSPORT", "1199080012345678"))
        #expect(code != (try ring(1).index("identifier:NID", "1199080012345678")))
        #expect(keys.index("a", "").count == 32)
    }

    /// Stored indexes must be found again by every later version.
    @Test func `derives the same keys for ever`() throws {
        let keys = try ring()
        let root = HKDF.extract(Array(0..<32), salt: Array("kith key ring 1".utf8))
        let key = HKDF.expand(root, purpose: Array("index/phone".utf8), count: 32)

        #expect(keys.index("phone", "+25779123456") == HMACSHA256.code(Array("+25779123456".utf8), key: key))
        #expect(keys.fingerprint.count == 8)
        #expect(keys.fingerprint == (try ring().fingerprint))
        #expect(keys.fingerprint != (try ring(9).fingerprint))
    }

    @Test func `opens what it sealed, in the same context and nowhere else`() throws {
        let keys = try ring()
        for count in [0, 1, 12, 16, 31, 1000, 100_000] {
            let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }

            let sealed = keys.seal(plain, context: "identifier:NID")

            #expect(sealed.count == count + 29)
            #expect(sealed[0] == 1)
            #expect(try keys.open(sealed, context: "identifier:NID") == plain)
            #expect(throws: CryptographyFault.sealedForged) { try keys.open(sealed, context: "identifier:UPI") }
            #expect(throws: CryptographyFault.sealedForged) { try keys.open(sealed, context: "") }
            #expect(throws: CryptographyFault.sealedForged) { try ring(1).open(sealed, context: "identifier:NID") }
        }
        #expect(try keys.open(keys.seal([7], context: ""), context: "") == [7])
    }

    @Test func `seals equal values differently`() throws {
        let keys = try ring()
        let sealed = (0..<1000).map { _ in keys.seal([1, 2, 3], context: "c") }
        #expect(Set(sealed).count == 1000)
    }

    @Test func `notices every changed byte`() throws {
        let keys = try ring()
        let sealed = keys.seal(Array("79 123 456".utf8), context: "phone")
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 0x10
            let fault: CryptographyFault = place == 0 ? .sealedForm : .sealedForged
            #expect(throws: fault) { try keys.open(changed, context: "phone") }
        }
        for count in 0..<sealed.count {
            #expect(throws: CryptographyFault.self) { try keys.open(Array(sealed.prefix(count)), context: "phone") }
        }
    }

    /// Sealed by Python's `cryptography` package under the derived key: the format is the plain one.
    @Test func `opens what another AES-256-GCM made`() throws {
        let keys = try ring()
        let root = HKDF.extract(Array(0..<32), salt: Array("kith key ring 1".utf8))
        let key = HKDF.expand(root, purpose: Array("seal".utf8), count: 32)

        #expect(Hex.encode(key) == "434a4fae4091edef889b4b73a98389cf5443f51727a31b89f2d9e20b9aed24dc")
        let sealed = Hex.decode("016465666768696a6b6c6d6e6ffd51166d61ffbea3c0f675b1621be002f89bbd7bc1c620d2554b") ?? []

        #expect(try keys.open(sealed, context: "phone") == Array("79 123 456".utf8))
    }

    @Test func `serves many threads at once`() async throws {
        let keys = try ring()
        let expected = keys.index("d", "value")
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for number in 0..<500 {
                        let plain = Array("\(task)-\(number)".utf8)
                        if (try? keys.open(keys.seal(plain, context: "c"), context: "c")) != plain { wrong += 1 }
                        if keys.index("d", "value") != expected { wrong += 1 }
                        if keys.index("d\(task)", "\(number)") == expected { wrong += 1 }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}

@Suite struct `A key file` {
    private func scratch() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kith-keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test func `is made for its owner alone and read again`() throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/master.key"

        let made = try KeyRing.create(file: file)
        let loaded = try KeyRing.load(file: file)

        #expect(loaded.fingerprint == made.fingerprint)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        #expect(throws: CryptographyFault.keyFileExists) { try KeyRing.create(file: file) }
        #expect(try KeyRing.load(file: file).fingerprint == made.fingerprint)
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o620, 0o601, 0o660])
    func `is refused when others have access`(mode: Int) throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/master.key"
        try KeyRing.create(file: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)

        #expect(throws: CryptographyFault.keyFileExposed(mode: String(mode, radix: 8))) {
            try KeyRing.load(file: file)
        }
    }

    @Test(arguments: [
        "", "kith-key-1:", "kith-key-1:00", "00112233", "kith-key-2:" + String(repeating: "0", count: 64),
    ])
    func `is refused when it holds something else`(text: String) throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/master.key"
        #expect(
            FileManager.default.createFile(
                atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]))

        #expect(throws: CryptographyFault.keyFileMalformed) { try KeyRing.load(file: file) }
    }

    @Test func `is refused when it is not there or not a file`() throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(atPath: folder) }

        #expect(throws: CryptographyFault.keyFileMissing) { try KeyRing.load(file: folder + "/none") }
        #expect(throws: CryptographyFault.keyFileUnreadable) { try KeyRing.load(file: folder) }
        #expect(throws: CryptographyFault.keyFileUnwritable) { try KeyRing.create(file: folder + "/no/such/key") }
    }
}
