package import Groundwork
package import Registry
import Synchronization

/// What a handler says its answer tells: about whom, and which attributes. The gate around the handler reads it.
///
/// Saying nothing is not the same as naming nobody: a page that found nobody is noted too.
package final class Disclosed: Sendable {
    /// What was noted since the last `take`.
    package struct Contents: Sendable {
        /// Whether anything was noted, be it that nobody was found.
        package var isDeclared: Bool = false
        /// Each subject once, in the order in which they were noted.
        package var subjects: [Subject] = []
        package var fields: Set<String> = []
        package var command: CommandID?
        package var client: String?
        package var purpose: Purpose?
    }

    private struct State {
        var contents = Contents()
        var known: Set<Subject> = []
    }

    private let state: Mutex<State> = Mutex(State())

    package init() {}

    /// Somebody the answer tells about.
    package func note(_ subject: Subject, fields: some Sequence<String> = []) {
        note(CollectionOfOne(subject), fields: fields)
    }

    /// Those the answer tells about, who may be nobody.
    package func note(_ subjects: some Sequence<Subject>, fields: some Sequence<String> = []) {
        state.withLock { state in
            state.contents.isDeclared = true
            for subject in subjects where state.known.insert(subject).inserted {
                state.contents.subjects.append(subject)
            }
            state.contents.fields.formUnion(fields)
        }
    }

    /// That the answer, whatever it is, tells about nobody.
    package func noteNobody() {
        state.withLock { $0.contents.isDeclared = true }
    }

    /// The change that was made, and why.
    package func note(command: CommandID, purpose: Purpose? = nil) {
        state.withLock { state in
            state.contents.isDeclared = true
            state.contents.command = command
            if let purpose { state.contents.purpose = purpose }
        }
    }

    /// Why the answer was asked for; `search` when nothing is said.
    package func note(purpose: Purpose) {
        state.withLock { $0.contents.purpose = purpose }
    }

    /// How the system that asks names itself.
    package func note(client: String) {
        state.withLock { $0.contents.client = client }
    }

    /// Hands over what was noted; of a stream, subjects then begin anew, while purpose and client stay.
    package func take() -> Contents {
        state.withLock { state in
            let taken = state.contents
            state.contents.subjects = []
            state.known = []
            return taken
        }
    }
}
