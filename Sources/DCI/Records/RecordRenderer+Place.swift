import Documents
import Registry
import Search

extension RecordRenderer {
    /// `geographical_location`: the area, around it the next, up to the country (core Place).
    func place(of record: HouseholdRecord, _ areas: AreaIndex, _ writer: inout JSONWriter) {
        guard let area = record.area else { return }
        writer.key("geographical_location")
        let path = areas.path(to: area)
        for (depth, area) in path.reversed().enumerated() {
            if depth > 0 { writer.key("contained_in_place") }
            writer.beginObject()
            writer.member("@type", "Place")
            writer.member("name", area.name)
            identity(of: area, &writer)
            if depth == 0 { own(record, &writer) }
        }
        for _ in path { writer.endObject() }
    }

    private func own(_ record: HouseholdRecord, _ writer: inout JSONWriter) {
        if let line = record.values["address"]?.string { writer.member("address_line", line) }
        guard case .number? = record.values["latitude"], case .number? = record.values["longitude"],
            let latitude = record.values["latitude"], let longitude = record.values["longitude"]
        else { return }
        writer.key("geo")
        writer.object { writer in
            writer.member("latitude", latitude)
            writer.member("longitude", longitude)
        }
    }

    /// Kind and code of a place, as places are named in locations.json (locations_core_api_v1.0.0).
    private func identity(of area: Area, _ writer: inout JSONWriter) {
        writer.member("additional_type", area.levelName)
        writer.key("identifier")
        writer.array { writer in
            writer.object { writer in
                writer.member("@type", "PropertyValue")
                writer.member("name", area.geography)
                writer.member("identifier", area.code)
            }
        }
    }

    /// One address from the area's path: region and sub-region are the first two levels below the country, the locality
    /// is the smallest area (core Address).
    func address(_ area: Area?, line: String?, _ areas: AreaIndex, _ writer: inout JSONWriter) {
        writer.array { writer in
            guard area != nil || line != nil else { return }
            writer.object { writer in
                if let line { writer.member("address_line_1", line) }
                if let area {
                    writer.member("locality", area.name)
                    var around: Area? = area
                    while let next = around, next.level > 0 {
                        if next.level == 2 { writer.member("sub_region_code", next.code) }
                        if next.level == 1 { writer.member("region_code", next.code) }
                        around = next.parent.flatMap { areas[$0] }
                    }
                }
                if !country.code.isEmpty { writer.member("country_code", country.code) }
            }
        }
    }
}
