import Cryptography

/// The root of a tree of hashes, as RFC 6962 section 2.1 makes it: leaves and nodes are told apart by their first byte.
enum MerkleTree {
    /// The root over the leaves in their order; of no leaves, the digest of nothing.
    static func root(_ leaves: [[UInt8]]) -> [UInt8] {
        guard !leaves.isEmpty else { return Digest.sha256([] as [UInt8]) }
        var level = leaves.map { Digest.sha256([0] + $0) }
        while level.count > 1 {
            var above: [[UInt8]] = []
            above.reserveCapacity((level.count + 1) / 2)
            for left in stride(from: 0, to: level.count, by: 2) {
                // The last of an odd level has no sibling and goes up as it is, which is what the RFC's split comes to.
                above.append(
                    left + 1 < level.count ? Digest.sha256([1] + level[left] + level[left + 1]) : level[left])
            }
            level = above
        }
        return level[0]
    }
}
