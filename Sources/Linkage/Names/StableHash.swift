/// A 64-bit hash that is the same in every process and on every machine, for keys kept in a database.
///
/// FNV-1a over the bytes, then the finaliser of MurmurHash3, because FNV alone leaves short words close together.
public enum StableHash {
    private static let offset: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3

    /// The hash of bytes within a domain; equal bytes of two domains give unrelated hashes.
    public static func hash(_ bytes: some Sequence<UInt8>, domain: UInt8 = 0) -> UInt64 {
        var value = (offset ^ UInt64(domain)) &* prime
        for byte in bytes { value = (value ^ UInt64(byte)) &* prime }
        return mix(value)
    }

    /// The hash of an unordered pair.
    public static func pair(_ a: UInt64, _ b: UInt64, domain: UInt8) -> UInt64 {
        let (low, high) = a < b ? (a, b) : (b, a)
        return mix(mix(low &+ UInt64(domain) &* 0x9E37_79B9_7F4A_7C15) ^ (high &* 0xC2B2_AE3D_27D4_EB4F))
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ mixed >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ mixed >> 33
    }
}
