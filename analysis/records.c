#include "analysis/records.h"

static int take_nothing(void *self, const fsim_trajectory *part, fsim_report *report) {
  (void)self;
  (void)part;
  (void)report;
  return FSIM_OK;
}

static bool help_nobody(void *self) {
  (void)self;
  return false;
}

static int write_nothing(void *self, fsim_report *report) {
  (void)self;
  (void)report;
  return FSIM_OK;
}

static int commit_nothing(void *self, uint32_t done, const fsim_pool *pool, fsim_report *report) {
  (void)self;
  (void)done;
  (void)pool;
  (void)report;
  return FSIM_OK;
}

fsim_sink fsim_sink_of_records(void *self, fsim_see_record see) {
  return (fsim_sink){self, take_nothing, see, help_nobody, write_nothing, commit_nothing};
}
