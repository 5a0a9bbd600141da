package import Documents
package import Groundwork
package import Quality
package import Registry
package import Search

/// The filter as callers of the API write it, for others that take one: commands, quality rules, corrections.
package enum FilterLanguage {
    /// Reads a filter into the registry's query tree; nil when a finding was added.
    package static func read(
        _ json: JSON, of subject: SubjectKind, at path: FieldPath = "filter", context: RegistryContext,
        findings: inout [Finding]
    ) -> RegistryQuery? {
        var reader = FilterReader(context: context)
        let query = reader.read(json, of: subject, at: path)
        findings += reader.findings
        return reader.findings.isEmpty ? query : nil
    }

    /// The same for rooms that take filters and know no API.
    package static func parser(_ context: RegistryContext) -> FilterParser {
        { filter, subject, path, findings in
            read(filter, of: subject, at: path, context: context, findings: &findings)
        }
    }
}
