import Documents

/// Where each column of the plain layout stands.
struct DemoLayout: Sendable {
    let columns: [String]
    let places: [String: Int]

    init(_ columns: [String]) {
        self.columns = columns
        places = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// One row of the plain layout being filled; columns that the profile's layout lacks are passed over.
struct DemoRow: Sendable {
    let layout: DemoLayout
    var cells: [String]
    /// The true person, and how the row doubles another one; both go to truth.csv.
    var identity: String = ""
    var duplicate: DuplicateKind?
    /// Bytes of cells that are broken on purpose, written as they are.
    private var rawCells: [Int: [UInt8]] = [:]
    /// Whether the row ends in the middle.
    var isCut: Bool = false

    init(_ layout: DemoLayout) {
        self.layout = layout
        cells = Array(repeating: "", count: layout.columns.count)
    }

    var columns: [String] { layout.columns }

    subscript(_ column: String) -> String {
        get { layout.places[column].map { cells[$0] } ?? "" }
        set { if let place = layout.places[column] { cells[place] = newValue } }
    }

    mutating func raw(_ column: String, _ bytes: [UInt8]) {
        if let place = layout.places[column] { rawCells[place] = bytes }
    }

    /// The type of the first identifier, or one that every profile is likely to have.
    var identifierType: String {
        self["identifiers"].split(separator: ":").first.map(String.init) ?? "NID"
    }

    /// Appends the row as one line of CSV.
    func write(to bytes: inout [UInt8]) {
        let shown = isCut ? cells.count / 2 : cells.count
        for place in 0..<shown {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            if !rawCells.isEmpty, let raw = rawCells[place] {
                bytes.append(contentsOf: raw)
            } else if !cells[place].isEmpty {
                Self.append(cells[place], to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    static func append(_ cell: String, to bytes: inout [UInt8]) {
        let isPlain = cell.utf8.allSatisfy { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") && $0 >= 0x20 }
        guard !isPlain else { return bytes.append(contentsOf: cell.utf8) }
        bytes.append(UInt8(ascii: "\""))
        for byte in cell.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// How a row doubles a person who stands elsewhere in the file.
package enum DuplicateKind: String, Sendable, CaseIterable {
    /// The whole household was registered again, perhaps elsewhere.
    case household = "household_again"
    /// The person was registered in another household too, after marriage or fosterage.
    case elsewhere = "person_elsewhere"
    /// The person stands twice in the list of one household, under two keys.
    case within = "person_within"
    /// Somebody enrolled a second time as the head of a new household, with other particulars.
    case deliberate = "deliberate"
}
