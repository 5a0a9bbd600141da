package import Intake

/// What imports need: the room for files, and a folder where uploads lie while they are read.
package struct IntakeDesk: Sendable {
    let importer: Importer
    /// Readable by the server alone; an upload is deleted as soon as it was read.
    let folder: String

    package init(importer: Importer, folder: String) {
        (self.importer, self.folder) = (importer, folder)
    }
}
