import CXML

/// Who is told of elements and texts while XML comes in.
protocol XMLSink: AnyObject {
    func start(_ name: XMLName, _ attributes: XMLAttributes)
    func end(_ name: XMLName)
    func text(_ bytes: UnsafeBufferPointer<UInt8>)
    /// Not nil ends the reading.
    var fault: SpreadsheetFault? { get }
}

/// The name of an element without its prefix, only as long as the event lasts.
struct XMLName {
    fileprivate let bytes: UnsafePointer<UInt8>

    static func == (name: XMLName, word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        // The byte after the last is the zero that ends both.
        for place in 0...count where name.bytes[place] != (place < count ? word.utf8Start[place] : 0) { return false }
        return true
    }
}

/// Attributes of an element, only as long as the event lasts.
struct XMLAttributes {
    fileprivate let base: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    fileprivate let count: Int

    /// The bytes of an attribute, whatever its prefix.
    subscript(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        guard let base else { return nil }
        for index in 0..<count {
            let five = base + index * 5
            guard let own = five[0], XMLName(bytes: own) == name, let start = five[3], let end = five[4] else {
                continue
            }
            return UnsafeBufferPointer(start: start, count: end - start)
        }
        return nil
    }

    func string(_ name: StaticString) -> String? {
        self[name].map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Reads XML that comes in pieces; no network, no document type, no entities but XML's own.
final class XMLPush<Sink: XMLSink> {
    let sink: Sink
    private let part: String
    private let relay: XMLRelay
    private let parser: xmlParserCtxtPtr

    init(_ sink: Sink, part: String) throws(SpreadsheetFault) {
        _ = XMLStart.once
        (self.sink, self.part) = (sink, part)
        relay = XMLRelay(sink)
        let context = Unmanaged.passUnretained(relay).toOpaque()
        guard
            let parser = kith_xml_begin(
                context, xmlStartElement, xmlEndElement, xmlCharacters, xmlDocumentType)
        else { throw .damaged(part: part) }
        self.parser = parser
        relay.parser = parser
    }

    deinit {
        if let document = parser.pointee.myDoc { xmlFreeDoc(document) }
        xmlFreeParserCtxt(parser)
    }

    func feed(_ piece: ArraySlice<UInt8>) throws(SpreadsheetFault) {
        try check(
            piece.withUnsafeBytes { bytes in
                xmlParseChunk(
                    parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 0)
            })
    }

    func finish() throws(SpreadsheetFault) {
        try check(xmlParseChunk(parser, nil, 0, 1))
    }

    private func check(_ status: Int32) throws(SpreadsheetFault) {
        if relay.hasDocumentType { throw .documentType(part: part) }
        if let fault = sink.fault { throw fault }
        guard status == 0 else { throw .damaged(part: part) }
    }
}

/// The library must be set up once before several threads use it.
private enum XMLStart {
    static let once: Void = xmlInitParser()
}

/// What the library's callbacks get as their context.
final class XMLRelay {
    fileprivate let sink: any XMLSink
    fileprivate var hasDocumentType = false
    fileprivate var parser: xmlParserCtxtPtr?

    fileprivate init(_ sink: any XMLSink) {
        self.sink = sink
    }

    fileprivate func stopIfBroken() {
        if sink.fault != nil || hasDocumentType, let parser { xmlStopParser(parser) }
    }

    fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> XMLRelay? {
        context.map { Unmanaged<XMLRelay>.fromOpaque($0).takeUnretainedValue() }
    }
}

private func xmlStartElement(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?,
    _ space: UnsafePointer<xmlChar>?, _ spaces: Int32, _ namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?,
    _ count: Int32, _ defaulted: Int32, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
) {
    guard let relay = XMLRelay.of(context), let name else { return }
    relay.sink.start(XMLName(bytes: name), XMLAttributes(base: attributes, count: Int(count)))
    relay.stopIfBroken()
}

private func xmlEndElement(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?,
    _ space: UnsafePointer<xmlChar>?
) {
    guard let relay = XMLRelay.of(context), let name else { return }
    relay.sink.end(XMLName(bytes: name))
    relay.stopIfBroken()
}

private func xmlCharacters(
    _ context: UnsafeMutableRawPointer?, _ text: UnsafePointer<xmlChar>?, _ count: Int32
) {
    guard let relay = XMLRelay.of(context), let text else { return }
    relay.sink.text(UnsafeBufferPointer(start: text, count: Int(count)))
}

private func xmlDocumentType(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<xmlChar>?, _ external: UnsafePointer<xmlChar>?,
    _ system: UnsafePointer<xmlChar>?
) {
    guard let relay = XMLRelay.of(context) else { return }
    relay.hasDocumentType = true
    relay.stopIfBroken()
}

/// Hands every element of a small part to a closure.
final class ElementSink: XMLSink {
    private let seen: (XMLName, XMLAttributes) -> Void
    let fault: SpreadsheetFault? = nil

    private init(_ seen: @escaping (XMLName, XMLAttributes) -> Void) {
        self.seen = seen
    }

    func start(_ name: XMLName, _ attributes: XMLAttributes) { seen(name, attributes) }
    func end(_ name: XMLName) {}
    func text(_ bytes: UnsafeBufferPointer<UInt8>) {}

    static func read(
        _ part: String, of archive: ZipArchive, _ seen: @escaping (XMLName, XMLAttributes) -> Void
    ) throws(SpreadsheetFault) {
        let push = try XMLPush(ElementSink(seen), part: part)
        try push.feed(archive.bytes(part)[...])
        try push.finish()
    }
}
