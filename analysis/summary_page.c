#include "analysis/summary_page.h"

#include <math.h>
#include <stdarg.h>

static void wrapped(fsim_page *page, const char *format, va_list arguments) {
  char text[2048];
  int length = vsnprintf(text, sizeof text, format, arguments);
  if (length < 0 || fsim_print_wrapped(page->out, text) < 0) page->failed = true;
}

char *fsim_page_currency(const fsim_page *p, char *buffer, size_t size) {
  const char *currency = p->scenario->currency;
  bool named = currency != NULL && currency[0] != '\0';
  snprintf(buffer, size, "%s%s", named ? ", in " : "", named ? currency : "");
  return buffer;
}

void fsim_page_say(fsim_page *page, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wrapped(page, format, arguments);
  va_end(arguments);
}

void fsim_page_title(fsim_page *page, const char *format, ...) {
  va_list arguments;
  if (fputc('\n', page->out) == EOF) page->failed = true;
  va_start(arguments, format);
  wrapped(page, format, arguments);
  va_end(arguments);
}

void fsim_page_grid(fsim_page *page, fsim_grid *grid) {
  if (fsim_grid_print(grid, page->out) != 0) page->failed = true;
}

void fsim_page_row(const fsim_page *page, fsim_grid *grid, const char *name, size_t group,
                   const fsim_cell_text *cells) {
  char value[256];
  snprintf(value, sizeof value, "  %s", fsim_summary_group(page->summary, group));
  fsim_grid_add(grid, group == 0 ? name : value, cells);
}

void fsim_page_stage(const fsim_page *page, size_t stage, char *name, size_t size) {
  const fsim_stage *s = &page->scenario->stages[stage];
  snprintf(name, size, "%s.%s", page->scenario->funnels[s->funnel].name, s->name);
}

fsim_cell_text fsim_page_blank(void) {
  return fsim_cell_of("");
}

fsim_cell_text fsim_page_mean(const fsim_interval *interval, double scale) {
  return isfinite(interval->estimate) ? fsim_say_mean(interval, scale) : fsim_page_blank();
}

fsim_cell_text fsim_page_quantile(const fsim_interval *quantile, double scale) {
  return isfinite(quantile->estimate) ? fsim_say_mean(quantile, scale) : fsim_page_blank();
}

bool fsim_page_has_value(const fsim_summary *summary) {
  for (size_t i = 0; i < summary->n_funnels; i++)
    if (summary->funnels[i].value_per_week.mean.estimate > 0) return true;
  return false;
}

bool fsim_page_has_cost(const fsim_summary *summary) {
  return summary->spent_per_week[0].mean.estimate > 0;
}
