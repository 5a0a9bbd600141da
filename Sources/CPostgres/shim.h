#pragma once
#include <libpq-fe.h>

// Swift does not import macros that are character literals.
enum {
    KITH_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
    KITH_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
    KITH_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
    KITH_DIAG_DETAIL = PG_DIAG_MESSAGE_DETAIL,
    KITH_DIAG_POSITION = PG_DIAG_STATEMENT_POSITION,
    KITH_DIAG_SCHEMA = PG_DIAG_SCHEMA_NAME,
    KITH_DIAG_TABLE = PG_DIAG_TABLE_NAME,
    KITH_DIAG_COLUMN = PG_DIAG_COLUMN_NAME,
    KITH_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME,
    KITH_DIAG_ROUTINE = PG_DIAG_SOURCE_FUNCTION
};

// For starting the server: glibc has these two since 2.34 and declares them only to _GNU_SOURCE, which Swift does not set.
#include <spawn.h>
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
