/// How much a transaction sees of others that run beside it.
public enum Isolation: String, Sendable, CaseIterable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "READ COMMITTED"
    /// All statements see one snapshot; a conflicting write fails and is retried.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after the other; conflicts fail and are retried.
    case serializable = "SERIALIZABLE"
}
