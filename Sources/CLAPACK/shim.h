#pragma once
#include <lapacke.h>

// The layout constant is a macro with a cast in some releases, which Swift does not see.
static inline int kith_column_major(void) { return LAPACK_COL_MAJOR; }
