package import Documents
import Groundwork

/// How a file is to be read, where it does not show it rightly: the choices of the command line, kept with an upload.
package struct UploadReading: Sendable, Equatable {
    /// What the layout wants to be told beside the file, by name.
    package var parameters: [String: String] = [:]
    package var encoding: TextEncoding?
    /// An ASCII character between cells.
    package var separator: UInt8?
    /// Name of the sheet of a workbook that has several.
    package var sheet: String?

    package init(
        parameters: [String: String] = [:], encoding: TextEncoding? = nil, separator: UInt8? = nil,
        sheet: String? = nil
    ) {
        (self.parameters, self.encoding, self.separator, self.sheet) = (parameters, encoding, separator, sheet)
    }

    /// Reads what `json` wrote.
    package init(_ json: JSON) {
        for (name, value) in json["set"]?.object ?? [:] { parameters[name] = value.string }
        encoding = json["encoding"]?.string.flatMap { TextEncoding(named: $0) }
        separator = json["separator"]?.string.flatMap { CSVShape.separator(named: $0) }
        sheet = json["sheet"]?.string
    }

    /// Only what was told.
    package var json: JSON {
        var object: JSONObject = [:]
        if !parameters.isEmpty {
            var values: JSONObject = [:]
            for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { values[name] = .string(value) }
            object["set"] = .object(values)
        }
        if let encoding { object["encoding"] = .string(encoding.name) }
        if let separator { object["separator"] = .string(CSVShape.name(of: separator)) }
        if let sheet { object["sheet"] = .string(sheet) }
        return .object(object)
    }
}

extension ImportRequest {
    /// Takes over how the file is to be read.
    package mutating func read(_ reading: UploadReading) {
        (parameters, encoding) = (reading.parameters, reading.encoding)
        (separator, sheet) = (reading.separator, reading.sheet)
    }
}
