/// The apostrophe that keeps a spreadsheet from running a cell as a formula.
public enum FormulaGuard {
    private static let sign = UInt8(ascii: "'")

    /// `=`, `+`, `-`, `@`, tab and CR start a formula in some spreadsheet; a plain number with its sign does not.
    static func isFormula(_ text: some RandomAccessCollection<UInt8>) -> Bool {
        guard let first = text.first else { return false }
        if first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            return !(text.count > 1 && text.dropFirst().allSatisfy { ($0 &- 0x30) < 10 || $0 == UInt8(ascii: ".") })
        }
        return first == UInt8(ascii: "=") || first == UInt8(ascii: "@") || first == 0x09 || first == 0x0D
    }

    /// Whether a formula stands behind one or several apostrophes.
    static func isGuarded(_ text: some RandomAccessCollection<UInt8>) -> Bool {
        text.first == sign && isFormula(Array(text.drop { $0 == sign }))
    }

    /// The cell without the apostrophe that guards it; any other cell as it is.
    public static func removed(from cell: String) -> String {
        guard cell.utf8.first == sign, isGuarded(Array(cell.utf8)) else { return cell }
        return String(cell.dropFirst())
    }
}
