/* CSV as people export it: RFC 4180, any of , ; tab | as delimiter (detected from the header),
 * quoted fields, UTF-8 with or without BOM, LF or CRLF. Blanks around a field do not belong to it.
 * Reads row by row in bounded memory. */
#ifndef FSIM_BASE_CSV_H
#define FSIM_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/report.h"

typedef struct fsim_csv fsim_csv;

bool fsim_is_utf8(const char *text, size_t length);
/* The first byte that is not part of valid UTF-8; `length` when all are. */
size_t fsim_utf8_until(const char *text, size_t length);

/* Reads from memory (not copied: `text` must outlive the reader). `file` names it in messages.
 * Fails on an empty text, on NUL bytes and on invalid UTF-8, saying where. */
int fsim_csv_open(const char *file, const char *text, size_t length, fsim_report *report,
                  fsim_csv **csv);
/* With a given delimiter: any character, ' ' for runs of blanks, '\0' to find it. For texts of any
 * length: they are read only as rows are, so the caller has looked at the encoding. */
int fsim_csv_open_with(const char *file, const char *text, size_t length, char delimiter,
                       fsim_report *report, fsim_csv **csv);
void fsim_csv_close(fsim_csv *csv);

size_t fsim_csv_columns(const fsim_csv *csv);
const char *fsim_csv_header(const fsim_csv *csv, size_t column);
/* The column of that name (exact, then ignoring case), or a message with the nearest name and
 * FSIM_BAD_INPUT; `place` is where the name was asked for. */
int fsim_csv_find(const fsim_csv *csv, const char *name, fsim_place place, fsim_report *report,
                  size_t *column);

/* The next row. 1: a row, 0: the end, -1: a broken row (too few or many fields, an open quote),
 * reported with its line; reading can go on after it. Blank lines are passed over. */
int fsim_csv_next(fsim_csv *csv, fsim_report *report);
/* Fields of the present row, valid until the next call; they lie one behind the other. */
const char *fsim_csv_field(const fsim_csv *csv, size_t column);
/* Bytes of the text that have been read. */
size_t fsim_csv_read(const fsim_csv *csv);
/* Where the present row begins (line), for messages about it. */
fsim_place fsim_csv_place(const fsim_csv *csv, size_t column);

#endif
