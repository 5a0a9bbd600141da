import CPostgres
import Groundwork

/// Where the database is and how to speak with it.
public struct ConnectionSettings: Sendable, CustomStringConvertible {
    /// How statements are kept by the server.
    public enum Prepared: String, Sendable, CaseIterable {
        /// Parsed once per connection and then called by name; the fast choice.
        case named
        /// Parsed at every call; for a pooler in transaction mode such as PgBouncer.
        case unnamed
    }

    /// The parameters of libpq, e.g. `host`, `port`, `dbname`; the password among them is never printed.
    private var parameters: [String: Sensitive<String>]

    public var prepared: Prepared = .named
    /// The largest number of connections open at once.
    public var poolSize: Int = 16
    /// How long a request may wait for a connection.
    public var checkoutTimeout: Duration = .seconds(5)
    /// The server ends a statement that runs longer; nil for no limit.
    public var statementTimeout: Duration? = .seconds(60)
    /// A connection unused for so long is closed.
    public var idleTimeout: Duration = .seconds(300)
    /// How many statements each connection keeps prepared.
    public var statementCacheSize: Int = 256
    /// How often a write is run in all when it meets serialization failures.
    public var writeAttempts: Int = 8

    /// Reads a connection string of either form: `postgres://user@host/name` or `host=… dbname=…`.
    /// - Throws: `.misuse` when libpq does not understand it.
    public init(parsing text: String) throws(DatabaseError) {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &complaint) else {
            if let complaint { PQfreemem(complaint) }
            throw .misuse("the connection string is malformed")
        }
        defer { PQconninfoFree(options) }
        parameters = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                parameters[String(cString: keyword)] = Sensitive(String(cString: value))
            }
            option += 1
        }
    }

    /// A parameter of libpq by its name in the manual's section 34.1.2; nil leaves it to libpq.
    public subscript(parameter name: String) -> String? {
        get { parameters[name]?.reveal() }
        set { parameters[name] = newValue.map { Sensitive($0) } }
    }

    /// The name of the database; nil leaves it to libpq, which takes the user's name.
    public var database: String? {
        get { self[parameter: "dbname"] }
        set { self[parameter: "dbname"] = newValue }
    }

    /// What the server shows in `pg_stat_activity`.
    public var applicationName: String? {
        get { self[parameter: "application_name"] }
        set { self[parameter: "application_name"] = newValue }
    }

    /// `key='value'` pairs that libpq reads back, the password included.
    public var connectionString: String {
        parameters.sorted { $0.key < $1.key }.map { key, value in
            let text = value.reveal().replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            return "\(key)='\(text)'"
        }.joined(separator: " ")
    }

    /// Host, port and database; never user or password.
    public var description: String {
        ["host", "port", "dbname"].compactMap { name in self[parameter: name].map { "\(name)=\($0)" } }
            .joined(separator: " ")
    }

    /// What is handed to `PQconnectdbParams`: the parameters with our defaults below them.
    var effective: [(String, String)] {
        var all: [String: String] = [
            "application_name": "kith", "connect_timeout": "5", "keepalives_idle": "30", "keepalives_interval": "10",
            "keepalives_count": "3",
            // Keepalives are silent while what was sent is not acknowledged; without a bound that lasts a quarter of an hour.
            "tcp_user_timeout": "15000",
        ]
        for (key, value) in parameters { all[key] = value.reveal() }
        all["client_encoding"] = "UTF8"
        // A pooler refuses unknown startup options; there, statement_timeout is set inside each transaction.
        if prepared == .named, let statementTimeout {
            let option = "-c statement_timeout=\(statementTimeout.wholeMilliseconds)"
            all["options"] = [option, all["options"]].compactMap(\.self).joined(separator: " ")
        }
        return all.map { ($0.key, $0.value) }
    }
}

extension Duration {
    /// Rounded towards zero.
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
