import Cryptography
import Documents
import Foundation
import Groundwork
import Linkage
import Registry

/// Turns expressions into functions over a row once the header is known, so that no name is looked up again.
struct ExpressionCompiler {
    /// The text of one row, or nil where it says nothing; a refusal goes to the row's findings.
    typealias Feed = (CSVRow, inout ReadRow) -> String?

    let header: FileHeader
    let dictionary: AttributeDictionary
    let areas: AreaResolver
    let parameters: [String: String]

    /// - Parameter field: the column that findings name.
    func feed(_ expression: CellExpression, field: String) -> Feed {
        switch expression {
        case .column(let names): return column(names)
        case .constant(let text): return { _, _ in text }
        case .parameter(let name):
            let value = parameters[name]
            return { _, _ in value }
        case .join(let parts, let mark): return join(parts.map { feed($0, field: field) }, mark)
        case .first(let choices):
            let feeds = choices.map { feed($0, field: field) }
            return { row, read in
                for feed in feeds { if let text = feed(row, &read) { return text } }
                return nil
            }
        case .choose(let condition, let then, let otherwise):
            let (holds, yes) = (test(condition, field: field), feed(then, field: field))
            let no = otherwise.map { feed($0, field: field) }
            return { row, read in holds(row, &read) ? yes(row, &read) : no?(row, &read) }
        case .squeeze(let of): return changed(of, field, Self.squeezed)
        case .recase(let of, let letters): return changed(of, field) { Self.recased($0, letters) }
        case .replace(let of, let pairs):
            return changed(of, field) { text in
                pairs.reduce(text) { $0.replacing($1.old, with: $1.new) }
            }
        case .part(let of, let mark, let piece): return changed(of, field) { Self.part($0, mark, piece) }
        case .keep(let of, let kept):
            return changed(of, field) { text in text.filter { kept == .digits ? $0.isNumber : $0.isLetter } }
        case .pad(let of, let width, let sign):
            return changed(of, field) { text in
                String(repeating: sign, count: max(0, width - text.count)) + text
            }
        case .number(let of, let form): return changed(of, field) { Self.number($0, form) }
        case .identifier(let type, let of): return changed(of, field) { type + ":" + $0 }
        case .look, .date, .phone, .area, .digest: return understood(expression, field)
        }
    }

    private func understood(_ expression: CellExpression, _ field: String) -> Feed {
        switch expression {
        case .look(let of, let table, let otherwise): return look(of, table, otherwise, field)
        case .date(let of, let forms, let otherwise): return date(of, forms, otherwise, field)
        case .phone(let of, let otherwise): return phone(of, otherwise, field)
        case .area(let words, let otherwise): return area(words, otherwise, field)
        case .digest(let parts):
            let feeds = parts.map { feed($0, field: field) }
            return { row, read in
                var bytes: [UInt8] = []
                for feed in feeds {
                    bytes += Array((feed(row, &read) ?? "").uppercased().utf8) + [0x1F]
                }
                return Hex.encode(Array(Digest.sha256(bytes).prefix(16)))
            }
        default: return { _, _ in nil }
        }
    }

    /// Where the first of these columns stands; nil when the file has none of them.
    func place(_ names: [String]) -> Int? {
        names.lazy.compactMap { header.places[$0] }.first
    }

    private func column(_ names: [String]) -> Feed {
        guard let place = place(names) else { return { _, _ in nil } }
        return { row, _ in
            if row.withBytes(place, \.isEmpty) { return nil }
            let text = RowReader.trimmed(row[place])
            return text.isEmpty ? nil : text
        }
    }

    private func join(_ feeds: [Feed], _ mark: String) -> Feed {
        { row, read in
            var joined: String?
            for feed in feeds {
                guard let text = feed(row, &read) else { continue }
                joined = joined.map { $0 + mark + text } ?? text
            }
            return joined
        }
    }

    private func changed(_ of: CellExpression, _ field: String, _ change: @escaping (String) -> String) -> Feed {
        let inner = feed(of, field: field)
        return { row, read in
            guard let text = inner(row, &read) else { return nil }
            let new = change(text)
            return new.isEmpty ? nil : new
        }
    }

    // MARK: What can be misunderstood

    private func look(
        _ of: CellExpression, _ table: WordTable, _ otherwise: CellExpression.Otherwise, _ field: String
    ) -> Feed {
        let inner = feed(of, field: field)
        let known = Memory()
        return { row, read in
            guard let word = inner(row, &read) else { return nil }
            if let meaning = known.of(word, { table[word] }) { return meaning.isEmpty ? nil : meaning }
            return otherwise.apply(word) {
                read.refuse(
                    field, "code.unknown", "The word is not in the mapping's table.",
                    "Use one of the words of the layout, or add this one to the mapping.")
            }
        }
    }

    private func date(
        _ of: CellExpression, _ forms: [DateForm], _ otherwise: CellExpression.Otherwise, _ field: String
    ) -> Feed {
        let inner = feed(of, field: field)
        let some = forms.map(\.text).joined(separator: ", ")
        return { row, read in
            guard let word = inner(row, &read) else { return nil }
            for form in forms { if let date = form.read(word) { return date } }
            return otherwise.apply(word) {
                read.refuse(
                    field, "date.invalid", "There is no such day, or it is written otherwise than the layout says.",
                    "Write a day that exists as: \(some).")
            }
        }
    }

    private func phone(_ of: CellExpression, _ otherwise: CellExpression.Otherwise, _ field: String) -> Feed {
        let (inner, dictionary) = (feed(of, field: field), dictionary)
        return { row, read in
            guard let word = inner(row, &read) else { return nil }
            if let phone = dictionary.phone(word) { return phone }
            return otherwise.apply(word) {
                read.refuse(
                    field, "phone.malformed", "A phone number has too few or too many digits.",
                    "Write it as +\(dictionary.callingCode)… .")
            }
        }
    }

    private func area(
        _ words: CellExpression.AreaWords, _ otherwise: CellExpression.Otherwise, _ field: String
    ) -> Feed {
        let code = words.code.map { feed($0, field: field) }
        let path = words.path.map { feed($0, field: field) }
        let areas = areas
        let system = words.system ?? words.systemParameter.flatMap { parameters[$0] }
        let geography = words.geography ?? words.geographyParameter.flatMap { parameters[$0] }
        return { row, read in
            let code = code?(row, &read)
            let names = path.compactMap { $0(row, &read) }
            if code == nil, names.isEmpty { return nil }
            switch areas.area(code: code, system: system, path: names, geography: geography, field: field) {
            case .found(let area): return area.reference
            case .refused(let finding):
                if otherwise == .refuse { read.findings.append(finding) }
                return otherwise == .keep ? code ?? names.last : nil
            }
        }
    }

    // MARK: Conditions

    private func test(_ condition: CellCondition, field: String) -> (CSVRow, inout ReadRow) -> Bool {
        switch condition {
        case .filled(let of):
            let inner = feed(of, field: field)
            return { inner($0, &$1) != nil }
        case .isOneOf(let of, let words):
            let inner = feed(of, field: field)
            let known = Memory()
            return { row, read in
                guard let word = inner(row, &read) else { return false }
                return known.of(word) { words[word] } != nil
            }
        case .matches(let of, let pattern):
            let inner = feed(of, field: field)
            return { row, read in inner(row, &read).map { pattern.matches($0) } ?? false }
        case .all(let parts):
            let tests = parts.map { test($0, field: field) }
            return { row, read in tests.allSatisfy { $0(row, &read) } }
        case .any(let parts):
            let tests = parts.map { test($0, field: field) }
            return { row, read in tests.contains { $0(row, &read) } }
        case .not(let part):
            let inner = test(part, field: field)
            return { !inner($0, &$1) }
        }
    }
}

extension ExpressionCompiler {
    /// Words met so far: cells repeat, folding them does not have to.
    private final class Memory {
        private var known: [String: String?] = [:]

        func of(_ word: String, _ look: () -> String?) -> String? {
            if let held = known[word] { return held }
            let found = look()
            if known.count < 5000 { known[word] = .some(found) }
            return found
        }
    }

    private static func squeezed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func recased(_ text: String, _ letters: CellExpression.LetterCase) -> String {
        switch letters {
        case .upper: return text.uppercased()
        case .lower: return text.lowercased()
        case .title:
            var result = ""
            var isInWord = false
            for letter in text.lowercased() {
                result += isInWord ? String(letter) : letter.uppercased()
                // An apostrophe begins no new word in “N’dayi”, a hyphen does in “Jean-Paul”.
                isInWord = letter.isLetter || letter == "'" || letter == "’"
            }
            return result
        }
    }

    private static func part(_ text: String, _ mark: String, _ piece: CellExpression.Piece) -> String {
        let pieces = text.components(separatedBy: mark).filter { !$0.isEmpty }
        switch piece {
        case .first: return pieces.first ?? ""
        case .last: return pieces.last ?? ""
        case .allButFirst: return pieces.dropFirst().joined(separator: mark)
        case .allButLast: return pieces.dropLast().joined(separator: mark)
        case .number(let number): return number <= pieces.count ? pieces[number - 1] : ""
        }
    }

    /// Whether the sign parts off a fraction, though the layout says another: it stands once, and not before three digits.
    private static func isDecimal(_ sign: Character, in text: String) -> Bool {
        let parts = text.split(separator: sign, omittingEmptySubsequences: false)
        return parts.count == 2 && parts[1].count != 3
    }

    /// The number as it would be written with a point and no spaces; what is no number stays, to be refused by its type.
    private static func number(_ text: String, _ form: CellExpression.NumberForm) -> String {
        var plain = text.filter { !$0.isWhitespace && $0 != "'" }
        let other: Character = form.decimal == "." ? "," : "."
        if plain.contains(form.decimal) || !isDecimal(other, in: plain) {
            plain = plain.filter { $0 != other }.replacing(String(form.decimal), with: ".")
        } else {
            plain = plain.replacing(String(other), with: ".")
        }
        if form.isWhole, let point = plain.firstIndex(of: "."), plain[point...].dropFirst().allSatisfy({ $0 == "0" }) {
            return String(plain[..<point])
        }
        return plain
    }
}

extension CellExpression.Otherwise {
    fileprivate func apply(_ word: String, _ refuse: () -> Void) -> String? {
        if self == .refuse { refuse() }
        return self == .keep ? word : nil
    }
}
