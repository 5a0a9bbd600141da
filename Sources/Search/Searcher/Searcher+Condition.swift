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
}
