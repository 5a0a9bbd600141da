package import Documents

/// What a file was found to be before its rows were read.
package struct DetectedShape: Sendable, Equatable {
    /// CSV or XLSX.
    package var format: String
    /// Of a CSV.
    package var encoding: String?
    package var separator: String?
    /// Of a workbook.
    package var sheet: String?
    package var sheets: [String] = []
    /// Columns of the file that feed something, and columns of the layout that the file lacks.
    package var bound: [String] = []
    package var lacking: [String] = []

    package init(
        format: String, encoding: String? = nil, separator: String? = nil, sheet: String? = nil, sheets: [String] = []
    ) {
        (self.format, self.encoding, self.separator) = (format, encoding, separator)
        (self.sheet, self.sheets) = (sheet, sheets)
    }

    /// What it says, for people.
    package var text: String {
        if let sheet {
            return "\(format), sheet \(sheet)" + (sheets.count > 1 ? " of \(sheets.joined(separator: ", "))" : "")
        }
        return [format, encoding, separator.map { "separated by \($0)" }].compactMap { $0 }.joined(separator: ", ")
    }

    package var json: JSON {
        func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
        return [
            "format": .string(format), "encoding": text(encoding), "separator": text(separator),
            "sheet": text(sheet), "sheets": .array(sheets.map(JSON.string)),
            "bound": .array(bound.map(JSON.string)), "lacking": .array(lacking.map(JSON.string)),
        ]
    }
}

extension CSVShape {
    /// The separator of a word such as `semicolon`, or of a sign; nil for one that cannot part cells.
    package static func separator(named word: String) -> UInt8? {
        switch word.lowercased() {
        case "comma": return UInt8(ascii: ",")
        case "semicolon": return UInt8(ascii: ";")
        case "tab", "\\t": return 0x09
        case "pipe": return UInt8(ascii: "|")
        default:
            guard word.utf8.count == 1, let sign = word.utf8.first, sign < 0x80, ![0x22, 0x0A, 0x0D].contains(sign),
                !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= sign),
                !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= sign | 0x20)
            else { return nil }
            return sign
        }
    }
}

extension CSVShape {
    /// The word for a separator, as `separator(named:)` reads it.
    static func name(of separator: UInt8) -> String {
        switch separator {
        case UInt8(ascii: ","): "comma"
        case UInt8(ascii: ";"): "semicolon"
        case 0x09: "tab"
        case UInt8(ascii: "|"): "pipe"
        default: String(UnicodeScalar(separator))
        }
    }
}

extension TextEncoding {
    /// The name as `init(named:)` reads it.
    var name: String {
        switch self {
        case .utf8: "utf-8"
        case .utf16LittleEndian: "utf-16le"
        case .utf16BigEndian: "utf-16be"
        case .windows1252: "windows-1252"
        }
    }

    /// The encoding of a name as people and programs write it, e.g. `latin1`; nil for one that is not read.
    ///
    /// Latin-1 is read as Windows-1252, which has every printable character of it: so do browsers, and files marked Latin-1
    /// are mostly that.
    package init?(named name: String) {
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        switch plain {
        case "utf8", "utf8bom", "utf8sig": self = .utf8
        case "utf16", "utf16le", "ucs2": self = .utf16LittleEndian
        case "utf16be": self = .utf16BigEndian
        case "latin1", "iso88591", "windows1252", "cp1252", "ansi": self = .windows1252
        default: return nil
        }
    }

    var shown: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16LittleEndian: "UTF-16, little end first"
        case .utf16BigEndian: "UTF-16, big end first"
        case .windows1252: "Windows-1252"
        }
    }
}
