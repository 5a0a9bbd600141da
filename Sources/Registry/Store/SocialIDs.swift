import Cryptography
import Groundwork
package import Postgres

/// Gives out social ids: 12 digits, nothing about area or time inside, the last two check digits.
package enum SocialIDs {
    /// Bodies of ten digits that do not begin with 0.
    static let count: UInt64 = 9_000_000_000
    static let refill: Int = 20_000

    /// Draws `count` numbers from the pool and refills it when it runs low.
    ///
    /// Numbers drawn by a transaction that is rolled back return to the pool; two transactions never draw the same.
    package static func draw(
        _ count: Int, context: RegistryContext, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [String] {
        guard count > 0 else { return [] }
        for _ in 0..<3 {
            let rows = try await query(drawing(count), in: tx)
            var drawn: [String] = []
            do {
                for row in rows { drawn.append(try row.get(0)) }
            } catch {
                throw .store(error)
            }
            if drawn.count == count { return drawn }
            try await add(max(refill, count), context: context, in: tx)
            let rest = try await query(drawing(count - drawn.count), in: tx)
            do {
                for row in rest { drawn.append(try row.get(0)) }
            } catch {
                throw .store(error)
            }
            if drawn.count == count { return drawn }
        }
        throw .defect("the pool of social ids cannot be filled")
    }

    /// Takes `count` numbers directly off the shuffled order, past the pool; for many at once.
    ///
    /// Whoever refills the pool waits until this transaction ends; numbers of one that is rolled back are not lost.
    package static func block(
        _ count: Int, context: RegistryContext, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [String] {
        guard count > 0 else { return [] }
        let first = try await advance(count, in: tx)
        return (first..<(first + Int64(count))).map { number(at: $0, context: context) }
    }

    private static func drawing(_ count: Int) -> SQL {
        """
        DELETE FROM registry.social_id_pool
        WHERE place IN (
            SELECT place FROM registry.social_id_pool ORDER BY place LIMIT \(count) FOR UPDATE SKIP LOCKED)
        RETURNING social_id
        """
    }

    /// Writes the next numbers of the shuffled order into the pool.
    package static func add(
        _ count: Int, context: RegistryContext, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let first = try await advance(count, in: tx)
        var places: [Int64] = []
        var numbers: [String] = []
        places.reserveCapacity(count)
        numbers.reserveCapacity(count)
        for place in first..<(first + Int64(count)) {
            places.append(place)
            numbers.append(number(at: place, context: context))
        }
        _ = try await query(
            """
            INSERT INTO registry.social_id_pool (place, social_id)
            SELECT * FROM unnest(\(places)::bigint[], \(numbers)::text[])
            """, in: tx)
    }

    private static func advance(_ count: Int, in tx: borrowing Transaction) async throws(RegistryFault) -> Int64 {
        let rows = try await query(
            """
            UPDATE registry.social_id_counter SET next_place = next_place + \(count)
            RETURNING next_place - \(count)
            """, in: tx)
        do {
            return try rows.first?.get(0) ?? 0
        } catch {
            throw .store(error)
        }
    }

    private static func number(at place: Int64, context: RegistryContext) -> String {
        let body = 1_000_000_000 + context.keys.permute(UInt64(place), below: Self.count, domain: "social-id")
        let digits = String(body)
        return digits + MOD97.checkDigits(digits)
    }
}
