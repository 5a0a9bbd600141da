import Foundation
import Groundwork
import Linkage

/// What one column holds, gathered cell by cell in bounded memory.
struct ColumnSketch {
    /// A number with the text in which it stood.
    private struct Numeral {
        var value: Double
        var text: String
    }

    private static let mostPatterns = 64
    private static let mostValues = 512
    private static let longestValue = 80
    private static let mostExtremes = 5

    /// Whether values may be remembered; patterns always are.
    let keepsValues: Bool
    private(set) var filled = 0
    private(set) var empty = 0
    private(set) var broken = 0
    private(set) var distinct = DistinctCounter()
    private(set) var patterns = FrequentItems(capacity: Self.mostPatterns)
    private(set) var values = FrequentItems(capacity: Self.mostValues)
    private(set) var lengths: (least: Int, most: Int)?
    private(set) var integers = 0
    private(set) var decimals = 0
    private(set) var dates = 0
    private(set) var days: (first: CalendarDate, last: CalendarDate)?
    private var low: [Numeral] = []
    private var high: [Numeral] = []
    private var sample = Reservoir()

    init(keepsValues: Bool) {
        self.keepsValues = keepsValues
    }

    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        let cell = Self.trimmed(bytes)
        guard !cell.isEmpty else {
            empty += 1
            return
        }
        guard let text = String(validating: cell, as: UTF8.self) else {
            broken += 1
            return
        }
        filled += 1
        distinct.add(StableHash.hash(cell))
        patterns.add(Self.pattern(text))
        let length = text.count
        lengths = (min(lengths?.least ?? length, length), max(lengths?.most ?? length, length))
        if keepsValues, cell.count <= Self.longestValue { values.add(text) }
        if let number = Self.number(cell, text) {
            if number.isWhole { integers += 1 } else { decimals += 1 }
            if keepsValues { add(Numeral(value: number.value, text: text)) }
        } else if let day = CalendarDate(text) {
            dates += 1
            if keepsValues { days = (min(days?.first ?? day, day), max(days?.last ?? day, day)) }
        }
    }

    private mutating func add(_ numeral: Numeral) {
        sample.add(numeral.value)
        func keep(_ list: inout [Numeral], _ isBefore: (Double, Double) -> Bool) {
            if list.count == Self.mostExtremes, let last = list.last, !isBefore(numeral.value, last.value) { return }
            guard !list.contains(where: { $0.value == numeral.value }) else { return }
            let place = list.firstIndex { isBefore(numeral.value, $0.value) } ?? list.count
            list.insert(numeral, at: place)
            if list.count > Self.mostExtremes { list.removeLast() }
        }
        keep(&low, <)
        keep(&high, >)
    }

    private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
        var cell = bytes[...]
        while let first = cell.first, first == 0x20 || first == 0x09 { cell.removeFirst() }
        while let last = cell.last, last == 0x20 || last == 0x09 { cell.removeLast() }
        return cell
    }

    private static func number(
        _ cell: Slice<UnsafeBufferPointer<UInt8>>, _ text: String
    ) -> (value: Double, isWhole: Bool)? {
        guard cell.count <= 20, cell.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }),
            let value = Double(text), value.isFinite
        else { return nil }
        return (value, !cell.contains(0x2E))
    }

    /// What a value looks like: a run of capitals is A, one of small letters a, each digit 9, white space a blank.
    static func pattern(_ text: String) -> String {
        var pattern = ""
        for scalar in text.unicodeScalars {
            let mark: Character
            if scalar.value < 0x80 {
                switch scalar.value {
                case 0x30...0x39: mark = "9"
                case 0x41...0x5A: mark = "A"
                case 0x61...0x7A: mark = "a"
                case 0x09, 0x20: mark = " "
                default: mark = Character(scalar)
                }
            } else {
                mark = scalar.properties.isUppercase ? "A" : scalar.properties.isAlphabetic ? "a" : "·"
            }
            if mark == "A" || mark == "a" || mark == " ", pattern.last == mark { continue }
            pattern.append(mark)
            if pattern.utf8.count >= 40 { return pattern + "…" }
        }
        return pattern
    }

    // MARK: What follows

    /// What nearly all filled cells are.
    var kind: FileProfile.Kind {
        guard filled > 0 else { return .empty }
        let most = filled - filled / 20
        if integers >= most { return .integer }
        if integers + decimals >= most { return .decimal }
        return dates >= most ? .date : .text
    }

    /// Smallest and largest, as they stand in the file.
    var range: (least: String, most: String)? {
        switch kind {
        case .integer, .decimal: low.first.flatMap { least in high.first.map { (least.text, $0.text) } }
        case .date: days.map { ($0.first.description, $0.last.description) }
        case .text, .empty: nil
        }
    }

    /// Numbers that lie more than three interquartile ranges outside the quartiles, the farthest of each side.
    var outliers: [String] {
        guard kind == .integer || kind == .decimal, let (first, _, third) = sample.quartiles else { return [] }
        let reach = 3 * (third - first)
        return low.filter { $0.value < first - reach }.map(\.text)
            + high.filter { $0.value > third + reach }.map(\.text)
    }
}
