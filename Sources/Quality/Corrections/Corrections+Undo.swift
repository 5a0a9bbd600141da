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

    /// Undoes the next command of the correction whose undoing waits longest; false when none waits, or another run has it.
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
            switch try await takeBack(id, as: mandate) {
            case .busy: return false
            case .done: return true
            case .refused(let command, let isUndone):
                return try await note(command, isUndone: isUndone, of: id, as: mandate)
            }
        } catch {
            throw QualityFault(any: error)
        }
    }

    /// How one step of undoing ended.
    enum StepBack: Sendable {
        /// Another run has the correction in hand.
        case busy
        case done
        /// The command was undone by itself meanwhile, or something was built upon it.
        case refused(CommandID, isUndone: Bool)
    }

    /// A command that cannot be undone, carried out of the transaction that it broke.
    private struct Refusal: Error {
        var command: CommandID
        var isUndone: Bool
    }

    /// Undoes the next command of a correction, or ends the undoing when none is left.
    func takeBack(_ id: ID<Proposal>, as mandate: Mandate) async throws -> StepBack {
        do {
            return try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> StepBack in
                guard try await proposals.hold(id, in: tx) else { return .busy }
                guard let command = try await proposals.nextToUndo(of: id, in: tx) else {
                    try await proposals.endUndo(of: id, in: tx)
                    return .done
                }
                do {
                    _ = try await registrar.perform(.undo(command), CommandTerms(observedOn: today()), in: tx)
                } catch RegistryFault.alreadyUndone {
                    throw Refusal(command: command, isUndone: true)
                } catch RegistryFault.laterChanges {
                    throw Refusal(command: command, isUndone: false)
                } catch RegistryFault.cannotUndo {
                    throw Refusal(command: command, isUndone: false)
                }
                try await proposals.noteUndone(command, kept: false, of: id, in: tx)
                return .done
            }
        } catch let refusal as Refusal {
            return .refused(refusal.command, isUndone: refusal.isUndone)
        }
    }

    /// Notes of exactly this command that it is undone or kept: since the refusal another run may have gone on to the next.
    ///
    /// - Returns: false when another run has the correction in hand, which meets the same refusal.
    func note(
        _ command: CommandID, isUndone: Bool, of id: ID<Proposal>, as mandate: Mandate
    ) async throws -> Bool {
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Bool in
            guard try await proposals.hold(id, in: tx) else { return false }
            try await proposals.noteUndone(command, kept: !isUndone, of: id, in: tx)
            return true
        }
    }
}
