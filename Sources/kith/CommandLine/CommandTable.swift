extension Command {
    /// The one command table: the help, the parser and the manual are made from it.
    static let all: [Command] = [
        .up, .serve, .migrate, .profile, .areas, .demo, .imports, .export, .quality, .pmt, .rule, .round, .match,
        .search, .settings,
        .token, .audit,
    ]
}
