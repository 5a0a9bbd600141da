import Documents
import Registry

/// DCI codes of the profile's codes, looked up by list and code without touching words and cases.
struct CodeBook: Sendable {
    private let codes: [String: [String: String]]

    init(_ dictionary: AttributeDictionary) {
        codes = dictionary.lists.mapValues { list in
            Dictionary(
                list.codes.compactMap { code in code.dci.map { (code.code, $0) } }, uniquingKeysWith: { a, _ in a })
        }
    }

    /// The DCI code; nil when the code has no place in the DCI list.
    func dci(_ list: String?, _ code: String) -> String? {
        list.flatMap { codes[$0]?[code] }
    }
}
