package import Documents
package import Foundation

/// How far an import has come.
package struct ImportProgress: Sendable, Equatable {
    /// The import as stored, once it has begun.
    package var batch: UUID?
    package var bytesRead: Int = 0
    package var bytesTotal: Int = 0
    /// Lines, without the header.
    package var rowsRead: Int = 0
    package var rowsStaged: Int = 0
    /// Lines of chunks that are done, quarantined ones included.
    package var rowsDone: Int = 0
    package var rowsQuarantined: Int = 0
}

/// Counts of one chunk or of a whole import.
package struct ImportCounts: Sendable, Equatable {
    package var rowsRead: Int = 0
    /// Lines accepted: registered, updated or unchanged.
    package var rowsAccepted: Int = 0
    /// Lines in quarantine with a reason of their own.
    package var rowsBad: Int = 0
    /// Lines in quarantine because another line of their household is bad.
    package var rowsHeld: Int = 0
    package var householdsRegistered: Int = 0
    package var householdsUpdated: Int = 0
    package var householdsUnchanged: Int = 0
    package var peopleRegistered: Int = 0
    package var peopleUpdated: Int = 0
    package var peopleUnchanged: Int = 0
    /// Enrolments and benefits.
    package var reportsRegistered: Int = 0
    package var reportsUpdated: Int = 0
    package var reportsUnchanged: Int = 0
    /// Codes of areas.
    package var codesRegistered: Int = 0
    package var codesUnchanged: Int = 0

    package init() {}

    package var rowsQuarantined: Int { rowsBad + rowsHeld }
}

/// What an import did.
package struct ImportReport: Sendable {
    package var batch: UUID
    package var source: String
    package var fileName: String
    package var state: String
    package var isDryRun: Bool
    /// True when an earlier run had done a part already.
    package var isResumed: Bool
    package var counts: ImportCounts
    /// Lines in quarantine by code of the finding, the most frequent first.
    package var rules: [(code: String, lines: Int)]
    /// Columns that the layout does not know; their cells were passed over.
    package var unknownColumns: [String]
    /// Where the quarantine was written; nil when it is empty or was not asked for.
    package var quarantineFile: String?
    package var seconds: Double
    /// Code and title of the layout.
    package var mapping: String
    package var mappingTitle: String
    package var detected: DetectedShape
    /// Rows by area as read in this run, the most rows first.
    package var areas: [AreaCounts]
    /// Areas of a former division that cells named in this run and that were kept as stated, with what is known of them.
    package var formerAreas: [FormerArea]
}

/// An area of a former division that a file names, and what the crosswalk suggests in its place.
package struct FormerArea: Sendable {
    package var area: String
    package var finding: RowFinding

    package var json: JSON {
        var object = finding.json.object ?? [:]
        object["area"] = .string(area)
        return .object(object)
    }
}
