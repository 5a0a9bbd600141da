import Foundation
package import Groundwork
package import Postgres
package import Registry

/// Taking a correction back, one command in each transaction, so that a stop in between loses nothing.
extension Corrections {
    /// Asks that a correction be undone; the worker does it. Asking again while it waits or runs changes nothing.
    ///
    /// - Throws: `.notCarriedOut` while items wait for being carried out, or none was.
    package func askUndo(_ id: ID<Proposal>, in tx: borrowing Transaction) async throws(QualityFault) {
        do {
            let proposal = try await proposals.find(id, lock: true, in: tx)
            guard proposal.kind == Proposals.manyKind else { throw QualityFault.correctionNotFound }
            let counts = try await proposals.counts(of: id, in: tx)
            let isOver = proposal.state == .executed && counts[.open, default: 0] == 0
            guard isOver, counts[.executed, default: 0] + counts[.undone, default: 0] > 0 else {
                throw QualityFault.notCarriedOut
            }
            _ = try await proposals.askUndo(of: id, in: tx)
        } catch RegistryFault.proposalNotFound {
            throw .correctionNotFound
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// Undoes the next command of the correction whose undoing waits longest; false when none waits.
    ///
    /// The last command goes first. Where a record of a command was changed later, what that command did is kept.
    func stepBack(as worker: Mandate) async throws(QualityFault) -> Bool {
        do {
            let waiting = try await database.read(as: worker) {
                (tx: borrowing Transaction) async throws -> (id: ID<Proposal>, askedBy: ActorID)? in
                try await proposals.waitingUndo(in: tx)
            }
            guard let (id, asker) = waiting else { return false }
            let mandate = Mandate(actor: asker, purpose: .maintenance, trace: worker.trace)
            do {
                try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                    try await takeBack(id, in: tx)
                }
            } catch let fault as RegistryFault {
                // Undone by itself meanwhile, or built upon: what can be taken back of it is taken back or kept.
                switch fault {
                case .laterChanges, .alreadyUndone, .cannotUndo:
                    let isUndone = if case .alreadyUndone = fault { true } else { false }
                    try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                        guard try await proposals.hold(id, in: tx),
                            let command = try await proposals.nextToUndo(of: id, in: tx)
                        else { return }
                        try await proposals.noteUndone(command, kept: !isUndone, of: id, in: tx)
                    }
                default: throw fault
                }
            }
            return true
        } catch {
            throw QualityFault(any: error)
        }
    }

    private func takeBack(_ id: ID<Proposal>, in tx: borrowing Transaction) async throws {
        guard try await proposals.hold(id, in: tx) else { return }
        guard let command = try await proposals.nextToUndo(of: id, in: tx) else {
            return try await proposals.endUndo(of: id, in: tx)
        }
        _ = try await registrar.perform(.undo(command), CommandTerms(observedOn: today()), in: tx)
        try await proposals.noteUndone(command, kept: false, of: id, in: tx)
    }
}
