public import Groundwork

/// Why nothing could be printed.
public enum PrintFault: Fault {
    /// The font file is not there, or is no font.
    case font(path: String)
    /// The library refused, with its number for why.
    case library(Int)

    public var code: String {
        switch self {
        case .font: "printing.font"
        case .library: "printing.library"
        }
    }

    public var kind: FaultKind { .defect }

    public var summary: String {
        switch self {
        case .font(let path):
            "The font \(path) cannot be read; install fonts-dejavu-core, or name another TrueType font by print.font."
        case .library(let number): "The document could not be made (libhpdf \(number))."
        }
    }
}

/// The two TrueType files that a document is written with; both are embedded in it.
public struct PrintFonts: Sendable {
    public var regular: String
    public var bold: String

    public init(regular: String, bold: String) {
        (self.regular, self.bold) = (regular, bold)
    }
}
