import Foundation
import Groundwork
import Markup
import Registry

/// The front page: what runs here, how it stands, and where to go next.
struct FrontPage: Sendable {
    var installation: FrontDoor.Installation
    /// Nil when the database does not answer.
    var state: RegistryState?
    var checks: [HealthCheck]
    var now: Date

    var html: HTML {
        Frame.page(
            .front, title: installation.title, installation: installation,
            """
            <div class="hero">
            <p class="kicker">National social registry</p>
            <h1>\(installation.title)</h1>
            <p class="lead">Kith \(installation.version) keeps households and people, their history and events, and answers \
            other systems over open standards. This page shows what runs here; it holds nothing about anyone.</p>
            <p class="actions"><a class="button" href="/reference">API reference</a> \
            <a class="button quiet" href="/api/v1/openapi.json">OpenAPI document</a></p>
            </div>
            \(health)\(numbers)\(steps)\(profile)
            """)
    }

    private var isReady: Bool { checks.allSatisfy(\.isGood) }

    private var health: HTML {
        let items = checks.map { check -> HTML in
            """
            <li class="\(check.isGood ? "good" : "bad")"><strong>\(Self.title(check.name))</strong> \
            <span>\(check.detail)</span></li>

            """
        }
        return """
            <section aria-labelledby="health">
            <h2 id="health">Health <span class="badge \(isReady ? "good" : "bad")">\(isReady ? "ready" : "not ready")\
            </span></h2>
            <ul class="checks">
            \(items)</ul>
            <p class="note">Running since \(Self.minute(installation.startedAt)), as of \(Self.minute(now)). For machines: \
            <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/metrics">/metrics</a>.</p>
            </section>

            """
    }

    private var numbers: HTML {
        guard let state else { return .empty }
        return """
            <section aria-labelledby="numbers">
            <h2 id="numbers">What it holds</h2>
            <dl class="numbers">
            \(Self.number("People", state.people))\
            \(Self.number("Households", state.households))\
            \(Self.number("Areas", state.areas))\
            <div><dt>Events</dt><dd>\(Self.grouped(Int(state.log.pos)))</dd></div>
            </dl>
            <p class="note">The event log stands at <code>\(state.log.description)</code>. Large numbers are estimates.</p>
            </section>

            """
    }

    private var profile: HTML {
        guard let state, !state.parts.isEmpty else { return .empty }
        let rows = state.parts.map { part -> HTML in
            """
            <tr><td><code>\(part.part)</code></td><td>\(part.version)</td><td>\(Self.minute(part.loadedAt))</td></tr>

            """
        }
        return """
            <section aria-labelledby="profile">
            <h2 id="profile">Profile <code>\(installation.profile)</code></h2>
            <p>The country's own choices: areas, code lists, questionnaires, layouts and roles. Data only, versioned part by \
            part.</p>
            <details>
            <summary>\(state.parts.count) parts and their versions</summary>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="profile">
            <table>
            <thead><tr><th scope="col">Part</th><th scope="col">Version</th><th scope="col">Loaded</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            </div>
            </details>
            </section>

            """
    }

    static func title(_ name: String) -> String {
        switch name {
        case "database": "Database"
        case "migrations": "Migrations"
        case "event_log": "Event log"
        default: name
        }
    }

    private static func number(_ name: String, _ count: RegistryState.Count) -> HTML {
        """
        <div><dt>\(name)</dt><dd>\(count.isExact ? "" : "about ")\(grouped(count.value))</dd></div>

        """
    }

    /// 1234567 as 1 234 567, with spaces that do not break.
    static func grouped(_ value: Int) -> String {
        var digits = Array(String(value))
        var place = digits.count - 3
        while place > 0 {
            digits.insert("\u{202F}", at: place)
            place -= 3
        }
        return String(digits)
    }

    /// `2026-03-01 12:30 UTC`.
    static func minute(_ instant: Date) -> String {
        let seconds = Int(instant.timeIntervalSince1970.rounded(.down))
        let minutes = (seconds % 86_400 + 86_400) % 86_400 / 60
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(CalendarDate(utc: instant)) \(two(minutes / 60)):\(two(minutes % 60)) UTC"
    }
}
