import Foundation
import Runtime
import Telemetry

/// What every command stands on: settings, the program's own files, the data folder, log and clock.
struct Ground: Sendable {
    let settings: Settings
    let home: Home
    let data: DataFolder
    let logger: Logger
    let console: Console

    /// - Throws: `RuntimeFault.homeNotFound`.
    init(_ invocation: Invocation) throws(RuntimeFault) {
        settings = invocation.settings
        console = invocation.console
        home = try Home.find(explicit: invocation.option("home"))
        data = DataFolder(Self.absolute(settings.textIfSet(SettingsTable.data) ?? home.standardDataFolder()))
        logger = Logger(level: Logger.Level(rawValue: settings.text(SettingsTable.logLevel)) ?? .info)
    }

    /// The folder of the country profile.
    var profileFolder: String {
        let name = settings.text(SettingsTable.profile)
        return name.contains("/") ? Self.absolute(name) : home.profile(name)
    }

    var keyFile: String { settings.textIfSet(SettingsTable.keyFile).map(Self.absolute) ?? data.key }
    var filesFolder: String { settings.textIfSet(SettingsTable.files).map(Self.absolute) ?? data.files }

    /// A path as seen from where the program was called.
    static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return NSString(string: full).standardizingPath
    }
}
