package import Documents

/// A sync search message as it is understood: strict in structure, whatever its dialect was.
package struct SearchMessage: Sendable {
    package var header: MessageHeader
    /// The caller's business transaction; repeated in the answer.
    package var transactionID: String
    /// In the order of the message; each is answered.
    package var items: [SearchItem]
}

/// The parts of MsgHeader that matter to a synchronous answer.
package struct MessageHeader: Sendable {
    package var messageID: String
    package var senderID: String
    package var receiverID: String?
    package var totalCount: Int
}

/// One request of the message.
package struct SearchItem: Sendable {
    package var referenceID: String
    /// ISO 639-3, lower case; nil when the request names none.
    package var locale: String?
    package var outcome: Result<SearchCriteria, ItemRefusal>
}

/// What one request asks for.
package struct SearchCriteria: Sendable {
    package var record: RecordKind
    package var query: DCIQuery
    package var sort: [SortTerm]
    package var page: PageTerm?
}

package struct SortTerm: Sendable, Equatable {
    package var attribute: String
    package var isDescending: Bool

    package init(_ attribute: String, isDescending: Bool = false) {
        (self.attribute, self.isDescending) = (attribute, isDescending)
    }
}

/// Page size and number, both from 1.
package struct PageTerm: Sendable, Equatable {
    package var size: Int
    package var number: Int

    package init(size: Int, number: Int) {
        (self.size, self.number) = (size, number)
    }
}

/// What kind of records is asked for (docs/dci.md, 8).
package enum RecordKind: String, Sendable, CaseIterable {
    case group = "Group"
    case member = "Member"
    case person = "SRPerson"
}

/// The three grammars of docs/dci.md, 6, as one tree of conditions or one identifier.
package enum DCIQuery: Sendable, Equatable {
    case identifier(type: String, value: String)
    case condition(Condition)
}

/// A condition as written: attribute words and literals, nothing resolved yet.
package indirect enum Condition: Sendable, Equatable {
    /// The empty filter.
    case everything
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case compare(Comparison)

    package struct Comparison: Sendable, Equatable {
        /// The attribute as asked, e.g. `demographic_info.sex`.
        package var attribute: String
        package var relation: Relation
        /// One literal; several for `oneOf`, none for `present`.
        package var literals: [JSON]

        package init(attribute: String, relation: Relation, literals: [JSON]) {
            (self.attribute, self.relation, self.literals) = (attribute, relation, literals)
        }
    }

    package enum Relation: String, Sendable, CaseIterable {
        case equal, less, lessOrEqual, greater, greaterOrEqual
        case oneOf
        case present
    }
}
