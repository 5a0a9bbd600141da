import Documents
import Foundation
import Groundwork
import Linkage
package import Postgres
import Registry

/// Writes a profile into the database: areas, sets, questionnaires, and which parts are loaded.
///
/// Installing again changes only what changed: areas keep their ids, and when the walk of the tree is renumbered, the
/// rows that carry numbers follow in the same transaction.
package struct ProfileInstaller: Sendable {
    let profile: Profile

    package init(profile: Profile) {
        self.profile = profile
    }

    /// Room for the preorder numbers of one geography.
    static let block: Int = 1_000_000

    /// - Returns: paths of the parts that were new or had changed.
    package func install(in tx: borrowing Transaction) async throws -> [String] {
        _ = try await tx.query("SELECT pg_advisory_xact_lock(\(Int64(0x4B69_7468_5072_6F66)))")
        let changed = try await changedParts(in: tx)
        guard !changed.isEmpty else { return [] }
        for geography in profile.geographies { try await install(geography, in: tx) }
        try await followNumbers(in: tx)
        try await installSets(in: tx)
        try await installCrosswalks(in: tx)
        for form in profile.forms { try await install(form, in: tx) }
        for part in profile.parts where changed.contains(part.path) {
            _ = try await tx.query(
                """
                INSERT INTO registry.profile_part (profile, part, version, hash)
                VALUES (\(profile.code), \(part.path), \(part.version), \(part.hash))
                ON CONFLICT ON CONSTRAINT profile_part_pk
                DO UPDATE SET version = EXCLUDED.version, hash = EXCLUDED.hash, loaded_at = now()
                """)
        }
        return changed.sorted()
    }

    private func changedParts(in tx: borrowing Transaction) async throws -> Set<String> {
        var held: [String: [UInt8]] = [:]
        for row in try await tx.query(
            "SELECT part, hash FROM registry.profile_part WHERE profile = \(profile.code)")
        {
            held[try row.get(0, as: String.self)] = try row.get(1)
        }
        return Set(profile.parts.filter { held[$0.path] != $0.hash }.map(\.path))
    }

    private func install(_ geography: Geography, in tx: borrowing Transaction) async throws {
        let found = try await tx.query("SELECT id FROM registry.geography WHERE code = \(geography.code)")
        let id: Int32
        if let row = found.first {
            id = try row.get(0)
        } else {
            id = try await tx.query("SELECT coalesce(max(id), 0) + 1 FROM registry.geography").first?.get(0) ?? 1
        }
        _ = try await tx.query(
            """
            INSERT INTO registry.geography (id, code, name, valid_from, valid_to)
            VALUES (\(id), \(geography.code), \(geography.title), \(geography.validFrom), \(geography.validTo))
            ON CONFLICT ON CONSTRAINT geography_pk
            DO UPDATE SET name = EXCLUDED.name, valid_from = EXCLUDED.valid_from, valid_to = EXCLUDED.valid_to
            """)
        var ids: [String: Int] = [:]
        for row in try await tx.query("SELECT code, id FROM registry.area WHERE geography_id = \(id)") {
            ids[try row.get(0, as: String.self)] = Int(try row.get(1, as: Int32.self))
        }
        var next = Int(
            try await tx.query("SELECT coalesce(max(id), 0) + 1 FROM registry.area").first?.get(0, as: Int32.self) ?? 1)
        for entry in geography.entries where ids[entry.code] == nil {
            ids[entry.code] = next
            next += 1
        }
        let numbers = Preorder.number(geography.entries, from: (Int(id) - 1) * Self.block + 1)
        var areas: [JSON] = []
        var codes: [JSON] = []
        var aliases: [JSON] = []
        for entry in geography.entries {
            guard let area = ids[entry.code], let number = numbers[entry.code] else { continue }
            areas.append(
                .object([
                    "id": .number(JSONNumber(area)), "geography_id": .number(JSONNumber(Int(id))),
                    "code": .string(entry.code), "name": .string(entry.name),
                    "name_normalised": .string(normalised(entry.name)), "level": .number(JSONNumber(entry.level)),
                    "level_name": .string(entry.levelName),
                    "parent_id": entry.parent.flatMap { ids[$0] }.map { .number(JSONNumber($0)) } ?? .null,
                    "preorder": .number(JSONNumber(number.first)),
                    "last_preorder": .number(JSONNumber(number.last)),
                ]))
            for other in entry.otherCodes {
                codes.append(
                    .object([
                        "system": .string(other.system), "code": .string(other.code),
                        "area_id": .number(JSONNumber(area)),
                    ]))
            }
            for alias in entry.aliases where alias != entry.name {
                aliases.append(
                    .object([
                        "area_id": .number(JSONNumber(area)), "name": .string(alias),
                        "name_normalised": .string(normalised(alias)),
                    ]))
            }
        }
        try await write(areas, codes, aliases, geography: id, in: tx)
    }

    private func normalised(_ name: String) -> String {
        profile.nameKeys.normaliser.normalised(name)
    }

    private func write(
        _ areas: [JSON], _ codes: [JSON], _ aliases: [JSON], geography: Int32, in tx: borrowing Transaction
    ) async throws {
        _ = try await tx.query("SET CONSTRAINTS registry.area_preorder_unique DEFERRED")
        _ = try await tx.query(
            """
            INSERT INTO registry.area (
                id, geography_id, code, name, name_normalised, level, level_name, parent_id, preorder, last_preorder)
            SELECT id, geography_id, code, name, name_normalised, level, level_name, parent_id, preorder, last_preorder
            FROM jsonb_populate_recordset(NULL::registry.area, \(JSONB(JSON.array(areas).serialized())))
            ON CONFLICT ON CONSTRAINT area_pk
            DO UPDATE SET name = EXCLUDED.name, name_normalised = EXCLUDED.name_normalised, level = EXCLUDED.level,
                level_name = EXCLUDED.level_name, parent_id = EXCLUDED.parent_id, preorder = EXCLUDED.preorder,
                last_preorder = EXCLUDED.last_preorder
            """)
        _ = try await tx.query(
            """
            DELETE FROM registry.area_code
            WHERE command_id IS NULL AND area_id IN (SELECT id FROM registry.area WHERE geography_id = \(geography))
            """)
        _ = try await tx.query(
            """
            INSERT INTO registry.area_code (system, code, area_id)
            SELECT system, code, area_id
            FROM jsonb_populate_recordset(NULL::registry.area_code, \(JSONB(JSON.array(codes).serialized())))
            ON CONFLICT ON CONSTRAINT area_code_pk DO NOTHING
            """)
        _ = try await tx.query(
            """
            DELETE FROM registry.area_alias
            WHERE area_id IN (SELECT id FROM registry.area WHERE geography_id = \(geography))
            """)
        _ = try await tx.query(
            """
            INSERT INTO registry.area_alias (area_id, name, name_normalised)
            SELECT area_id, name, name_normalised
            FROM jsonb_populate_recordset(NULL::registry.area_alias, \(JSONB(JSON.array(aliases).serialized())))
            ON CONFLICT ON CONSTRAINT area_alias_pk DO NOTHING
            """)
    }

    /// Rows that carry an area's number follow when the number changed.
    private func followNumbers(in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            """
            UPDATE registry.name_key AS k SET area_order = a.preorder
            FROM registry.person AS p
            JOIN registry.area AS a ON a.id = p.area_id AND a.preorder <> p.area_order
            WHERE k.person_id = p.id AND k.area_order = p.area_order
            """)
        for table in ["person", "household"] {
            _ = try await tx.query(
                """
                UPDATE registry.\(unchecked: table) AS p SET area_order = a.preorder
                FROM registry.area AS a
                WHERE a.id = p.area_id AND a.preorder <> p.area_order
                """)
        }
    }

    private func installSets(in tx: borrowing Transaction) async throws {
        _ = try await tx.query("DELETE FROM registry.area_set_member")
        _ = try await tx.query("DELETE FROM registry.area_set")
        for set in profile.areaSets {
            _ = try await tx.query(
                """
                INSERT INTO registry.area_set (code, name, kind, valid_from, valid_to)
                VALUES (\(set.code), \(set.name), \(set.kind), \(set.validFrom), \(set.validTo))
                """)
            let rows = try await tx.query(
                """
                INSERT INTO registry.area_set_member (set_code, area_id)
                SELECT \(set.code), a.id
                FROM registry.area AS a
                JOIN registry.geography AS g ON g.id = a.geography_id
                WHERE g.code = \(set.geography) AND a.code = ANY(\(set.areas))
                RETURNING area_id
                """)
            guard rows.count == Set(set.areas).count else {
                throw ProfileFault.malformed(file: "areas/sets.json", reason: "\(set.code) names an unknown area.")
            }
        }
    }

    private func install(_ form: Profile.Form, in tx: borrowing Transaction) async throws {
        let hash = form.definition.canonical()
        let rows = try await tx.query(
            """
            INSERT INTO registry.questionnaire (code, version, title, subject_kind, definition, hash)
            VALUES (
                \(form.code), \(Int32(form.version)), \(form.title), \(form.subject.rawValue),
                \(JSONB(form.definition.serialized())), sha256(\(hash)))
            ON CONFLICT ON CONSTRAINT questionnaire_pk DO UPDATE SET title = EXCLUDED.title
            RETURNING hash = sha256(\(hash))
            """)
        if let row = rows.first, try row.get(0, as: Bool.self) == false {
            throw ProfileFault.malformed(
                file: "forms/\(form.code).json",
                reason: "version \(form.version) is loaded with other content; a changed form needs a new version.")
        }
    }
}

/// Numbers a tree so that the descendants of an area have the numbers that follow its own.
enum Preorder {
    static func number(_ entries: [Geography.Entry], from start: Int) -> [String: (first: Int, last: Int)] {
        var children: [String: [String]] = [:]
        var roots: [String] = []
        for entry in entries {
            if let parent = entry.parent {
                children[parent, default: []].append(entry.code)
            } else {
                roots.append(entry.code)
            }
        }
        var result: [String: (first: Int, last: Int)] = [:]
        var next = start
        func walk(_ code: String) {
            let first = next
            next += 1
            for child in children[code] ?? [] { walk(child) }
            result[code] = (first, next - 1)
        }
        for root in roots { walk(root) }
        return result
    }
}
