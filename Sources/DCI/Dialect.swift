/// How strictly the messages of a sender are read (docs/dci.md, 10).
package enum Dialect: String, Sendable, CaseIterable {
    /// Only what the published interface allows; everything else is refused as a whole.
    case strict
    /// Oddities of real messages are put right first, and what stays wrong is refused item by item.
    case lenient
}
