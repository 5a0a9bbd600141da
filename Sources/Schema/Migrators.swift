package import Postgres
package import Runtime

/// The schema of the database: `Migrations/*.sql`, one linear, forward-only history.
package enum Migrators {
    /// The migrator over the migrations that came with this program, whether installed or run from a checkout.
    package static func registry(in home: Home) -> Migrator {
        Migrator(folder: home.migrations)
    }
}
