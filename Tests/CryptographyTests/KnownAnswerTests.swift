import Cryptography
import Testing

private func hex(_ text: String) -> [UInt8] { Hex.decode(text.filter { $0 != " " }) ?? [] }

@Suite struct `Known answers` {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the digests of FIPS 180-4`(text: String, digest: String) {
        #expect(Hex.encode(Digest.sha256(Array(text.utf8))) == digest)
    }

    @Test func `SHA-256 in pieces gives the digest of the whole, and a copy goes its own way`() {
        var stream = SHA256Stream()
        let thousand = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<999 { stream.update(thousand) }
        var copy = stream
        copy.update([1, 2, 3])
        stream.update(thousand)

        // The million letters of FIPS 180-2, appendix B.3.
        let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(Hex.encode(stream.digest()) == million)
        #expect(Hex.encode(stream.digest()) == million)
        #expect(Hex.encode(copy.digest()) != million)
        #expect(SHA256Stream().digest() == Digest.sha256([UInt8]()))
    }

    /// Key, data, code: RFC 4231 sections 4.2 to 4.8 (without the truncated 4.6).
    static let codes: [(key: [UInt8], data: [UInt8], code: String)] = [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test func `HMAC-SHA256 gives the codes of RFC 4231`() {
        for vector in Self.codes {
            #expect(Hex.encode(HMACSHA256.code(vector.data, key: vector.key)) == vector.code)
        }
    }

    @Test func `HMAC-SHA256 takes an empty key and empty data`() {
        let code = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(Hex.encode(HMACSHA256.code([UInt8](), key: [])) == code)
    }

    /// Test cases 13, 14 and 16 of the GCM specification that NIST SP 800-38D adopted.
    static let messages: [(key: String, nonce: String, plain: String, data: String, sealed: String)] = [
        (
            String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", "",
            "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        (
            String(repeating: "0", count: 64), String(repeating: "0", count: 24), String(repeating: "0", count: 32), "",
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        ),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ]

    @Test func `AES-256-GCM gives the texts and tags of its specification`() {
        for vector in Self.messages {
            let key = SealingKey(key: hex(vector.key))
            let (nonce, data) = (hex(vector.nonce), hex(vector.data))

            #expect(Hex.encode(key.encrypt(hex(vector.plain), nonce: nonce, data: data)) == vector.sealed)
            #expect(key.decrypt(hex(vector.sealed), nonce: nonce, data: data) == hex(vector.plain))
            #expect(key.decrypt(hex(vector.sealed), nonce: nonce, data: data + [0]) == nil)
        }
    }

    @Test func `HKDF gives the keys of RFC 5869, test cases 1 to 3`() {
        let first = HKDF.extract([UInt8](repeating: 0x0b, count: 22), salt: hex("000102030405060708090a0b0c"))
        #expect(Hex.encode(first) == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        let firstKey = HKDF.expand(first, purpose: hex("f0f1f2f3f4f5f6f7f8f9"), count: 42)
        #expect(
            Hex.encode(firstKey)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")

        let second = HKDF.extract(Array(0x00...0x4f), salt: Array(0x60...0xaf))
        let secondKey = HKDF.expand(second, purpose: Array(0xb0...0xff), count: 82)
        #expect(
            Hex.encode(secondKey)
                == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")

        let third = HKDF.expand(HKDF.extract([UInt8](repeating: 0x0b, count: 22), salt: []), purpose: [], count: 42)
        #expect(
            Hex.encode(third) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base64 gives the texts of RFC 4648`(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
        let unpadded = text.filter { $0 != "=" }
        #expect(Base64.encodeURL(Array(plain.utf8)) == unpadded)
        #expect(Base64.decodeURL(unpadded) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9v=", "_-__", "Zg==Zg=="])
    func `base64 refuses what has another spelling or none`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `every byte survives hexadecimal and base64`() {
        let all = Array(UInt8.min...UInt8.max)
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.decode(Hex.encode(all).uppercased()) == all)
        #expect(Base64.decode(Base64.encode(all)) == all)
        #expect(Base64.decodeURL(Base64.encodeURL(all)) == all)
        #expect(Base64.encodeURL([0xfb, 0xff]) == "-_8")
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }
}
