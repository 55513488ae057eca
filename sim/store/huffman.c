#include "sim/store/huffman.h"

#include <stdbool.h>
#include <string.h>

typedef struct leaf {
  uint32_t count;
  uint32_t symbol;
} leaf;

/* By count, then symbol: a radix sort with digits of a byte; they are few, and usually two digits
 * suffice. */
static void sort_leaves(leaf *leaves, size_t n) {
  leaf other[FSIM_MOST_SYMBOLS];
  uint32_t all = 0;
  for (size_t i = 0; i < n; i++) all |= leaves[i].count;
  for (unsigned shift = 0; shift < 32 && all >> shift != 0; shift += 8) {
    uint16_t first[257] = {0};
    for (size_t i = 0; i < n; i++) first[(leaves[i].count >> shift & 0xff) + 1]++;
    for (size_t d = 0; d < 256; d++) first[d + 1] = (uint16_t)(first[d + 1] + first[d]);
    for (size_t i = 0; i < n; i++) other[first[leaves[i].count >> shift & 0xff]++] = leaves[i];
    memcpy(leaves, other, n * sizeof *leaves);
  }
}

/* Depths of leaves that come in order of count (Huffman 1952, with two queues after van Leeuwen
 * 1976): the rarer two of the first unused leaf and the first unused inner node become a node. */
static void find_depths(const leaf *leaves, size_t n, uint8_t *depth) {
  uint64_t weight[FSIM_MOST_SYMBOLS];
  uint16_t parent[2 * FSIM_MOST_SYMBOLS]; /* leaves first, then inner nodes */
  uint8_t inner_depth[FSIM_MOST_SYMBOLS];
  size_t next_leaf = 0, next_inner = 0;
  size_t root = n < 2 ? 0 : n - 2;
  for (size_t made = 0; made <= root; made++) {
    weight[made] = 0;
    for (int child = 0; child < 2; child++) {
      bool leaf_is_rarer =
          next_leaf < n && (next_inner == made || leaves[next_leaf].count <= weight[next_inner]);
      weight[made] += leaf_is_rarer ? leaves[next_leaf].count : weight[next_inner];
      parent[leaf_is_rarer ? next_leaf++ : n + next_inner++] = (uint16_t)made;
    }
  }
  inner_depth[root] = 0;
  for (size_t k = root; k-- > 0;) inner_depth[k] = (uint8_t)(inner_depth[parent[n + k]] + 1);
  for (size_t k = 0; k < n; k++) depth[k] = (uint8_t)(inner_depth[parent[k]] + 1);
}

/* How many codes of each length, none too long: codes that are move up to the greatest length, and
 * as many shorter ones grow by a bit as it takes to have room for all (the sum of 2^-length must be
 * 1 again). */
static void limit_depths(const uint8_t *depth, size_t n, uint32_t *of_length) {
  const uint32_t full = 1u << FSIM_LONGEST_CODE;
  uint32_t used = 0;
  memset(of_length, 0, (FSIM_LONGEST_CODE + 1) * sizeof *of_length);
  for (size_t k = 0; k < n; k++)
    of_length[depth[k] < FSIM_LONGEST_CODE ? depth[k] : FSIM_LONGEST_CODE]++;
  for (unsigned l = 1; l <= FSIM_LONGEST_CODE; l++) used += of_length[l] << (FSIM_LONGEST_CODE - l);
  while (used > full) {
    unsigned l = FSIM_LONGEST_CODE - 1;
    while (of_length[l] == 0) l--;
    of_length[l]--;
    of_length[l + 1] += 2;
    of_length[FSIM_LONGEST_CODE]--;
    used--;
  }
}

void fsim_code_lengths(const uint32_t *count, size_t n, uint8_t *length) {
  leaf leaves[FSIM_MOST_SYMBOLS];
  uint8_t depth[FSIM_MOST_SYMBOLS];
  uint32_t of_length[FSIM_LONGEST_CODE + 1];
  size_t used = 0;
  memset(length, 0, n);
  for (size_t s = 0; s < n; s++)
    if (count[s] > 0) leaves[used++] = (leaf){count[s], (uint32_t)s};
  sort_leaves(leaves, used);
  find_depths(leaves, used, depth);
  limit_depths(depth, used, of_length);
  for (unsigned l = FSIM_LONGEST_CODE, k = 0; l > 0; l--)
    for (uint32_t i = 0; i < of_length[l]; i++) length[leaves[k++].symbol] = (uint8_t)l;
}

void fsim_codes(const uint8_t *length, size_t n, fsim_code *code) {
  uint32_t next[FSIM_LONGEST_CODE + 2] = {0};
  for (size_t s = 0; s < n; s++) next[length[s] + 1]++;
  next[1] = 0;
  for (unsigned l = 1; l <= FSIM_LONGEST_CODE; l++) next[l + 1] = (next[l] + next[l + 1]) << 1;
  for (size_t s = 0; s < n; s++) {
    uint32_t bits = length[s] == 0 ? 0 : next[length[s]]++, reversed = 0;
    for (unsigned i = 0; i < length[s]; i++) reversed |= ((bits >> i) & 1u) << (length[s] - 1u - i);
    code[s] = (fsim_code){(uint16_t)reversed, length[s]};
  }
}
