#include "sim/engine/link_paths.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"

typedef struct paths {
  const fsim_scenario *s;
  size_t n;              /* funnels */
  unsigned *together;    /* [n][n] journeys into the second that one of the first may start */
  bool *follows;         /* [n][n] the second may follow the first by any links, or is it */
  bool *needs;           /* [n][n_teams] */
  unsigned *came, *next; /* [n] journeys of a lead into a funnel, at most: 2 stands for more */
} paths;

static unsigned at_most_two(unsigned n) {
  return n < 2 ? n : 2;
}

static void find_links(paths *p) {
  const fsim_scenario *s = p->s;
  for (size_t o = 0; o < s->n_outcomes; o++) {
    size_t from = s->outcomes[o].funnel;
    memset(p->next, 0, p->n * sizeof *p->next);
    for (size_t l = 0; l < s->n_links; l++)
      if (s->links[l].from == o) p->next[s->links[l].to]++;
    for (size_t f = 0; f < p->n; f++) {
      unsigned *most = &p->together[from * p->n + f];
      if (p->next[f] > *most) *most = at_most_two(p->next[f]);
      if (p->next[f] > 0) p->follows[from * p->n + f] = true;
    }
  }
}

/* The transitive closure (Warshall 1962). */
static void find_followers(paths *p) {
  for (size_t f = 0; f < p->n; f++) p->follows[f * p->n + f] = true;
  for (size_t k = 0; k < p->n; k++)
    for (size_t i = 0; i < p->n; i++)
      for (size_t j = 0; p->follows[i * p->n + k] && j < p->n; j++)
        p->follows[i * p->n + j] |= p->follows[k * p->n + j];
}

static void find_teams(paths *p) {
  const fsim_scenario *s = p->s;
  for (size_t row = 0; row < s->n_versions * s->n_profiles; row++) {
    for (size_t i = 0; i < s->n_stages; i++) {
      const fsim_stage_law *law = fsim_stage_law_of(s, row / s->n_profiles, row % s->n_profiles, i);
      if (law->work.set) p->needs[s->stages[i].funnel * s->n_teams + law->work.team] = true;
    }
  }
}

/* Does a lead whose first journey is in this funnel come to another one twice? */
static bool comes_twice(paths *p, size_t first) {
  size_t n = p->n;
  memset(p->came, 0, n * sizeof *p->came);
  for (size_t round = 0; round <= n; round++) {
    for (size_t f = 0; f < n; f++) {
      unsigned sum = f == first;
      for (size_t from = 0; from < n; from++)
        sum = at_most_two(sum + p->came[from] * p->together[from * n + f]);
      p->next[f] = sum;
    }
    memcpy(p->came, p->next, n * sizeof *p->came);
  }
  for (size_t f = 0; f < n; f++)
    if (p->came[f] > 1) return true;
  return false;
}

static bool share_team(const paths *p, size_t a, size_t b) {
  size_t n = p->s->n_teams;
  for (size_t t = 0; t < n; t++)
    if (p->needs[a * n + t] && p->needs[b * n + t]) return true;
  return false;
}

/* May journeys after these two links of one outcome meet in a queue, other than the two that the
 * links start? */
static bool meet(const paths *p, size_t a, size_t b) {
  size_t n = p->n;
  for (size_t i = 0; i < n * n; i++) {
    size_t f = i / n, g = i % n;
    if (f == a && g == b) continue;
    if (p->follows[a * n + f] && p->follows[b * n + g] && share_team(p, f, g)) return true;
  }
  return false;
}

static const char *judge(paths *p) {
  const fsim_scenario *s = p->s;
  find_links(p);
  find_followers(p);
  find_teams(p);
  for (size_t i = 0; i < s->n_streams; i++)
    if (comes_twice(p, s->streams[i].into)) return "links bring a lead to a funnel more than once";
  for (size_t a = 0; a < s->n_links; a++)
    for (size_t b = a + 1; b < s->n_links; b++)
      if (s->links[a].from == s->links[b].from && meet(p, s->links[a].to, s->links[b].to))
        return "journeys of a lead that links start side by side come to one team";
  return NULL;
}

const char *fsim_refuse_links(const fsim_scenario *s) {
  if (s->n_links == 0) return NULL;
  size_t n = s->n_funnels;
  paths p = {.s = s,
             .n = n,
             .together = fsim_zeroed(n * n, sizeof *p.together),
             .follows = fsim_zeroed(n * n, sizeof *p.follows),
             .needs = fsim_zeroed(n * s->n_teams, sizeof *p.needs),
             .came = fsim_zeroed(n, sizeof *p.came),
             .next = fsim_zeroed(n, sizeof *p.next)};
  bool made = p.together && p.follows && p.needs && p.came && p.next;
  const char *why = made ? judge(&p) : "memory is out";
  free(p.together);
  free(p.follows);
  free(p.needs);
  free(p.came);
  free(p.next);
  return why;
}
