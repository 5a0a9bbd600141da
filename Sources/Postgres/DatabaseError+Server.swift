import CPostgres
import Foundation

extension DatabaseError {
    /// The error that a result of the server carries. `wasCancelled`: this side had asked for the statement's end.
    init(result: OpaquePointer?, connection: OpaquePointer, wasCancelled: Bool) {
        func field(_ code: some BinaryInteger) -> String? {
            guard let text = PQresultErrorField(result, Int32(truncatingIfNeeded: code)) else { return nil }
            return String(cString: text)
        }
        guard let result, let state = field(KITH_DIAG_SQLSTATE) else {
            let text = String(cString: PQerrorMessage(connection))
            self.init(.connection, message: text.trimmingCharacters(in: .whitespacesAndNewlines), isFatal: true)
            return
        }
        let schema = field(KITH_DIAG_SCHEMA)
        let table = field(KITH_DIAG_TABLE)
        let column = field(KITH_DIAG_COLUMN)
        let constraint = field(KITH_DIAG_CONSTRAINT)
        let severity = field(KITH_DIAG_SEVERITY) ?? "ERROR"
        // The check that finds a changed result type; its message is translated, its name is not.
        let routine = field(KITH_DIAG_ROUTINE)
        let message = String(cString: PQresultErrorMessage(result))
        let name = constraint ?? [table, column].compactMap(\.self).joined(separator: ".")
        self.init(
            Self.kind(of: state, constraint: name, wasCancelled: wasCancelled), sqlState: state, schema: schema,
            table: table, column: column, position: field(KITH_DIAG_POSITION).flatMap { Int($0) },
            message: message.trimmingCharacters(in: .whitespacesAndNewlines), isFatal: severity != "ERROR",
            isStalePlan: state == "26000" || routine == "RevalidateCachedQuery")
    }

    /// The kind by SQLSTATE, as listed in appendix A of the PostgreSQL 15 manual.
    private static func kind(of state: String, constraint: String, wasCancelled: Bool) -> Kind {
        switch state {
        case "23505": .constraint(name: constraint, kind: .unique)
        case "23503": .constraint(name: constraint, kind: .foreignKey)
        case "23514": .constraint(name: constraint, kind: .check)
        case "23502": .constraint(name: constraint, kind: .notNull)
        case "23P01": .constraint(name: constraint, kind: .exclusion)
        case "40001": .serialization
        case "40P01": .deadlock
        // The server uses one code for statement_timeout and for a cancel request; only this side knows which it was.
        case "57014": wasCancelled ? .cancelled : .timeout
        case "55P03", "25P03": .timeout
        case "57P01", "57P02", "57P03", "57P05", "53300": .connection
        default: state.hasPrefix("08") ? .connection : .server(sqlState: state)
        }
    }
}
