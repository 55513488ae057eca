#include "cli/run_exact.h"

#include <stdio.h>
#include <string.h>

#include "analysis/exact_figures.h"
#include "sim/model/source.h"

bool fsim_exact_asked(const fsim_arguments *arguments) {
  const char *engine = fsim_option_value(arguments, "engine");
  return engine != NULL && strcmp(engine, "exact") == 0;
}

/* What only a simulation has. */
static int refuse_options(const fsim_arguments *arguments, bool settle, fsim_report *report) {
  static const char *const refused[] = {"output",       "replications", "precision", "seed",
                                        "trajectories", "dry-run",      "resume",    "extend",
                                        "force",        "no-summary"};
  int status = FSIM_OK;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (fsim_option_given(arguments, refused[i]))
      status = fsim_bad_input(report, FSIM_NOWHERE,
                              "--engine exact simulates nothing and writes no file: leave out --%s",
                              refused[i]);
  if (settle)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "--warm-up auto needs a simulation: with --engine exact give a time, "
                            "as --warm-up 8w");
  return status;
}

static int find_attribute(const fsim_scenario *s, const char *by, fsim_report *report,
                          size_t *attribute) {
  *attribute = 0;
  for (size_t a = 0; a < s->n_attributes; a++) {
    if (by == NULL || strcmp(s->attributes[a].name, by) == 0) {
      *attribute = a;
      return FSIM_OK;
    }
  }
  return fsim_bad_input(report, FSIM_NOWHERE, "no attribute '%s': the scenario has %s%s", by,
                        s->n_attributes > 0 ? s->attributes[0].name : "none",
                        s->n_attributes > 1 ? " and others" : "");
}

/* The reason is the exact engine's; what to do instead is the same for all. */
static int figures_of(const fsim_scenario *s, size_t attribute, fsim_report *report,
                      fsim_exact_figures **figures) {
  int status = fsim_exact_figures_make(s, attribute, report, figures);
  if (status == FSIM_BAD_INPUT)
    fsim_note(report, FSIM_NOWHERE,
              "leave out --engine to simulate it: run then chooses an engine that can");
  return status;
}

int fsim_run_exact(const fsim_arguments *arguments, const fsim_run_request *request,
                   fsim_report *report) {
  fsim_source *source = NULL;
  fsim_scenario *s = NULL;
  fsim_exact_figures *figures = NULL;
  size_t attribute = 0;
  int status = refuse_options(arguments, request->settle, report);
  if (status == FSIM_OK)
    status = fsim_source_load(request->scenario, request->sets, request->n_sets, report, &source);
  if (status == FSIM_OK) status = fsim_source_realise(source, FSIM_CENTRAL, report, &s);
  if (status == FSIM_OK && s->n_streams == 0)
    status = fsim_bad_input(report, FSIM_NOWHERE,
                            "%s has no streams, so that no lead ever arrives: give a scenario "
                            "file; funnelsim check shows a model file",
                            request->scenario);
  if (status == FSIM_OK)
    status = find_attribute(s, fsim_option_value(arguments, "by"), report, &attribute);
  if (status == FSIM_OK) status = figures_of(s, attribute, report, &figures);
  if (status == FSIM_OK) {
    bool medians = fsim_source_uncertain(source);
    status = fsim_option_given(arguments, "json")
                 ? fsim_exact_figures_json(figures, medians, stdout, report)
                 : fsim_exact_figures_text(figures, medians, stdout, report);
  }
  fsim_exact_figures_free(figures);
  fsim_scenario_free(s);
  fsim_source_free(source);
  return status;
}
