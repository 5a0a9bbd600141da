import Documents
import Foundation
import Groundwork
import Registry

extension JSONWriter {
    /// A member with a text, or null.
    mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    /// A member with a whole number, or null.
    mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { int(value) } else { null() }
    }

    /// A member with a day, or null.
    mutating func member(_ name: String, _ value: CalendarDate?) {
        member(name, value?.description)
    }

    /// A member with an instant to the microsecond, or null.
    mutating func member(_ name: String, instant: Date?) {
        member(name, instant.map(Instant.text))
    }

    /// A member with an id, or null.
    mutating func member<Subject>(_ name: String, id: ID<Subject>?) {
        member(name, id?.description)
    }
}
