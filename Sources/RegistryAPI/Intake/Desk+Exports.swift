import Audit
import Documents
import Groundwork
import Intake
import Postgres
import Registry
import Search
import Web

/// Whom the filter of a cohort is about.
private enum CohortSubject: String, CaseIterable { case people, households }

extension Desk {
    private static let exported: Route.Content = Route.Content([("text/csv", .bytes), ("application/x-ndjson", .bytes)])
    private static let note: String = """
        Everything is read on one snapshot and sent as it is read. CSV without content is the plain layout, which can be \
        imported again; so can people, households and participation, by the layouts registry_… of the profile. NDJSON has \
        one object a line. Identifiers and phones stand in it in full.
        """

    var exportRoutes: [Route] {
        [
            .get(
                "/api/v1/exports", needs: .export, "Export the registry or an area",
                operation: Route.Operation(
                    id: "export", tags: [Tag.imports.rawValue], description: Self.note,
                    parameters: [
                        .query("format", .choice(ExportRequest.Form.allCases.map(\.rawValue)), "csv when not given."),
                        .query(
                            "content", .choice(ExportRequest.Content.allCases.map(\.rawValue)),

                            """
                            For csv the plain layout when not given, for ndjson people. With csv one kind alone: people, \
                            households, participation or history, nobody left out.
                            """),
                        .query("area", "Only this area and below it."), .query("area_set", "Only this set of areas."),
                        .query("source", "For csv: write the keys of this source where it stated something."),
                        .query(
                            "for_spreadsheet", .boolean,
                            "For csv: an apostrophe before cells that a spreadsheet would run as formulas."),
                    ], responses: [Route.Answer(.ok, "The content.", Self.exported)]), answered(export)),
            .post(
                "/api/v1/exports", needs: .export, "Export a cohort",
                operation: Route.Operation(
                    id: "exportCohort", tags: [Tag.imports.rawValue],
                    description: Self.note + " The filter is that of a search.",
                    parameters: [Operations.idempotencyKey], body: .json(.ref("ExportDraft")),
                    responses: [Route.Answer(.ok, "The content.", Self.exported)]), answered(exportCohort)),
        ]
    }

    private func export(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let form = query.choice("format", ExportRequest.Form.self) ?? .csv
        let content = query.choice("content", ExportRequest.Content.self)
        let source = query.text("source", longest: 60)
        var reader = FilterReader(context: context)
        var request = ExportRequest(form: form, content: content, source: source)
        request.isForSpreadsheet = query.flag("for_spreadsheet")
        if let code = query.text("area", longest: 80) {
            request.area = context.areas.index.area(code)
            if request.area == nil {
                query.refuse("area", "area.unknown", "No area has this code; look it up under /api/v1/areas.")
            }
        }
        if let set = query.text("area_set", longest: 80),
            let within = reader.set(set, at: SearchForm.place("area_set"))
        {
            request.chosen = ExportRequest.Chosen(.household, within, today: today)
        }
        for finding in reader.findings { query.refuse(finding.path.steps.last ?? "", finding.code, finding.summary) }
        try query.finish()
        return try await exported(request, call)
    }

    private func exportCohort(_ call: Call) async throws -> Response {
        _ = try Precondition.idempotencyKey(call.request)
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        var request = ExportRequest(
            form: fields.choice("format", ExportRequest.Form.self) ?? .csv,
            content: fields.choice("content", ExportRequest.Content.self),
            source: fields.text("source", atMost: 60))
        request.isForSpreadsheet = fields.bool("for_spreadsheet") ?? false
        let subject = fields.choice("subject", CohortSubject.self, needed: true)
        let filter = fields.present("filter", needed: true)
        if let filter, let subject {
            var findings: [Finding] = []
            let kind: SubjectKind = subject == .people ? .person : .household
            if let read = FilterLanguage.read(filter, of: kind, context: context, findings: &findings) {
                request.chosen = ExportRequest.Chosen(kind, read, today: today)
            }
            fields.add(findings)
        }
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        return try await exported(request, call)
    }

    private func exported(_ request: ExportRequest, _ call: Call) async throws -> Response {
        guard let exporter = try room().exporter else { throw APIFault.importsOff }
        let mandate = call.mandate(.operation)
        // Who took what away stays known, also when the reader hangs up half-way.
        try await database.write(as: mandate) { tx throws(RegistryFault) in
            try await CommandLog.note(
                "export.begin",
                outcome: [
                    "format": .string(request.form.rawValue),
                    "content": .string(request.isPlain ? "plain" : request.content.rawValue),
                    "area": request.area.map { .string($0.reference) } ?? .null,
                    "is_cohort": .bool(request.chosen != nil),
                ], key: nil, hash: [], in: tx)
        }
        let isCSV = request.form == .csv
        let disclosed = call.disclosed
        disclosed.note(purpose: .operation)
        let fields = ["export." + (request.isPlain ? "plain" : request.content.rawValue)]
        var response = Response.stream(type: isCSV ? "text/csv; charset=utf-8" : "application/x-ndjson") { writer in
            _ = try await exporter.export(request, as: mandate, telling: { disclosed.note($0, fields: fields) }) {
                try await writer.write($0)
            }
        }
        response.headers["Content-Disposition"] = "attachment; filename=\"registry.\(isCSV ? "csv" : "ndjson")\""
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
