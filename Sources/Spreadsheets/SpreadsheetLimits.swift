/// How much of a workbook is unpacked before it is taken for an attack, and how much is held in memory.
public struct SpreadsheetLimits: Sendable {
    /// Bytes of a sheet or of the shared texts, unpacked.
    public var largestPart: Int
    /// Bytes of the parts that describe the workbook, unpacked.
    public var largestDescription: Int
    /// Unpacked bytes for one packed byte; real sheets stay below 60.
    public var ratio: Int
    /// Unpacked bytes below which the ratio does not matter.
    public var ratioFloor: Int
    /// Bytes of shared texts held in memory; beyond, they lie in a temporary file.
    public var textsInMemory: Int

    /// Limits of one's own choice, those of `standard` where nothing is said.
    public init(
        largestPart: Int = 16 << 30, largestDescription: Int = 32 << 20, ratio: Int = 300, ratioFloor: Int = 64 << 20,
        textsInMemory: Int = 32 << 20
    ) {
        (self.largestPart, self.largestDescription) = (largestPart, largestDescription)
        (self.ratio, self.ratioFloor, self.textsInMemory) = (ratio, ratioFloor, textsInMemory)
    }

    /// 16 GB a part, 300 to 1 beyond 64 MB, 32 MB of texts in memory.
    public static let standard: SpreadsheetLimits = SpreadsheetLimits()
}
