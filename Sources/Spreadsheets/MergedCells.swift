/// Cells that lie under the first one of a merged block; they have no value of their own.
struct MergedCells: Sendable {
    /// Rows and columns from 0.
    struct Block: Sendable, Equatable {
        var rows: ClosedRange<Int>
        var columns: ClosedRange<Int>
    }

    /// By the first row.
    private var waiting: [Block] = []
    private var open: [Block] = []

    init() {}

    /// Looks through the sheet for them: they stand behind the cells, and a stream has only one direction.
    init(part: String, of archive: ZipArchive, _ limits: SpreadsheetLimits) throws(SpreadsheetFault) {
        let stream = try archive.open(part, largest: limits.largestPart)
        let mark = Array("<mergeCell ".utf8)
        var carry: [UInt8] = []
        while let piece = try stream.next() {
            let bytes = carry + piece
            var place = 0
            while let start = Self.find(mark, in: bytes, from: place) {
                guard let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")) else { break }
                if let block = Self.block(String(decoding: bytes[start..<end], as: UTF8.self)) { waiting.append(block) }
                // More blocks than anybody makes by hand would fill the memory.
                guard waiting.count <= 200_000 else { throw .bomb(part: part) }
                place = end
            }
            carry = Array(bytes[max(place, bytes.count - 64)...])
        }
        waiting.sort { $0.rows.lowerBound > $1.rows.lowerBound }
    }

    var isEmpty: Bool { waiting.isEmpty && open.isEmpty }

    /// Columns of a row, below the first cell of their blocks; rows are asked for in their order.
    mutating func columns(of row: Int) -> [Int] {
        while let next = waiting.last, next.rows.lowerBound <= row {
            open.append(next)
            waiting.removeLast()
        }
        guard !open.isEmpty else { return [] }
        open.removeAll { $0.rows.upperBound < row }
        return open.flatMap { block in
            block.columns.filter { row > block.rows.lowerBound || $0 > block.columns.lowerBound }
        }
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        var place = from
        while let start = bytes[place...].firstIndex(of: mark[0]) {
            if bytes[start...].starts(with: mark) { return start }
            place = start + 1
        }
        return nil
    }

    /// Reads `… ref="A1:B2"…`.
    static func block(_ text: String) -> Block? {
        guard let start = text.firstRange(of: "ref=\"")?.upperBound else { return nil }
        let corners = text[start...].prefix { $0 != "\"" }.split(separator: ":").compactMap {
            CellPlace(Array($0.utf8))
        }
        guard corners.count == 2, corners[0].row <= corners[1].row, corners[0].column <= corners[1].column else {
            return nil
        }
        return Block(
            rows: corners[0].row...corners[1].row, columns: corners[0].column...corners[1].column)
    }
}

/// A place such as `C5`, as row and column from 0.
struct CellPlace: Equatable {
    var row: Int
    var column: Int

    init?(_ bytes: some Sequence<UInt8>) {
        var (row, column) = (0, 0)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z") where row == 0: column = column * 26 + Int(byte - 0x40)
            case UInt8(ascii: "0")...UInt8(ascii: "9"): row = row * 10 + Int(byte - 0x30)
            case UInt8(ascii: "$"): continue
            default: return nil
            }
            guard column <= 16_384, row <= 1_048_576 else { return nil }
        }
        guard row > 0, column > 0 else { return nil }
        (self.row, self.column) = (row - 1, column - 1)
    }
}
