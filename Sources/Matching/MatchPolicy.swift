package import Documents
import Foundation
import Groundwork

/// What a country does with suspected duplicates: `profiles/<country>/match/policy.json`.
package struct MatchPolicy: Sendable {
    /// What happens to a registration of somebody who may be on record already.
    package enum Intake: String, Sendable, CaseIterable {
        /// Refused, until the sender says that the people named are others.
        case refuse
        /// Accepted; the pair goes to review.
        case review
    }

    package enum Band: String, Sendable, CaseIterable { case review, strong }

    /// Bits from which a pair goes to review, and from which it is strong.
    package var review: Double
    package var strong: Double
    package var intake: Intake
    /// Bits from which a registration is held to be of somebody known.
    package var intakeBits: Double
    /// The largest number of people that one key may lead to.
    package var cap: Int
    /// Codes of the list `relationship` by which a member is the head's spouse, or child.
    package var spouses: Set<String>
    package var children: Set<String>

    /// - Throws: findings for what is missing or out of order.
    package init(_ json: JSON?) throws(MatchingFault) {
        var findings: [Finding] = []
        func bits(_ name: String) -> Double {
            guard let value = json?[name]?.decimal.map({ NSDecimalNumber(decimal: $0).doubleValue }),
                (-50...200).contains(value)
            else {
                findings.append(
                    Finding(FieldPath([name]), code: "policy.number", "A number of bits is needed, -50 to 200."))
                return 0
            }
            return value
        }
        (review, strong, intakeBits) = (bits("review_bits"), bits("strong_bits"), bits("intake_bits"))
        intake = json?["intake"]?.string.flatMap(Intake.init(rawValue:)) ?? .review
        cap = min(max(json?["cap"]?.int ?? 60, 10), 1000)
        spouses = Set((json?["spouses"]?.array ?? []).compactMap(\.string))
        children = Set((json?["children"]?.array ?? []).compactMap(\.string))
        if strong < review {
            findings.append(
                Finding("strong_bits", code: "policy.order", "The strong band begins above the review band."))
        }
        guard findings.isEmpty else { throw .policy(findings) }
    }

    package func band(_ bits: Double) -> Band? {
        bits >= strong ? .strong : bits >= review ? .review : nil
    }
}
