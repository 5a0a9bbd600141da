import Documents
import Groundwork
import Registry

extension CommandForm {
    func move(_ fields: inout Fields) -> Command? {
        let id = householdID(&fields)
        let area = fields.text("area", needed: true, atMost: 80)
        let address = fields.text("address")
        guard let id, let area else { return nil }
        return .moveHousehold(id, area: area, address: address)
    }

    func split(_ fields: inout Fields) -> Command? {
        let id = householdID(&fields)
        let members: [ID<Person>]? = fields.ids("members", needed: true, atMost: DraftForms.memberLimit)
        let claims = DraftForms.attributes(&fields)
        let successor: ID<Person>? = fields.id("successor")
        guard let id, let members else { return nil }
        return .splitHousehold(id, members: members, claims: claims, successor: successor)
    }

    func merge(_ fields: inout Fields) -> Command? {
        let survivor = householdID(&fields)
        let absorbed: ID<Household>? = fields.id("absorbed", needed: true)
        guard let survivor, let absorbed else { return nil }
        return .mergeHouseholds(survivor: survivor, absorbed: absorbed)
    }

    func add(_ fields: inout Fields) -> Command? {
        let id = householdID(&fields)
        let member = DraftForms.member(&fields)
        guard let id, let member else { return nil }
        return .addMember(id, member)
    }

    func change(_ fields: inout Fields) -> Command? {
        let (household, person) = (householdID(&fields), personID(&fields))
        let role = fields.choice("role", MemberRole.self)
        let relationship = fields.text("relationship", atMost: 60)
        let recipient = fields.choice("recipient", Recipient.self)
        guard let household, let person else { return nil }
        return .changeMember(household, person, role: role, relationship: relationship, recipient: recipient)
    }

    func leave(_ fields: inout Fields) -> Command? {
        let (household, person) = (householdID(&fields), personID(&fields))
        let reason = fields.text("reason", needed: true, atMost: 60)
        let successor: ID<Person>? = fields.id("successor")
        guard let household, let person, let reason else { return nil }
        return .memberLeaves(household, person, reason: reason, successor: successor)
    }

    func transfer(_ fields: inout Fields) -> Command? {
        let person = personID(&fields)
        let from: ID<Household>? = fields.id("from", needed: true)
        let to: ID<Household>? = fields.id("to", needed: true)
        let role = fields.choice("role", MemberRole.self) ?? .member
        let relationship = fields.text("relationship", atMost: 60)
        let successor: ID<Person>? = fields.id("successor")
        guard let person, let from, let to else { return nil }
        return .transferMember(
            person, from: from, to: to, role: role, relationship: relationship, successor: successor)
    }
}
