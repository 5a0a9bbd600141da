import Documents
import Foundation
import Web

extension QueryReader {
    /// An instant of RFC 3339; nil when absent.
    mutating func instant(_ name: String) -> Date? {
        guard let text = text(name) else { return nil }
        if let instant = RFC3339.instant(text) { return instant }
        refuse(name, "query.instant", "Give an instant such as 2026-03-01T12:00:00Z; write + as %2B.")
        return nil
    }
}
