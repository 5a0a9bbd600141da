import Foundation
import Groundwork

/// A file read from the front, piece by piece.
struct FileReading: Sendable {
    static let pieceSize = 1 << 18

    let path: String
    var name: String { URL(fileURLWithPath: path).lastPathComponent }

    /// Reads from a byte on and hands over every piece; the memory is used again.
    func pieces(from offset: Int, _ body: ([UInt8]) async throws(IntakeFault) -> Bool) async throws(IntakeFault) {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw .fileUnreadable(name: name) }
        defer { try? handle.close() }
        do {
            try handle.seek(toOffset: UInt64(offset))
        } catch {
            throw .fileUnreadable(name: name)
        }
        while true {
            if Task.isCancelled { throw .cancelled }
            let piece: Data?
            do {
                piece = try handle.read(upToCount: Self.pieceSize)
            } catch {
                throw .fileUnreadable(name: name)
            }
            guard let piece, !piece.isEmpty else { return }
            guard try await body([UInt8](piece)) else { return }
        }
    }
}
