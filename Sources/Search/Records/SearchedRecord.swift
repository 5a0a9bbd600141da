import Foundation
import Groundwork
import Postgres
import Registry

/// A record that is searched for: people and households share one way of paging.
protocol SearchedRecord: Sendable {
    static var subject: SubjectKind { get }
    static var columns: [String] { get }
    /// The columns of the row called `r0`, put together once.
    static var selected: SQL { get }
    init(_ row: Row, from first: Int, areas: AreaIndex) throws(DatabaseError)
    var uuid: UUID { get }
    var isMerged: Bool { get }
}

extension SearchedRecord {
    /// The columns of the row called `row`.
    static func columns(of row: String) -> SQL {
        SQL(unchecked: columns.map { row + "." + $0 }.joined(separator: ", "))
    }
}

extension PersonRecord: SearchedRecord {
    static var subject: SubjectKind { .person }
    static let selected: SQL = columns(of: "r0")
    var uuid: UUID { id.rawValue }
    var isMerged: Bool { mergedInto != nil }
}

extension HouseholdRecord: SearchedRecord {
    static var subject: SubjectKind { .household }
    static let selected: SQL = columns(of: "r0")
    var uuid: UUID { id.rawValue }
    var isMerged: Bool { mergedInto != nil }
}
