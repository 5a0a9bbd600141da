import Postgres
import Testing

@Suite struct `Writing statements` {
    @Test func `values become placeholders`() {
        let sql: SQL = "SELECT \(1), \("x'; DROP TABLE person; --")"

        #expect(sql.text == "SELECT $1, $2")
        #expect(sql.parameterCount == 2)
    }

    @Test func `fragments are renumbered`() {
        let inner: SQL = "a = \(1) AND b = \(2)"
        let sql: SQL = "SELECT \("first") WHERE \(fragment: inner) OR \(fragment: inner) LIMIT \(9)"

        #expect(sql.text == "SELECT $1 WHERE a = $2 AND b = $3 OR a = $4 AND b = $5 LIMIT $6")
    }

    @Test func `more than nine placeholders are renumbered`() {
        let many = SQL.joined((0..<12).map { "\($0)" }, by: ", ")
        let sql: SQL = "VALUES (\(true), \(fragment: many))"

        #expect(many.text == "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12")
        #expect(sql.text == "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
    }

    @Test func `text that looks like a placeholder is left alone`() {
        let fragment: SQL = "SELECT '$1', \(5)"
        let sql: SQL = "SELECT \(1) UNION \(fragment: fragment)"

        #expect(sql.text == "SELECT $1 UNION SELECT '$1', $2")
    }

    @Test func `characters of several bytes before a placeholder do no harm`() {
        let fragment: SQL = "SELECT 'é日🏡', \(5), 'é', \(6) -- é"
        let sql: SQL = "SELECT \(1) UNION \(fragment: fragment)"

        #expect(sql.text == "SELECT $1 UNION SELECT 'é日🏡', $2, 'é', $3 -- é")
    }

    @Test func `names are quoted`() {
        let sql: SQL = "SELECT * FROM \(identifier: "registry", #"odd"name"#)"

        #expect(sql.text == #"SELECT * FROM "registry"."odd""name""#)
    }
}
