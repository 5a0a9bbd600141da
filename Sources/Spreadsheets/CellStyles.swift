/// Which styles show a number as a day.
struct CellStyles: Sendable {
    private var isDate: [Bool] = []

    init() {}

    init(part: String, of archive: ZipArchive) throws(SpreadsheetFault) {
        guard archive.contains(part) else { return }
        let gathering = Gathering()
        try ElementSink.read(part, of: archive) { gathering.note($0, $1) }
        isDate = gathering.formats.map { format in
            gathering.codes[format].map(Self.showsDay) ?? Self.builtIn(format)
        }
    }

    func showsDay(_ style: Int) -> Bool { isDate.indices.contains(style) && isDate[style] }

    /// Formats that every workbook has without naming them (ECMA-376, part 1, 18.8.30).
    private static func builtIn(_ format: Int) -> Bool {
        (14...17).contains(format) || format == 22 || (27...31).contains(format) || format == 36
            || (50...58).contains(format)
    }

    /// A format with a year or a day in it, outside quotes and brackets.
    static func showsDay(_ code: String) -> Bool {
        var (isQuoted, isBracketed, isEscaped) = (false, false, false)
        for letter in code.lowercased() {
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isQuoted = letter != "\""
            } else if isBracketed {
                isBracketed = letter != "]"
            } else {
                switch letter {
                case "\\", "_", "*": isEscaped = true
                case "\"": isQuoted = true
                case "[": isBracketed = true
                case "y", "d": return true
                default: break
                }
            }
        }
        return false
    }

    private final class Gathering {
        var codes: [Int: String] = [:]
        var formats: [Int] = []
        private var isInCells = false

        func note(_ name: XMLName, _ attributes: XMLAttributes) {
            let format = attributes.string("numFmtId").flatMap { Int($0) } ?? 0
            if name == "numFmt" {
                codes[format] = attributes.string("formatCode")
            } else if name == "cellXfs" {
                isInCells = true
            } else if name == "cellStyles" || name == "dxfs" || name == "cellStyleXfs" {
                isInCells = false
            } else if name == "xf", isInCells {
                formats.append(format)
            }
        }
    }
}
