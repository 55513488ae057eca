#include "analysis/export/text.h"

#include <string.h>

/* The columns that exports have besides attributes; an attribute has one name in all of them. */
static const char *const own_columns[] = {
    "case_id", "activity", "timestamp", "lifecycle", "resource", "value",         "deal_id",
    "lead_id", "funnel",   "created",   "closed",    "status",   "outcome",       "stage",
    "entered", "left",     "exit",      "stream",    "arrived",  "stage_entered",
};

/* Blanks at an end would be lost: readers of CSV cut them off outside of quotes. */
static bool needs_quotes(const char *text) {
  const size_t length = strlen(text);
  if (length == 0) return false;
  return strpbrk(text, ",;\t|\"\n\r") != NULL || text[0] == ' ' || text[length - 1] == ' ';
}

void fsim_write_field(const char *text, const char *tail, FILE *out) {
  if (!needs_quotes(text)) {
    fprintf(out, "%s%s", text, tail);
    return;
  }
  fputc('"', out);
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '"') fputc('"', out);
    fputc(*c, out);
  }
  fprintf(out, "%s\"", tail);
}

void fsim_write_xml(const char *text, const char *tail, FILE *out) {
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '&')
      fputs("&amp;", out);
    else if (*c == '<')
      fputs("&lt;", out);
    else if (*c == '>')
      fputs("&gt;", out);
    else if (*c == '"')
      fputs("&quot;", out);
    else if (*c == '\t' || *c == '\n' || *c == '\r')
      fprintf(out, "&#%d;", *c);
    else if ((unsigned char)*c < 0x20)
      fputs("\xEF\xBF\xBD", out);
    else
      fputc(*c, out);
  }
  fputs(tail, out);
}

void fsim_write_attribute_name(const char *name, fsim_write_text *write, FILE *out) {
  for (size_t i = 0; i < sizeof own_columns / sizeof *own_columns; i++) {
    if (strcmp(own_columns[i], name) == 0) fputs("attribute.", out);
  }
  write(name, "", out);
}
