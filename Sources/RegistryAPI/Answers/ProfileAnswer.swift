import Documents
import Groundwork
import Registry
import Web

/// What the country profile says, as answered.
enum ProfileAnswer {
    static func profile(_ state: RegistryState, _ context: RegistryContext) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("profile", state.parts.first?.profile)
            writer.member("geography", context.areas.index.current)
            writer.key("parts")
            writer.array { writer in
                for part in state.parts {
                    writer.object { writer in
                        writer.member("part", part.part)
                        writer.member("version", part.version)
                        writer.member("loaded_at", instant: part.loadedAt)
                    }
                }
            }
            writer.key("identifier_types")
            writer.array { writer in
                for type in context.dictionary.identifierTypes.values.sorted(by: { $0.code < $1.code }) {
                    write(type, to: &writer)
                }
            }
        }
        return .json(writer.bytes)
    }

    private static func write(_ type: IdentifierType, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", type.code)
            writer.member("normalisation", type.normalisation.rawValue)
            writer.member("minimum_length", type.minimumLength)
            writer.member("maximum_length", type.maximumLength)
            writer.member("issuer", type.issuer)
        }
    }

    static func attributes(_ dictionary: AttributeDictionary) -> Response {
        var writer = JSONWriter(capacity: 16_384)
        writer.object { writer in
            for kind in SubjectKind.allCases {
                writer.key(kind.rawValue)
                writer.array { writer in
                    let all = (dictionary.attributes[kind] ?? [:]).values.sorted { $0.name < $1.name }
                    for attribute in all { write(attribute, to: &writer) }
                }
            }
        }
        return .json(writer.bytes)
    }

    private static func write(_ attribute: Attribute, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", attribute.name)
            writer.member("type", attribute.kind.rawValue)
            writer.member("code_list", attribute.codeList)
            writer.member("is_sensitive", attribute.isSensitive)
            writer.member("is_derived", attribute.isDerived)
            writer.member("minimum", attribute.minimum)
            writer.member("maximum", attribute.maximum)
        }
    }

    static func lists(_ dictionary: AttributeDictionary) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("lists")
            writer.array { writer in
                for list in dictionary.lists.values.sorted(by: { $0.name < $1.name }) {
                    writer.object { writer in
                        writer.member("name", list.name)
                        writer.member("count", list.codes.count)
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    static func list(_ list: CodeList) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", list.name)
            writer.key("codes")
            writer.array { writer in
                for code in list.codes { write(code, to: &writer) }
            }
        }
        return .json(writer.bytes)
    }

    private static func write(_ code: Code, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", code.code)
            writer.key("labels")
            writer.object { writer in
                for (language, word) in code.labels.sorted(by: { $0.key < $1.key }) { writer.member(language, word) }
            }
            writer.member("dci", code.dci)
            writer.member("aliases", .array(code.aliases.map { .string($0) }))
        }
    }

    static func members(_ questionnaire: LoadedQuestionnaire, to writer: inout JSONWriter) {
        writer.member("code", questionnaire.code)
        writer.member("version", questionnaire.version)
        writer.member("title", questionnaire.title)
        writer.member("subject", questionnaire.subjectKind)
        writer.member("loaded_at", instant: questionnaire.loadedAt)
    }
}
