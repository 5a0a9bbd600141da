import Access
import Groundwork
import Intake
import Matching
import Postgres
import Profiles
import Printing
import Quality
import Registry
import RegistryAPI
import Rounds
import Runtime
import Targeting

extension House {
    /// The profile's plain layout.
    private var layout: FileMapping {
        get throws {
            guard let layout = profile.mappings["plain"] else {
                throw RoofFault.missing("The profile \(profile.code) has no mapping called plain.")
            }
            return try FileMapping(layout, dictionary: context.dictionary)
        }
    }

    /// Files sent in pieces, sealed in the folder of files.
    var uploads: Uploads {
        Uploads(database: database, vault: UploadVault(folder: ground.filesFolder + "/uploads", keys: keys))
    }

    /// The room for files of another layout of the profile.
    func importer(of mapping: String) throws -> Importer {
        try importer.with(layout: mapping)
    }

    /// The room for files that come in.
    var importer: Importer {
        get throws {
            let clock = clock
            return Importer(
                database: database, context: context, mapping: try layout, layouts: profile.mappings, audit: audit,
                today: { clock.today })
        }
    }

    /// The room for files that go out.
    var exporter: Exporter {
        get throws { Exporter(database: database, context: context, mapping: try layout, layouts: profile.mappings) }
    }

    /// How good the record is, by the rules of the profile.
    var quality: QualityDesk {
        get throws {
            let clock = clock
            return try QualityDesk(
                database: database, context: context, rules: try QualityRules(profile.quality),
                parse: FilterLanguage.parser(context), today: { clock.today })
        }
    }

    /// Who may be one person, by the policy of the profile.
    var matcher: Matcher {
        get throws {
            Matcher(
                context: context, policy: try MatchPolicy(profile.match["policy"]), models: MatchModels(),
                findings: try FindingRules(profile.match["findings"]))
        }
    }

    /// Rules and targeting rounds, as the profile says they go; nil where it does not.
    var rounds: RoundDesk? {
        get throws {
            guard let document = profile.programmes["targeting"] else { return nil }
            let clock = clock
            return RoundDesk(context: context, policy: try RoundPolicy(document), today: { clock.today })
        }
    }

    /// What lists are printed with.
    var fonts: PrintFonts {
        PrintFonts(
            regular: ground.settings.text(SettingsTable.printFont),
            bold: ground.settings.text(SettingsTable.printFontBold))
    }

    /// The scoring formulas on record.
    var formulas: Formulas {
        let clock = clock
        return Formulas(context: context, today: { clock.today })
    }

    /// Changes of many records alike.
    var corrections: Corrections {
        let clock = clock
        return Corrections(
            database: database, registrar: Registrar(context: context, today: { clock.today }),
            today: { clock.today })
    }

    /// The actor of that name, when it has the scope.
    func principal(_ name: String, needs scope: String) async throws -> Principal {
        let rows = try await database.read(
            as: Mandate(actor: Actors.system, purpose: .operation),
            once: ["SELECT id, scopes FROM access.actor WHERE name = \(name) AND disabled_at IS NULL"])
        guard let row = rows.first?.first else { throw RoofFault.actorNotFound(name) }
        let scopes: [String] = try row.get(1)
        let principal = Principal(actor: try row.get(0), name: name, scopes: Set(scopes))
        guard principal.may(scope) else { throw AccessFault.missingScope(scope) }
        return principal
    }
}
