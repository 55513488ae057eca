/* Building inverse-cdf tables and looking values up. */
#include "sim/random/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/array.h"
#include "sim/random/table_wide.h"
#include "sim/random/vector.h"

#define LEAST_BITS 5
#define MOST_BITS 8
#define ONE_PATTERN ((uint64_t)1023 << 52)

/* A piece must be this close to the law, relative to the value, or to NEGLIGIBLE times the median
 * where the value is smaller. */
#define TOLERANCE 3e-9
#define NEGLIGIBLE 1e-9
/* Pieces are made shorter until at most this much probability is in pieces that miss it. */
#define MOST_MISSED 0.005
#define LARGEST_VALUE 1e300 /* so that differences stay finite */
#define BLOCK 512 /* doubles that stay in the first-level cache between drawing and rounding */

typedef struct piece {
  double value[4]; /* at the ends and thirds */
  double check[2]; /* at 1/6 and 5/6 */
  double c[4];
  double error; /* of the cubic, relative to what is tolerated */
} piece;

typedef struct builder {
  const fsim_distribution *law;
  bool upper;
  double direction; /* +1 when values rise with v (lower side), -1 when they fall */
  double median;
  double last; /* the value before, for monotony against rounding in the law's quantile */
} builder;

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static double exact_value(const fsim_distribution *law, bool upper, double v) {
  double x = upper ? fsim_upper_quantile(law, v) : fsim_quantile(law, v);
  return x > LARGEST_VALUE ? LARGEST_VALUE : x < -LARGEST_VALUE ? -LARGEST_VALUE : x;
}

/* The law's value at v, never before the one asked last nor past the median. */
static double next_value(builder *b, double v) {
  double x = v < 0.5 ? exact_value(b->law, b->upper, v) : b->median;
  if ((x - b->last) * b->direction < 0) x = b->last;
  if ((x - b->median) * b->direction > 0) x = b->median;
  b->last = x;
  return x;
}

static double cubic(const double *c, double f) {
  return c[0] + f * (c[1] + f * (c[2] + f * c[3]));
}

/* The cubic through four equidistant values. From differences, so that pieces that hardly rise keep
 * all their digits. */
static void fit_cubic(piece *p) {
  double d1 = p->value[1] - p->value[0], d2 = p->value[2] - p->value[0];
  double d3 = p->value[3] - p->value[0];
  p->c[0] = p->value[0];
  p->c[1] = 0.5 * (18.0 * d1 - 9.0 * d2 + 2.0 * d3);
  p->c[2] = 0.5 * (-45.0 * d1 + 36.0 * d2 - 9.0 * d3);
  p->c[3] = 0.5 * (27.0 * d1 - 27.0 * d2 + 9.0 * d3);
}

static void fit_line(piece *p) {
  p->c[0] = p->value[0];
  p->c[1] = p->value[3] - p->value[0];
  p->c[2] = p->c[3] = 0.0;
}

static double miss(double got, double want, double median) {
  double size = __builtin_fabs(want), least = NEGLIGIBLE * __builtin_fabs(median);
  double allowed = TOLERANCE * (size > least ? size : least);
  double off = __builtin_fabs(got - want);
  return off == 0 ? 0 : off / allowed;
}

/* The worst miss at the points that were not fitted (for a line, at the thirds too). */
static double worst_miss(const piece *p, double median) {
  static const double place[] = {1.0 / 6, 5.0 / 6, 1.0 / 3, 2.0 / 3};
  const double want[] = {p->check[0], p->check[1], p->value[1], p->value[2]};
  double worst = 0.0;
  for (int i = 0; i < 4; i++) {
    double error = miss(cubic(p->c, place[i]), want[i], median);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/* Does the cubic never turn back on [0, 1]? Its slope at both ends and at the slope's vertex. */
static bool keeps_direction(const piece *p, double direction) {
  double a = 3.0 * p->c[3], b = 2.0 * p->c[2], c = p->c[1];
  if (c * direction < 0 || (a + b + c) * direction < 0) return false;
  double vertex = a != 0 ? -b / (2.0 * a) : 0.0;
  if (!(vertex > 0 && vertex < 1)) return true;
  return (c + 0.5 * b * vertex) * direction >= 0;
}

/* The last place in a piece must not pass the next piece's first, whatever rounding did. */
static bool joins(piece *p, double direction, int bits) {
  double last_place = 1.0 - from_bits((uint64_t)(1023 - (52 - bits)) << 52);
  for (int attempt = 0; attempt < 8; attempt++) {
    if ((cubic(p->c, last_place) - p->value[3]) * direction <= 0) return true;
    for (int i = 1; i < 4; i++) p->c[i] *= 1.0 - 0x1p-49;
  }
  return false;
}

static void make_hole(piece *p) {
  p->c[0] = NAN;
  p->c[1] = p->value[0];
  p->c[2] = p->value[3];
  p->c[3] = 0.0;
}

static void fit_piece(builder *b, piece *p, double start, double width, int bits) {
  p->value[0] = b->last;
  p->check[0] = next_value(b, start + width * (1.0 / 6));
  p->value[1] = next_value(b, start + width * (1.0 / 3));
  p->value[2] = next_value(b, start + width * (2.0 / 3));
  p->check[1] = next_value(b, start + width * (5.0 / 6));
  p->value[3] = next_value(b, start + width);
  fit_cubic(p);
  p->error = worst_miss(p, b->median);
  bool good = p->error <= 1.0 && keeps_direction(p, b->direction) && joins(p, b->direction, bits);
  if (good) return;
  fit_line(p);
  good = worst_miss(p, b->median) <= 1.0 && joins(p, b->direction, bits);
  if (!good) make_hole(p);
}

/* All pieces with `bits`; missed[i] is the probability in pieces whose cubic would miss the
 * tolerance even with i more bits (its error falls 16-fold with each). */
static void fill(fsim_table *table, double *missed) {
  size_t per_side = (size_t)FSIM_TABLE_OCTAVES << table->bits;
  double median = exact_value(table->law, false, 0.5);
  memset(missed, 0, (MOST_BITS - LEAST_BITS + 1) * sizeof *missed);
  table->holes = false;
  for (int side = 0; side < 2; side++) {
    builder b = {table->law, side == 1, side == 1 ? -1.0 : 1.0, median, 0};
    b.last = exact_value(table->law, b.upper, FSIM_LEAST_TAIL);
    for (size_t k = 0; k < per_side; k++) {
      double start = from_bits(FSIM_TABLE_LOWEST + ((uint64_t)k << (52 - table->bits)));
      double width =
          from_bits(FSIM_TABLE_LOWEST + ((uint64_t)(k + 1) << (52 - table->bits))) - start;
      piece p;
      fit_piece(&b, &p, start, width, table->bits);
      memcpy(table->pieces + 4 * ((size_t)side * per_side + k), p.c, sizeof p.c);
      if (p.c[0] != p.c[0]) table->holes = true;
      double error = p.error;
      for (int i = 0; i <= MOST_BITS - LEAST_BITS && error > 1.0; i++, error /= 16.0) {
        missed[i] += width;
      }
    }
  }
}

static bool fill_with(fsim_table *table, int bits, double *missed) {
  table->bits = bits;
  free(table->pieces);
  table->pieces = fsim_aligned((size_t)2 * FSIM_TABLE_OCTAVES << bits, 4 * sizeof *table->pieces);
  if (table->pieces == NULL) return false;
  fill(table, missed);
  return true;
}

fsim_table *fsim_table_new(fsim_distribution *law) {
  double missed[MOST_BITS - LEAST_BITS + 1];
  fsim_table *table = law != NULL ? fsim_zeroed(1, sizeof *table) : NULL;
  if (table == NULL) {
    fsim_distribution_free(law);
    return NULL;
  }
  table->law = law;
  bool done = fill_with(table, LEAST_BITS, missed);
  int more = 0;
  while (done && more < MOST_BITS - LEAST_BITS && missed[more] > MOST_MISSED) more++;
  if (more > 0) done = fill_with(table, LEAST_BITS + more, missed);
  if (done) return table;
  fsim_table_free(table);
  return NULL;
}

void fsim_table_free(fsim_table *table) {
  if (table == NULL) return;
  fsim_distribution_free(table->law);
  free(table->pieces);
  free(table);
}

static inline double look_up(const double *pieces, int bits, double factor, double offset,
                             double x) {
  const int drop = 52 - bits;
  const uint64_t below = (UINT64_C(1) << drop) - 1;
  const uint64_t upper_side = (uint64_t)FSIM_TABLE_OCTAVES << bits;
  double v = x < 0.5 ? x : 1.0 - x;
  v = v < FSIM_LEAST_TAIL ? FSIM_LEAST_TAIL : v;
  v = v > FSIM_MOST_TAIL ? FSIM_MOST_TAIL : v;
  uint64_t pattern;
  memcpy(&pattern, &v, sizeof pattern);
  pattern -= FSIM_TABLE_LOWEST;
  uint64_t index = (pattern >> drop) + (x < 0.5 ? 0 : upper_side);
  uint64_t place = ((pattern & below) << bits) | ONE_PATTERN;
  double f;
  memcpy(&f, &place, sizeof f);
  f -= 1.0;
  const double *c = pieces + (int64_t)(4 * index);
  return offset + factor * (c[0] + f * (c[1] + f * (c[2] + f * c[3])));
}

/* The law's own value at u, kept between the ends of its piece so that draws stay monotone. */
static double hole_value(const fsim_table *table, double u) {
  bool upper = u >= 0.5;
  double v = upper ? 1.0 - u : u;
  v = v < FSIM_LEAST_TAIL ? FSIM_LEAST_TAIL : v > FSIM_MOST_TAIL ? FSIM_MOST_TAIL : v;
  uint64_t pattern;
  memcpy(&pattern, &v, sizeof pattern);
  size_t index = (size_t)((pattern - FSIM_TABLE_LOWEST) >> (52 - table->bits));
  if (upper) index += (size_t)FSIM_TABLE_OCTAVES << table->bits;
  const double *c = table->pieces + 4 * index;
  double low = upper ? c[2] : c[1], high = upper ? c[1] : c[2];
  double x = exact_value(table->law, upper, v);
  return x < low ? low : x > high ? high : x;
}

/* Draws that are not worth the way to a loop in vectors: those that its registers leave over, and
 * the one at a time of a calendar. */
#define FEW 4

static double value_at(const fsim_table *table, double factor, double offset, double u) {
  double x = look_up(table->pieces, table->bits, factor, offset, u);
  return x == x ? x : offset + factor * hole_value(table, u);
}

void fsim_table_values(const fsim_table *table, double factor, double offset, const double *u,
                       double *value, size_t n) {
  size_t done = n < FEW ? 0 : fsim_table_values_wide(table, factor, offset, u, value, n);
  for (size_t i = 0; table->holes && i < done; i++) {
    if (value[i] != value[i]) value[i] = offset + factor * hole_value(table, u[i]);
  }
  for (size_t i = done; i < n; i++) value[i] = value_at(table, factor, offset, u[i]);
}

FSIM_CLONES
static void round_all(const double *restrict value, int32_t *restrict seconds, size_t n) {
  for (size_t i = 0; i < n; i++) seconds[i] = fsim_whole_seconds(value[i]);
}

void fsim_table_seconds(const fsim_table *table, double factor, double offset, const double *u,
                        int32_t *seconds, size_t n) {
  size_t done = 0;
  if (n >= FEW && table->holes) {
    double value[BLOCK];
    for (size_t block; done < n; done += block) {
      block = n - done < BLOCK ? n - done : BLOCK;
      fsim_table_values(table, factor, offset, u + done, value, block);
      round_all(value, seconds + done, block);
    }
  } else if (n >= FEW) {
    done = fsim_table_seconds_wide(table, factor, offset, u, seconds, n);
  }
  for (size_t i = done; i < n; i++)
    seconds[i] = fsim_whole_seconds(value_at(table, factor, offset, u[i]));
}
