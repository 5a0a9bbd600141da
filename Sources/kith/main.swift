import Glibc
import Runtime

// Everything is in library-like files beside this one: a C callback written here would belong to the main actor.
Signals.ignoreBrokenPipes()
let ending: ExitCode = await Program.run(Array(CommandLine.arguments.dropFirst()))
exit(ending.rawValue)
