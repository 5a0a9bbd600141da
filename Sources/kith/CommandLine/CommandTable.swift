extension Command {
    /// The one command table: the help, the parser and the manual are made from it.
    static let all: [Command] = [
        .migrate, .profile, .demo, .settings, .token,
    ]
}
