import DCI
import Runtime

/// Every setting of the program, declared once; help, check, manual and `kith settings` read this table.
enum SettingsTable {
    static let data: SettingKey = SettingKey(
        "data", .path,
        "The folder for database, keys, credentials and files; a place that fits the user and the copy unless given.")
    static let profile: SettingKey = SettingKey(
        "profile", .text, default: "burundi", "The country profile: a name under profiles, or the path of a folder.")

    static let databaseURL: SettingKey = SettingKey(
        "database.url", .text,
        "An existing PostgreSQL 15 or newer, e.g. postgresql://kith@db/kith; unset means one of its own in the data folder.",
        isSecret: true)
    static let databasePool: SettingKey = SettingKey(
        "database.pool", .integer(2...500), default: "16", "The largest number of connections open at once.")
    static let databasePrepared: SettingKey = SettingKey(
        "database.prepared", .choice(["named", "unnamed"]), default: "named",
        "How statements are prepared; unnamed for a pooler in transaction mode such as PgBouncer.")
    static let databaseWait: SettingKey = SettingKey(
        "database.wait", .duration, default: "5s", "How long a request may wait for a free connection.")
    static let databaseStatementTime: SettingKey = SettingKey(
        "database.statement-time", .duration, default: "60s", "The database ends a statement that runs longer.")
    static let databaseIdleTime: SettingKey = SettingKey(
        "database.idle-time", .duration, default: "5m", "A connection unused for so long is closed.")

    static let keyFile: SettingKey = SettingKey(
        "key.file", .path, "The file of the master key, mode 600; kith.key in the data folder unless given.")
    static let files: SettingKey = SettingKey(
        "files", .path, "The folder of encrypted attachments and uploads; files in the data folder unless given.")

    static let printFont: SettingKey = SettingKey(
        "print.font", .path, default: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "The TrueType font that printed lists are written with and hold; it must know the letters of the country's names."
    )
    static let printFontBold: SettingKey = SettingKey(
        "print.font-bold", .path, default: "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
        "The same for headings.")

    static let host: SettingKey = SettingKey(
        "http.host", .text, default: "127.0.0.1", "The address to listen on; 0.0.0.0 or :: for all.",
        shortOptions: ["host"])
    static let port: SettingKey = SettingKey(
        "http.port", .integer(0...65535), default: "8080", "The port to listen on; 0 takes a free one.",
        shortOptions: ["port"])
    static let publicURL: SettingKey = SettingKey(
        "http.url", .text,
        "The address under which others reach the server, e.g. https://registry.example; made from host and port unless given."
    )
    static let certificate: SettingKey = SettingKey(
        "http.certificate", .path,
        "A PEM file with the server's certificate and its chain; with it the server speaks HTTPS.")
    static let certificateKey: SettingKey = SettingKey(
        "http.certificate-key", .path, "A PEM file with the key of the certificate.")
    static let bodyLimit: SettingKey = SettingKey(
        "http.body-limit", .size, default: "1MiB", "The largest request body, for routes without a limit of their own.")
    static let connections: SettingKey = SettingKey(
        "http.connections", .integer(10...100_000), default: "2000", "The largest number of open connections.")
    static let requests: SettingKey = SettingKey(
        "http.requests", .integer(1...10_000),
        "Requests handled at once, those beyond get 503; four for each database connection unless given.")
    static let answerTime: SettingKey = SettingKey(
        "http.answer-time", .duration, default: "60s", "How long the answer to a request may take.")
    static let drainTime: SettingKey = SettingKey(
        "http.drain-time", .duration, default: "20s", "How long requests in flight may go on after SIGTERM.")

    static let tick: SettingKey = SettingKey(
        "events.tick", .duration, default: "100ms",
        "How long the sequencer of the event log rests when nothing happens.")
    static let logLevel: SettingKey = SettingKey(
        "log.level", .choice(["trace", "debug", "info", "warning", "error"]), default: "info",
        "The least important lines that are logged.")

    static let all: [SettingKey] =
        [
            data, profile, databaseURL, databasePool, databasePrepared, databaseWait, databaseStatementTime,
            databaseIdleTime, keyFile, files, printFont, printFontBold, host, port, publicURL, certificate,
            certificateKey, bodyLimit,
            connections,
            requests, answerTime, drainTime, tick, logLevel,
        ] + DCISettings.keys

    /// Every option that a setting may be given by, without dashes.
    static let optionNames: [String] = all.flatMap { [String($0.option.dropFirst(2))] + $0.shortOptions }

    /// What no single key can tell: settings that must stand together.
    static func mistakes(in settings: Settings) -> [String] {
        var mistakes: [String] = []
        if settings.isSet(certificate) != settings.isSet(certificateKey) {
            mistakes.append("http.certificate and http.certificate-key go together: give both or none.")
        }
        for key in [databaseWait, databaseStatementTime, databaseIdleTime, answerTime]
        where settings.duration(key) <= .zero {
            mistakes.append("\(key.name) must be longer than nothing.")
        }
        if settings.duration(tick) <= .zero || settings.duration(tick) > .milliseconds(100) {
            mistakes.append("events.tick lies between 1ms and 100ms.")
        }
        return mistakes
    }
}
