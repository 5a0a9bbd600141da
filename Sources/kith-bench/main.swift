import Foundation

let status: Int32 = await Bench.main(Array(CommandLine.arguments.dropFirst()))
exit(status)
