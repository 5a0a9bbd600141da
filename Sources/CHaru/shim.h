#pragma once
#include <hpdf.h>

// Without a handler of its own the library notes the first error, and every later call does nothing.
static inline HPDF_Doc kith_pdf_new(void) { return HPDF_New(NULL, NULL); }

// Enumerations come to Swift as structures; these calls spare it the conversions.
static inline void kith_pdf_compress(HPDF_Doc document) { HPDF_SetCompressionMode(document, HPDF_COMP_ALL); }
static inline void kith_pdf_title(HPDF_Doc document, const char *title) {
    HPDF_SetInfoAttr(document, HPDF_INFO_TITLE, title);
}
static inline void kith_pdf_a4(HPDF_Page page) { HPDF_Page_SetSize(page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT); }
