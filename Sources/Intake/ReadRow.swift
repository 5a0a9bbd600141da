import Documents
import Groundwork
import Registry

/// One line of the file as read, before the rest of its household is known.
struct ReadRow {
    var line: Int
    /// Byte of the file at which it begins.
    var offset: Int
    var raw: [UInt8]
    /// Nil where the line or the cell cannot be read.
    var householdKey: String?
    var personKey: String?
    var isHead: Bool = false
    /// False when the cells could not be told apart.
    var isReadable: Bool = true
    var person: JSONObject = [:]
    var household: JSONObject = [:]
    var contacts: Contacts = Contacts()
    /// Identifiers and phones of the household.
    var householdContacts: Contacts = Contacts()
    var relationship: String?
    var recipient: Recipient?
    var birth: PartialDate?
    var precision: PartialDate.Precision?
    var age: Int?
    var observedOn: CalendarDate?
    /// Until when the last recertification holds.
    var personDueOn: CalendarDate?
    var householdDueOn: CalendarDate?
    /// Cells of household columns on a line that is not the head's: empty, or the same as the head's.
    var repeated: [(place: Int, bytes: [UInt8])] = []
    var cells: CSVRow?
    /// What a programme reported, or a code and its area, by attribute.
    var stated: JSONObject = [:]
    var findings: [RowFinding] = []

    init(line: Int, offset: Int, raw: [UInt8]) {
        (self.line, self.offset, self.raw) = (line, offset, raw)
    }

    mutating func refuse(_ field: String, _ code: String, _ reason: String, _ remedy: String) {
        findings.append(RowFinding(field, code, reason, remedy))
    }
}
