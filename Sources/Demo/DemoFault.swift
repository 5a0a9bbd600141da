package import Groundwork

/// Why no demo registry could be made.
package enum DemoFault: Fault {
    /// A part of the profile that the demo needs is missing or unreadable.
    case profile(file: String)
    case households
    /// The profile has no such layout for the demo.
    case layout(String, known: [String])
    case writing(file: String)

    package var code: String {
        switch self {
        case .profile: "demo.profile"
        case .households: "demo.households"
        case .layout: "demo.layout"
        case .writing: "demo.writing"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .households: .invalid([Finding("households", code: code, summary)])
        case .layout: .invalid([Finding("layout", code: code, summary)])
        case .profile, .writing: .defect
        }
    }

    package var summary: String {
        switch self {
        case .profile(let file): "The profile's part \(file) is missing or cannot be read; check the profile."
        case .households: "The number of households must lie between 1 and 10000000."
        case .layout(let code, let known):
            "The demo has no layout \(code); it has: \(known.joined(separator: ", "))."
        case .writing(let file): "The file \(file) cannot be written; check the folder and the space left."
        }
    }
}
