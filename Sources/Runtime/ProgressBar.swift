import Synchronization

/// Shows how far long work has come: share, rate and time left; silent when nobody can be reading.
public final class ProgressBar: Sendable {
    private struct State {
        var done = 0
        var drawn: ContinuousClock.Instant?
        var isFinished = false
    }

    private let title: String
    private let total: Int?
    private let unit: String
    private let terminal: Terminal
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    /// - Parameters:
    ///   - total: how much there is to do; nil when unknown.
    ///   - unit: what is counted, in the plural: `households`, `rows`.
    public init(_ title: String, total: Int?, unit: String, on terminal: Terminal = .standardError) {
        (self.title, self.total, self.unit, self.terminal) = (title, total, unit, terminal)
    }

    /// Counts `amount` more; redraws at most ten times a second.
    public func advance(by amount: Int = 1) {
        let now = ContinuousClock.now
        let done: Int? = state.withLock { state in
            state.done += amount
            guard terminal.isInteractive, !state.isFinished else { return nil }
            if let drawn = state.drawn, now - drawn < .milliseconds(100) { return nil }
            state.drawn = now
            return state.done
        }
        if let done { draw(done, now, end: "") }
    }

    /// Draws the last state and goes to the next line; further calls do nothing.
    public func finish() {
        let done: Int? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            return state.done
        }
        if let done, terminal.isInteractive { draw(done, ContinuousClock.now, end: "\n") }
    }

    private func draw(_ done: Int, _ now: ContinuousClock.Instant, end: String) {
        let text = Self.line(
            title: title, done: done, total: total, unit: unit, elapsed: now - began, width: terminal.width)
        terminal.write("\r\u{1B}[K" + text + end)
    }

    /// One line, at most `width` columns: `importing  [#####.....]  50 %  2,500/5,000 households  812/s  3 s left`.
    package static func line(
        title: String, done: Int, total: Int?, unit: String, elapsed: Duration, width: Int
    ) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let speed = "\(grouped(Int(rate.rounded())))/s"
        guard let total, total > 0 else {
            return String("\(title)  \(grouped(done)) \(unit)  \(speed)  \(span(seconds))".prefix(width))
        }
        let share = min(1, Double(done) / Double(total))
        let left = done >= total ? "in \(span(seconds))" : rate > 0 ? "\(span(Double(total - done) / rate)) left" : ""
        let tail = "\(Int(share * 100)) %  \(grouped(done))/\(grouped(total)) \(unit)  \(speed)  \(left)"
        let room = width - title.count - tail.count - 6
        guard room >= 10 else { return String("\(title)  \(tail)".prefix(width)) }
        let cells = min(room, 30)
        let full = Int(share * Double(cells))
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: cells - full)
        return "\(title)  [\(bar)]  \(tail)"
    }

    private static func grouped(_ value: Int) -> String {
        let digits = String(value)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    private static func span(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}
