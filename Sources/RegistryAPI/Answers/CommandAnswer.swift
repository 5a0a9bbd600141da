import Documents
import Foundation
import Groundwork
import Registry

/// What a command did, as answered: ids, versions and findings.
enum CommandAnswer {
    static func bytes(_ outcome: Outcome) -> [UInt8] {
        var writer = JSONWriter()
        write(outcome, to: &writer)
        return writer.bytes
    }

    static func write(_ outcome: Outcome, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("command", outcome.command.description)
            writer.member("id", outcome.main?.lowercased)
            writer.key("touched")
            writer.array { writer in
                for item in outcome.touched {
                    writer.object { writer in
                        writer.member("kind", item.subject.kind.rawValue)
                        writer.member("id", item.subject.id.lowercased)
                        writer.member("version", item.version)
                    }
                }
            }
            writer.key("findings")
            write(outcome.findings, to: &writer)
            writer.member("repeated", outcome.isRepeat)
        }
    }

    static func write(_ findings: [Finding], to writer: inout JSONWriter) {
        writer.array { writer in
            for finding in findings {
                writer.object { writer in
                    writer.member("pointer", finding.path.description)
                    writer.member("code", finding.code)
                    writer.member("severity", finding.severity.rawValue)
                    writer.member("detail", finding.summary)
                }
            }
        }
    }
}
