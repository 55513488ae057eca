/* Text in CSV and XML. Private to this folder. */
#ifndef FSIM_ANALYSIS_EXPORT_TEXT_H
#define FSIM_ANALYSIS_EXPORT_TEXT_H

#include "analysis/export/export.h"

/* Writes the text with a plain tail ("" mostly). */
typedef void fsim_write_text(const char *text, const char *tail, FILE *out);

/* A field of a CSV, in quotes where it needs them (RFC 4180). */
void fsim_write_field(const char *text, const char *tail, FILE *out);
/* The value of an attribute in XML 1.0, without its quotes. Characters that XML cannot hold become
 * U+FFFD. */
void fsim_write_xml(const char *text, const char *tail, FILE *out);
/* The name of a scenario's attribute as a column or key: its own, or with "attribute." before it
 * where an export has a column of that name. */
void fsim_write_attribute_name(const char *name, fsim_write_text *write, FILE *out);

#endif
