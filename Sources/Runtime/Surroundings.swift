import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What the process was born into.
public enum Surroundings {
    public static var environment: [String: String] { ProcessInfo.processInfo.environment }
    public static var isRoot: Bool { geteuid() == 0 }
}
