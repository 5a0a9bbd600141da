import Documents
import Foundation
import Groundwork
import Scorecards

/// Files that the commands of scoring read.
enum ScoringFiles {
    static func json(_ path: String) throws -> JSON {
        guard let bytes = try Files.read(Ground.absolute(path)) else {
            throw RoofFault.fileUnreadable(path, reason: "there is no such file")
        }
        do {
            return try JSON.parse(bytes, limits: .file)
        } catch {
            throw RoofFault.found("\(path): \(error.summary)", [])
        }
    }

    static func formula(_ path: String, _ json: JSON) throws -> Formula {
        do {
            return try Formula(json)
        } catch {
            throw RoofFault.found("\(path) cannot be used:", error.findings)
        }
    }

    /// What a file is, with its digest; a binding has none.
    static func kind(of json: JSON, _ path: String) throws -> (kind: String, sha256: String) {
        do throws(InvalidInput) {
            if PovertyScorecard.isCard(json) { return ("scorecard", try PovertyScorecard(json).sha256) }
            if json["strata"] != nil { return ("formula", try Formula(json).sha256) }
            _ = try Binding(json)
            return ("binding", "")
        } catch {
            throw RoofFault.found("\(path) cannot be used:", error.findings)
        }
    }

    /// Hands on the rows of a file one by one, with their numbers counted from 1; `false` stops.
    ///
    /// CSV rows become objects of texts by column. Nothing but the row at work is held.
    static func rows(of path: String, _ body: (Int, JSON) throws -> Bool) throws {
        guard let handle = FileHandle(forReadingAtPath: Ground.absolute(path)) else {
            throw RoofFault.fileUnreadable(path, reason: Files.systemReason())
        }
        defer { try? handle.close() }
        let first = try piece(handle, path)
        let start = first.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if start == UInt8(ascii: "[") || start == UInt8(ascii: "{") {
            try jsonRows(handle, path, first, body)
        } else {
            try csvRows(handle, path, first, body)
        }
    }

    private static func piece(_ handle: FileHandle, _ path: String) throws -> [UInt8] {
        do {
            return [UInt8](try handle.read(upToCount: 1 << 17) ?? Data())
        } catch {
            throw RoofFault.fileUnreadable(path, reason: Files.reason(error))
        }
    }

    private static func jsonRows(
        _ handle: FileHandle, _ path: String, _ first: [UInt8], _ body: (Int, JSON) throws -> Bool
    ) throws {
        var (items, piece, number) = (JSONItems(), first, 0)
        do {
            while !piece.isEmpty {
                for item in try items.feed(piece) {
                    number += 1
                    guard try body(number, item) else { return }
                }
                piece = try self.piece(handle, path)
            }
            try items.finish()
        } catch let fault as JSONFault {
            throw RoofFault.found("\(path): \(fault.summary)", [])
        }
    }

    private static func csvRows(
        _ handle: FileHandle, _ path: String, _ first: [UInt8], _ body: (Int, JSON) throws -> Bool
    ) throws {
        let shape = CSVShape.detect(first)
        var reader = CSVReader(separator: shape.separator, encoding: shape.encoding)
        var (header, number, goesOn): ([String], Int, Bool) = ([], 0, true)
        let take: (CSVRow) throws -> Void = { row in
            guard goesOn else { return }
            if let fault = row.fault { throw RoofFault.found("\(path): \(fault.summary)", []) }
            if header.isEmpty {
                header = row.texts
                return
            }
            number += 1
            var object = JSONObject()
            for (index, name) in header.enumerated() {
                object[name] = index < row.count ? .string(row[index]) : .null
            }
            goesOn = try body(number, .object(object))
        }
        var piece = first
        while !piece.isEmpty, goesOn {
            try reader.feed(piece, take)
            piece = try self.piece(handle, path)
        }
        if goesOn { try reader.finish(take) }
        guard !header.isEmpty else { throw RoofFault.found("\(path) is empty; it needs a line of column names.", []) }
    }
}
