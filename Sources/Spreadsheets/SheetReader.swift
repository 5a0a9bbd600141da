/// Reads one sheet as CSV in UTF-8, separated by commas, with one line for every row up to the last.
///
/// A cell without a value to be trusted is the byte 0x1A (substitute) and a word: `formula`, `error`, `merged`. Days are
/// `YYYY-MM-DD`, with the time behind a space where the cell has one. Line ends and tabs within a cell become spaces, so that
/// a line is a row.
public final class SheetReader {
    private let stream: ZipPart
    private let push: XMLPush<SheetSink>
    private var isDone = false

    init(stream: ZipPart, sink: SheetSink) throws(SpreadsheetFault) {
        self.stream = stream
        push = try XMLPush(sink, part: stream.name)
    }

    /// How much of the sheet was read, 0 to 1.
    public var share: Double { isDone ? 1 : min(1, Double(stream.unpacked) / Double(max(1, stream.size))) }

    /// The next lines; nil at the end.
    public func next() throws(SpreadsheetFault) -> [UInt8]? {
        guard !isDone else { return nil }
        while push.sink.lines.count < 1 << 17 {
            guard let piece = try stream.next() else {
                try push.finish()
                isDone = true
                break
            }
            try push.feed(piece)
        }
        let lines = push.sink.take()
        return lines.isEmpty ? nil : lines
    }
}
