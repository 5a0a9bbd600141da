package import Intake

/// What imports need: the room for files, and a folder where uploads lie while they are read.
package struct IntakeDesk: Sendable {
    let importer: Importer
    /// Readable by the server alone; an upload is deleted as soon as it was read.
    let folder: String
    /// Files sent in pieces and imported by the server itself; nil turns them off.
    let uploads: Uploads?
    /// The way out; nil turns exports off.
    let exporter: Exporter?
    /// The importer of a layout of the profile.
    let layout: @Sendable (_ mapping: String) throws -> Importer

    package init(
        importer: Importer, folder: String, uploads: Uploads? = nil, exporter: Exporter? = nil,
        layout: (@Sendable (_ mapping: String) throws -> Importer)? = nil
    ) {
        (self.importer, self.folder, self.uploads, self.exporter) = (importer, folder, uploads, exporter)
        self.layout = layout ?? { try importer.with(layout: $0) }
    }
}
