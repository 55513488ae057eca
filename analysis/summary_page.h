/* What the files of the summary's text share. Private to this folder. */
#ifndef FSIM_ANALYSIS_SUMMARY_PAGE_H
#define FSIM_ANALYSIS_SUMMARY_PAGE_H

#include "analysis/grid.h"
#include "analysis/summary.h"
#include "analysis/words.h"

typedef struct fsim_page {
  const fsim_summary *summary;
  const fsim_scenario *scenario;
  FILE *out;
  bool failed;
} fsim_page;

/* One paragraph, wrapped. */
/* ", in EUR"; empty where the scenario names no currency. */
char *fsim_page_currency(const fsim_page *page, char *buffer, size_t size);
void fsim_page_say(fsim_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An empty line, then the title of a table. */
void fsim_page_title(fsim_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fsim_page_grid(fsim_page *page, fsim_grid *grid);
/* The name of the first group is `name`, that of the others their value, indented. */
void fsim_page_row(const fsim_page *page, fsim_grid *grid, const char *name, size_t group,
                   const fsim_cell_text *cells);
/* "basic.proposal" */
void fsim_page_stage(const fsim_page *page, size_t stage, char *name, size_t size);
/* Empty where there is nothing to tell. */
fsim_cell_text fsim_page_mean(const fsim_interval *interval, double scale);
/* p50 or p90, with the digits that its limits support. */
fsim_cell_text fsim_page_quantile(const fsim_interval *quantile, double scale);
fsim_cell_text fsim_page_blank(void);
bool fsim_page_has_value(const fsim_summary *summary);
bool fsim_page_has_cost(const fsim_summary *summary);

/* The tables. */
void fsim_page_short(fsim_page *page);
void fsim_page_funnels(fsim_page *page);
/* What is known beforehand: a sentence, a table. */
void fsim_page_narrowed(fsim_page *page);
void fsim_page_narrowed_table(fsim_page *page);
void fsim_page_stages(fsim_page *page);
void fsim_page_teams(fsim_page *page);
void fsim_page_effects(fsim_page *page, const fsim_stored_effects *effects);
void fsim_page_indices(fsim_page *page, const fsim_stored_indices *indices);

#endif
