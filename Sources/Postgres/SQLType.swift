/// A type of PostgreSQL by its object identifiers, which are fixed for the built-in types.
///
/// Source: `pg_type.dat` of PostgreSQL 15.
public struct SQLType: Sendable, Hashable {
    public let oid: UInt32
    /// The type "array of this"; zero where there is none.
    public let arrayOID: UInt32

    public init(oid: UInt32, arrayOID: UInt32 = 0) {
        (self.oid, self.arrayOID) = (oid, arrayOID)
    }

    public static let bool: SQLType = SQLType(oid: 16, arrayOID: 1000)
    public static let bytea: SQLType = SQLType(oid: 17, arrayOID: 1001)
    public static let int8: SQLType = SQLType(oid: 20, arrayOID: 1016)
    public static let int2: SQLType = SQLType(oid: 21, arrayOID: 1005)
    public static let int4: SQLType = SQLType(oid: 23, arrayOID: 1007)
    public static let text: SQLType = SQLType(oid: 25, arrayOID: 1009)
    public static let json: SQLType = SQLType(oid: 114, arrayOID: 199)
    public static let float4: SQLType = SQLType(oid: 700, arrayOID: 1021)
    public static let float8: SQLType = SQLType(oid: 701, arrayOID: 1022)
    public static let date: SQLType = SQLType(oid: 1082, arrayOID: 1182)
    public static let timestamp: SQLType = SQLType(oid: 1114, arrayOID: 1115)
    public static let timestamptz: SQLType = SQLType(oid: 1184, arrayOID: 1185)
    public static let numeric: SQLType = SQLType(oid: 1700, arrayOID: 1231)
    public static let uuid: SQLType = SQLType(oid: 2950, arrayOID: 2951)
    public static let jsonb: SQLType = SQLType(oid: 3802, arrayOID: 3807)

    /// Types below this number are built in; above are enums, domains and extensions of one database.
    static let firstUserOID: UInt32 = 16_384

    /// Whether the binary form of the type is its text in UTF-8.
    static func isTextual(_ oid: UInt32) -> Bool {
        switch oid {
        case 25, 1043, 1042, 19, 18, 705, 114, 142, 2275: true
        default: oid >= firstUserOID
        }
    }
}
