package import Intake

/// What imports need: the room for files, and a folder where uploads lie while they are read.
package struct IntakeDesk: Sendable {
    let importer: Importer
    /// Readable by the server alone; an upload is deleted as soon as it was read.
    let folder: String
    /// Files sent in pieces and imported by the server itself; nil turns them off.
    let uploads: Uploads?
    /// The importer of a layout of the profile.
    let layout: @Sendable (_ mapping: String) throws -> Importer

    package init(
        importer: Importer, folder: String, uploads: Uploads? = nil,
        layout: (@Sendable (_ mapping: String) throws -> Importer)? = nil
    ) {
        (self.importer, self.folder, self.uploads) = (importer, folder, uploads)
        self.layout =
            layout ?? { mapping in
                guard mapping == "plain" else { throw UploadFault.layoutUnknown(mapping) }
                return importer
            }
    }
}
