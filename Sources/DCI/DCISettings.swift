/// What an operator may choose about the door to other systems.
package struct DCISettings: Sendable {
    /// Paths in front of `/registry/…`, each served alike; the empty one is the bare path.
    package var prefixes: [String] = ["", "/dci/v1.0.0"]
    /// Short forms of whole prefixes, in front of `/sync/search`.
    package var aliases: [String] = ["/sr"]
    /// What stands as `sender_id` in answers.
    package var registryID: String = "kith"
    /// The `receiver_id` values that mean this registry; empty accepts any.
    package var receiverIDs: Set<String> = []
    /// Records on a page when the message names no page size.
    package var standardPageSize: Int = 50
    package var maximumPageSize: Int = 2000
    /// Requests in one message.
    package var maximumRequests: Int = 100
    /// In bytes.
    package var bodyLimit: Int = 1 << 20
    /// No page reaches past this record: such a question asks for an export, not for a page.
    package var furthestRecord: Int = 100_000
    /// The longest result that is answered at all; nil for any length.
    package var maximumResult: Int?
    /// How long a message id stays taken, in seconds; at least a day (docs/dci.md, 11).
    package var duplicateWindow: Int = 86_400
    /// Records in all pages of one message together.
    package var mostRecords: Int = 5000

    package init() {}

    /// Every path at which sync search is served.
    package var searchPaths: [String] {
        prefixes.map { $0 + "/registry/sync/search" } + aliases.map { $0 + "/sync/search" }
    }

    /// Whether errors at this path are told in DCI's shape.
    package func covers(_ path: String) -> Bool {
        prefixes.contains { path.hasPrefix($0 + "/registry/") } || aliases.contains { path.hasPrefix($0 + "/") }
    }
}
