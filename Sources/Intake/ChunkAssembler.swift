import Documents
import Foundation

/// Puts lines together to households and households to chunks.
///
/// Lines of a household stand together. A line whose key cannot be read belongs to the household before it.
struct ChunkAssembler {
    /// A chunk ends with the household that brings it to this many lines; households are cut at `longestUnit`, so that no
    /// transaction holds more than 5,000.
    static let chunkRows = 4_000
    private static let longestUnit = 1_000

    private let reader: RowReader
    private let preparer: UnitPreparer
    private var places: AreaTally
    private let linesBefore: Int
    private let bytesBefore: Int
    private var rows: [ReadRow] = []
    private var key: String?
    private var unit: Int
    private var chunk: Chunk
    private var finished: [Chunk] = []

    init(reader: RowReader, preparer: UnitPreparer, places: AreaTally, from start: Start) {
        (self.reader, self.preparer, self.places) = (reader, preparer, places)
        (linesBefore, bytesBefore, unit) = (start.line - 1, start.offset, start.unit)
        chunk = Chunk(
            number: start.chunk, firstLine: start.line, lastLine: start.line, nextOffset: start.offset,
            nextLine: start.line, nextUnit: start.unit)
    }

    /// Where an import begins or goes on.
    struct Start: Sendable {
        var chunk: Int
        var offset: Int
        var line: Int
        var unit: Int
    }

    mutating func take(_ row: CSVRow) {
        let read = reader.read(row, linesBefore: linesBefore, bytesBefore: bytesBefore)
        let isNext = reader.content.isSingle || read.householdKey != nil && read.householdKey != key
        if !rows.isEmpty, isNext || rows.count >= Self.longestUnit { endUnit(before: read) }
        if rows.isEmpty { key = read.householdKey }
        rows.append(read)
    }

    /// Ends the input; `offset` and `line` are those after its last line.
    mutating func finish(offset: Int) {
        guard !rows.isEmpty else { return }
        let line = rows[rows.count - 1].line + 1
        append()
        endChunk(offset: offset, line: line)
    }

    /// Rows by area so far, the most rows first.
    var counts: [AreaCounts] { places.counts.values.sorted { ($1.rows, $0.area) < ($0.rows, $1.area) } }

    /// Chunks that are complete, handed over once.
    mutating func takeFinished() -> [Chunk] {
        defer { finished = [] }
        return finished
    }

    private mutating func append() {
        chunk.lastLine = rows[rows.count - 1].line
        reader.gather(&rows)
        let prepared = preparer.prepare(rows, number: unit)
        places.note(prepared, rows)
        chunk.append(prepared)
        unit += 1
        rows.removeAll(keepingCapacity: true)
    }

    private mutating func endUnit(before next: ReadRow) {
        append()
        if chunk.rowCount >= Self.chunkRows { endChunk(offset: next.offset, line: next.line) }
    }

    private mutating func endChunk(offset: Int, line: Int) {
        (chunk.nextOffset, chunk.nextLine) = (offset, line)
        finished.append(chunk)
        chunk = Chunk(
            number: chunk.number + 1, firstLine: line, lastLine: line, nextOffset: offset, nextLine: line,
            nextUnit: unit)
    }
}
