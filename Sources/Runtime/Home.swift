import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Where the program's own files lie: migrations, profiles and standards.
///
/// Looked up in this order: `--home` or `KITH_HOME`, `<executable>/../share/kith`, and the checkout that the executable
/// was built in. The build folder may be gone; nothing is read from it.
public struct Home: Sendable, Hashable {
    /// How the files are laid out.
    public enum Layout: Sendable, Hashable {
        /// `PREFIX/share/kith` of `deploy/install PREFIX`.
        case installed
        /// The root of the source checkout.
        case checkout
    }

    public let layout: Layout
    /// `PREFIX/share/kith` or the root of the checkout, absolute.
    public let root: String

    /// A home whose layout is known.
    public init(_ layout: Layout, root: String) {
        (self.layout, self.root) = (layout, root)
    }

    /// The folder of `0001_….sql` files.
    public var migrations: String {
        layout == .installed ? root + "/migrations" : root + "/Sources/Schema/Migrations"
    }
    /// The folder of one folder for each country.
    public var profiles: String { root + "/profiles" }
    /// The folder of message shapes and code lists of foreign standards.
    public var standards: String { root + "/standards" }

    /// The folder of one country's profile.
    public func profile(_ name: String) -> String { profiles + "/" + name }

    /// Finds the home of the running program.
    ///
    /// - Parameter explicit: the value of `--home`; when nil, `KITH_HOME` is tried.
    /// - Throws: `.homeNotFound`, telling where was looked.
    public static func find(
        explicit: String? = nil, environment: [String: String] = Surroundings.environment,
        executable: String = Home.executable
    ) throws(RuntimeFault) -> Home {
        if let named = explicit ?? environment["KITH_HOME"] {
            guard let home = recognized(absolute(named)) else { throw .homeNotFound(tried: [absolute(named)]) }
            return home
        }
        let folder = parent(executable)
        let share = parent(folder) + "/share/kith"
        if let home = recognized(share) { return home }
        var place = folder
        while place != "/", !place.isEmpty {
            if let home = recognized(place), home.layout == .checkout { return home }
            place = parent(place)
        }
        throw .homeNotFound(tried: [share, folder + " and above"])
    }

    /// The absolute path of the running executable, with symbolic links resolved.
    public static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// The folder for the database, keys and files of this home when nobody names one.
    ///
    /// Root keeps it in `/var/lib/kith/<hash of the checkout or prefix>`; others in `var` of the checkout, or, for an
    /// installed copy, in `/var/lib/kith/<hash>` when they may write there, else in `~/.local/state/kith/<hash>`.
    public func standardDataFolder(
        isRoot: Bool = Surroundings.isRoot, environment: [String: String] = Surroundings.environment
    ) -> String {
        let owner = layout == .installed ? Self.parent(Self.parent(root)) : root
        let system = "/var/lib/kith/" + Self.hash(owner)
        if isRoot { return system }
        if layout == .checkout { return root + "/var" }
        let isWritable =
            FileManager.default.isWritableFile(atPath: system)
            || FileManager.default.isWritableFile(atPath: "/var/lib/kith")
        if isWritable { return system }
        let state = environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "/tmp") + "/.local/state"
        return state + "/kith/" + Self.hash(owner)
    }

    /// FNV-1a, 64 bits: tells checkouts apart and guards nothing.
    private static func hash(_ text: String) -> String {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func recognized(_ root: String) -> Home? {
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + name) }
        if exists("Package.swift"), exists("profiles") || exists("Sources/Schema/Migrations") {
            return Home(.checkout, root: root)
        }
        return exists("migrations") && exists("profiles") ? Home(.installed, root: root) : nil
    }

    private static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return NSString(string: full).standardizingPath
    }

    private static func parent(_ path: String) -> String { NSString(string: path).deletingLastPathComponent }
}
