#pragma once
#include <libxml/xmlversion.h>
// Debian builds the library with ICU, whose headers would meet those of Foundation. Only a structure for converters, which
// is not used here, knows the difference.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <string.h>

// The library would else print every mistake of a file to standard error.
static inline void kith_xml_quiet(void *context, xmlErrorPtr error) {
    (void)context;
    (void)error;
}

// Element by element, in pieces; a handler that is not set does nothing.
static inline xmlParserCtxtPtr kith_xml_begin(
    void *context, startElementNsSAX2Func start, endElementNsSAX2Func end, charactersSAXFunc text,
    internalSubsetSAXFunc doctype
) {
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = start;
    handler.endElementNs = end;
    handler.characters = text;
    handler.ignorableWhitespace = text;
    handler.cdataBlock = text;
    handler.internalSubset = doctype;
    handler.serror = kith_xml_quiet;
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, context, NULL, 0, NULL);
    // Entities of its own need a DOCTYPE, which is refused; those of XML itself are to be read in attributes too.
    if (parser != NULL) xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOENT);
    return parser;
}
