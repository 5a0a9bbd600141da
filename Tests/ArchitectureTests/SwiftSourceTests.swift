import Testing

@Suite struct `Reading a Swift file` {
    @Test func `leaves strings and comments out of the code`() {
        let source = SwiftSource(
            #"""
            let a = "try! \(b as! C) // no" // as! here
            /* try! /* nested */ as! */ let d = 1
            let e = """
                TODO "quoted" \(f("g)"))
                """ + "é"
            let h = #"raw \(no) " quote"# ; let i = 2
            """#)

        #expect(source.code[0] == "let a = b as! C ")
        #expect(source.comments[0] == "// as! here")
        #expect(source.code[1].contains("let d = 1"))
        #expect(!source.code[1].contains("try!"))
        #expect(source.code[3] == "f()")
        #expect(source.code[5] == "let h =  ; let i = 2")
        #expect(source.code.count == 6)
    }

    @Test func `finds imports in all their forms`() {
        let source = SwiftSource(
            """
            import Foundation
            public import struct Registry.Person
            @testable import Search
            @preconcurrency internal import Web // why
            let text = "import Nothing"
            // import Nothing
            """)

        #expect(source.imports.map(\.module) == ["Foundation", "Registry", "Search", "Web"])
        #expect(source.imports.map(\.line) == [1, 2, 3, 4])
    }
}
