/// The instruments of one name, one for each combination of label values, all made beforehand.
public final class Family<Instrument: MetricInstrument>: MetricFamily {
    private let name: StaticString
    private let help: StaticString
    private let type: StaticString
    private let labels: [MetricLabel]
    private let children: [Instrument]

    init(
        name: StaticString, help: StaticString, type: StaticString, labels: [MetricLabel], make: () -> Instrument
    ) {
        (self.name, self.help, self.type, self.labels) = (name, help, type, labels)
        let count = labels.reduce(1) { $0 * $1.values.count }
        children = (0..<count).map { _ in make() }
    }

    var only: Instrument { children[0] }

    /// The instrument of these label values, one for each dimension in order; unknown values count under `other`.
    public func with(_ values: String...) -> Instrument {
        var place = 0
        for (index, label) in labels.enumerated() {
            let known = index < values.count ? label.places[values[index]] : nil
            place = place * label.values.count + (known ?? label.values.count - 1)
        }
        return children[place]
    }

    /// The instrument at this position in the only dimension's value list: no look-up, no allocation.
    public func at(_ first: Int) -> Instrument {
        children[place(first, 0)]
    }

    /// The instrument at these positions in the value lists of two dimensions.
    public func at(_ first: Int, _ second: Int) -> Instrument {
        children[place(first, 0) * labels[1].values.count + place(second, 1)]
    }

    /// The instrument at these positions in the value lists of three dimensions.
    public func at(_ first: Int, _ second: Int, _ third: Int) -> Instrument {
        let row = place(first, 0) * labels[1].values.count + place(second, 1)
        return children[row * labels[2].values.count + place(third, 2)]
    }

    /// Positions outside the list are `other`, the last.
    private func place(_ position: Int, _ dimension: Int) -> Int {
        let last = labels[dimension].values.count - 1
        return position >= 0 && position < last ? position : last
    }

    func write(into text: inout String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (place, child) in children.enumerated() {
            // Known values of a single dimension are shown from zero; of larger products only what happened.
            let chosen = values(at: place)
            let isExpected = labels.isEmpty || labels.count == 1 && place != children.count - 1
            guard isExpected || child.isTouched else { continue }
            let pairs = zip(labels, chosen).map { "\($0.name)=\"\(Self.escaped($1))\"" }
            child.write(name.description, pairs.joined(separator: ","), into: &text)
        }
    }

    private func values(at place: Int) -> [String] {
        var rest = place
        var chosen: [String] = []
        for label in labels.reversed() {
            chosen.append(label.values[rest % label.values.count])
            rest /= label.values.count
        }
        return chosen.reversed()
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

/// What the registry asks of a family when it prints.
protocol MetricFamily: AnyObject, Sendable {
    func write(into text: inout String)
}

/// What a family asks of its instruments.
public protocol MetricInstrument: AnyObject, Sendable {
    /// Whether anything has been measured yet.
    var isTouched: Bool { get }
    /// Appends the lines of this instrument; `labels` is the text between the braces.
    func write(_ name: String, _ labels: String, into text: inout String)
}
