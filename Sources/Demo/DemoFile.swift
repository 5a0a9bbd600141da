import Foundation

/// A file being written in large pieces.
struct DemoFile: ~Copyable {
    private let handle: FileHandle
    private let name: String
    private var pending: [UInt8] = []

    init(_ path: String) throws(DemoFault) {
        name = URL(fileURLWithPath: path).lastPathComponent
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw .writing(file: name) }
        self.handle = handle
        pending.reserveCapacity(1 << 20)
    }

    mutating func write(_ body: (inout [UInt8]) -> Void) throws(DemoFault) {
        body(&pending)
        if pending.count > 1 << 19 { try flush() }
    }

    mutating func write(_ text: String) throws(DemoFault) {
        try write { $0.append(contentsOf: text.utf8) }
    }

    mutating func flush() throws(DemoFault) {
        do {
            try handle.write(contentsOf: Data(pending))
        } catch {
            throw .writing(file: name)
        }
        pending.removeAll(keepingCapacity: true)
    }

    consuming func close() throws(DemoFault) {
        try flush()
        try? handle.close()
    }
}
