/// A list in which records with the same bits and tokens stand together, so that a thousand copies are compared once.
struct EncodedCopies {
    /// One person for each content.
    private(set) var people: [EncodedPerson] = []
    /// The places in the list of all that have the content, in rising order.
    private(set) var records: [[Int]] = []

    private struct Content: Hashable {
        var filter: [UInt64]
        var tokens: [String]
    }

    init(_ list: [EncodedPerson]) {
        var places: [Content: Int] = [:]
        places.reserveCapacity(list.count)
        for (record, person) in list.enumerated() {
            let content = Content(filter: person.filter, tokens: person.tokens)
            if let place = places[content] {
                records[place].append(record)
            } else {
                places[content] = people.count
                people.append(person)
                records.append([record])
            }
        }
    }

    /// Who bears a token: the contents, and how many records they are.
    struct Bearers {
        var places: [Int32] = []
        var count = 0
    }

    func bearers() -> [String: Bearers] {
        var bearers: [String: Bearers] = [:]
        for (place, person) in people.enumerated() {
            for token in Set(person.tokens) {
                bearers[token, default: Bearers()].places.append(Int32(place))
                bearers[token, default: Bearers()].count += records[place].count
            }
        }
        return bearers
    }
}
