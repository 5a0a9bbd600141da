#pragma once
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 15 bits of window, 16 more for the gzip wrapper.
static inline int kith_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

// Undoes gzip or zlib, whichever the first bytes show.
static inline int kith_gunzip_begin(z_stream *stream) {
    return inflateInit2(stream, 15 + 32);
}
