import Registry

/// What the lines of one household must keep together.
enum UnitRules {
    private static let mostMembers = HouseholdDraft.mostMembers

    static func check(_ rows: inout [ReadRow]) {
        if rows.count > mostMembers {
            rows[0].refuse(
                "household_key", "members.too_many", "The household has more than \(mostMembers) lines.",
                "Check whether all lines belong to one household.")
        }
        checkHeads(&rows)
        checkRecipients(&rows)
        checkPeople(&rows)
    }

    /// A line that cannot be read may be the head's, so that its absence is no finding then.
    private static func checkHeads(_ rows: inout [ReadRow]) {
        var hasHead = false
        for index in rows.indices where rows[index].isHead {
            if hasHead {
                rows[index].refuse(
                    "role", "members.head_count", "The household has a head already.",
                    "Give only one line the role head.")
            }
            hasHead = true
        }
        if !hasHead, rows.allSatisfy(\.isReadable) {
            rows[0].refuse(
                "role", "members.head_count", "The household has no head.", "Give one line the role head.")
        }
    }

    private static func checkRecipients(_ rows: inout [ReadRow]) {
        for rank in [Recipient.first, .alternate] {
            var isTaken = false
            for index in rows.indices where rows[index].recipient == rank {
                if isTaken {
                    rows[index].refuse(
                        "recipient", "members.recipient_twice", "Another line has the same recipient rank.",
                        "Keep the rank on one line of the household.")
                }
                isTaken = true
            }
        }
    }

    /// One person twice: the same key, or an identifier of the same type and value.
    private static func checkPeople(_ rows: inout [ReadRow]) {
        guard rows.count > 1 else { return }
        for index in rows.indices.dropFirst() {
            let isTwice = rows[..<index].contains { earlier in
                (earlier.personKey != nil && earlier.personKey == rows[index].personKey)
                    || rows[index].contacts.identifiers.contains { own in
                        earlier.contacts.identifiers.contains { $0.type == own.type && $0.value == own.value }
                    }
            }
            guard isTwice else { continue }
            rows[index].refuse(
                "person_key", "members.person_twice", "The same person stands in this household twice.",
                "Remove one of the two lines, or correct key and identifiers.")
        }
    }
}
