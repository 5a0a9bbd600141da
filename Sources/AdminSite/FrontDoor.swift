package import Documents
package import Foundation
package import Groundwork
import Markup
package import Postgres
package import Runtime
package import Telemetry
package import Web

/// The pages that anybody may read, and what machines ask about health: nothing here is about anyone.
package struct FrontDoor: Sendable {
    /// What the composition root knows about the installation.
    package struct Installation: Sendable {
        /// Name of the program's version, e.g. `0.1.0`.
        package var version: String
        /// Title of the profile, e.g. `Burundi: national unified social registry`.
        package var title: String
        /// Code of the profile, e.g. `burundi`.
        package var profile: String
        package var startedAt: Date
        /// The address under which callers reach the server, without a slash at its end.
        package var address: String

        package init(version: String, title: String, profile: String, startedAt: Date, address: String) {
            (self.version, self.title, self.profile) = (version, title, profile)
            (self.startedAt, self.address) = (startedAt, address)
        }
    }

    package let routes: [Route]

    /// - Parameters:
    ///   - openAPI: the document that the reference shows.
    ///   - operator: the actor in whose name the state is read.
    ///   - migrationsAreCurrent: whether every migration of this program is applied.
    package init(
        database: Database, installation: Installation, openAPI: JSON, metrics: Metrics, clock: any WallClock,
        reader: ActorID, migrationsAreCurrent: @escaping @Sendable () async throws -> Bool
    ) {
        let mandate = Mandate(actor: reader, purpose: .operation)
        let checks = HealthChecks(database: database, mandate: mandate, migrationsAreCurrent: migrationsAreCurrent)
        let state = StateCache(database: database, mandate: mandate)
        let reference = ReferencePage(Reference(openAPI), installation: installation).rendered
        routes =
            (Self.pages(installation, state, checks, reference, clock) + Self.assets + Self.health(checks, metrics))
            .disclosing(.nothing)
    }

    private static func pages(
        _ installation: Installation, _ state: StateCache, _ checks: HealthChecks, _ reference: [UInt8],
        _ clock: any WallClock
    ) -> [Route] {
        [
            // Open: what runs here, for whoever comes by; it holds counts, and nothing about anyone.
            .get("/", needs: .open, "Front page", operation: .hidden) { _ in
                let page = FrontPage(
                    installation: installation, state: await state.current(), checks: await checks.run(),
                    now: clock.now)
                return .html(page.html.text)
            },
            // Open: a contract is no secret.
            .get("/reference", needs: .open, "API reference", operation: .hidden) { _ in
                Response.bytes(reference, type: "text/html; charset=utf-8").with("Cache-Control", "no-cache")
            },
        ]
    }

    private static var assets: [Route] {
        [
            // Open: styles of open pages.
            .get("/assets/kith.css", needs: .open, "Stylesheet", operation: .hidden) { request in
                Asset.stylesheet.answer(request)
            },
            // Open: the mark of open pages.
            .get("/assets/kith.svg", needs: .open, "Mark", operation: .hidden) { request in
                Asset.mark.answer(request)
            },
        ]
    }

    private static func health(_ checks: HealthChecks, _ metrics: Metrics) -> [Route] {
        [
            // Open: whoever watches the process needs no token.
            .get("/healthz", needs: .open, "Whether the process is alive", operation: .hidden, answersWhenBusy: true) {
                _ in .text("alive\n")
            },
            // Open: as above.
            .get("/readyz", needs: .open, "Whether requests can be served", operation: .hidden, answersWhenBusy: true) {
                _ in
                let results = await checks.run()
                let isReady = results.allSatisfy(\.isGood)
                return .json(HealthChecks.json(results), status: isReady ? .ok : .serviceUnavailable)
            },
            // Open: numbers about the process; put it behind the proxy where they shall not be public.
            .get("/metrics", needs: .open, "Numbers for Prometheus", operation: .hidden, answersWhenBusy: true) { _ in
                .bytes(Array(metrics.prometheusText().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }
}
