/*
 * A row of a table that is shared with other programs, as JSON text and back. Such a table may have columns that
 * Tideline does not know; what is kept aside and put back later must hold them, too.
 *
 * {column: value}: numbers and texts as they are, {"hex": …} for bytes, {"text": hex} for a text that JSON cannot hold.
 * Private to core/store.
 */
#ifndef TIDELINE_STORE_STORE_ROW_H
#define TIDELINE_STORE_STORE_ROW_H

#include "core/store/store_internal.h"

enum store_row_table { STORE_ROW_METADATA, STORE_ROW_EXPORT };

/* The row of an event; *text is NULL when there is none. */
enum err_code store_row_read(struct store *s, struct arena *a, enum store_row_table table, const char *id,
                             const char **text, struct err *e);

/* [w] Put it back in place of the one that is there. Columns that are gone by now are left out. Muted by the caller. */
enum err_code store_row_write(struct store *s, struct arena *a, enum store_row_table table, const char *text,
                              struct err *e);

#endif
