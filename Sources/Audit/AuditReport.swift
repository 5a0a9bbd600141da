package import Foundation

/// One thing that is not as it was sealed, with its place.
package struct AuditBreak: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case entryChanged = "entry.changed"
        case entryMissing = "entry.missing"
        case entryMoved = "entry.moved"
        case entryAdded = "entry.added"
        case entryUnsealed = "entry.unsealed"
        case subjectAdded = "subject.added"
        case blockChanged = "block.changed"
        case blockMissing = "block.missing"
        case blockUnchained = "block.unchained"
        case blockRoot = "block.root"
        case anchorForged = "anchor.forged"
        case anchorDiffers = "anchor.differs"
    }

    package var kind: Kind
    package var block: Int64?
    package var entry: Int64?
    package var summary: String

    init(_ kind: Kind, block: Int64? = nil, entry: Int64? = nil, _ summary: String) {
        (self.kind, self.block, self.entry, self.summary) = (kind, block, entry, summary)
    }
}

/// What a verification found.
package struct AuditReport: Sendable {
    package var blocks: Int = 0
    package var entries: Int = 0
    package var subjects: Int = 0
    /// Entries that wait to be sealed, whose codes are right.
    package var unsealed: Int = 0
    package var anchors: Int = 0
    /// The first hundred, by place.
    package var breaks: [AuditBreak] = []
    package var breakCount: Int = 0
    /// When the last block was sealed.
    package var sealedUntil: Date?

    package var isWhole: Bool { breakCount == 0 }

    mutating func note(_ found: AuditBreak) {
        breakCount += 1
        if breaks.count < 100 { breaks.append(found) }
    }
}
