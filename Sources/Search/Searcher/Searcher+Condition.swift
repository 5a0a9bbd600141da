package import Groundwork
package import Postgres
package import Registry

extension Searcher {
    /// The condition that a row of people or households fits, for statements that others write.
    ///
    /// - Parameter row: alias of the row in that statement; `r` with a number belongs to the compiler.
    package func condition(
        _ query: RegistryQuery, of subject: SubjectKind, row: String, today: CalendarDate
    ) throws(RegistryFault) -> SQL {
        var compiler = QueryCompiler(context: context, today: today)
        return "(\(fragment: try compiler.condition(query, subject, row))) IS TRUE"
    }

    /// Which households fit, for statements over many of them: whatever is asked of members is gathered in one pass.
    ///
    /// - Parameters:
    ///   - row: alias of the row of `registry.household` in the statement.
    ///   - table: name of the pass; selections that stand in one statement need different ones.
    ///   - homes: selects the ids of the households that matter; nil for all.
    package func selection(
        _ query: RegistryQuery, row: String, table: String = "gathered", homes: SQL? = nil, today: CalendarDate
    ) throws(RegistryFault) -> HouseholdSelection {
        var compiler = QueryCompiler(context: context, today: today)
        compiler.gathering = Gathering(row: row, person: "r0", table: table)
        let fits = try compiler.condition(query, .household, row)
        let pass = compiler.gathering?.statement(homes: homes)
        return HouseholdSelection(
            table: pass.map { "\(unchecked: table) AS (\(fragment: $0))" },
            join: pass == nil
                ? "" : " LEFT JOIN \(unchecked: table) ON \(unchecked: table).home = \(unchecked: row).id",
            condition: "(\(fragment: fits)) IS TRUE")
    }
}

/// The parts of a statement over `registry.household` that select some of them.
package struct HouseholdSelection: Sendable {
    /// A common table expression to stand behind WITH; nil when nothing is asked of members.
    package var table: SQL?
    /// Behind the household's table.
    package var join: SQL
    package var condition: SQL

    /// `WITH …` and a blank, or nothing.
    package var with: SQL { table.map { "WITH \(fragment: $0) " } ?? "" }
}
