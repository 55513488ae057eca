/* Huffman codes as deflate wants them (RFC 1951, 3.2.2): canonical, of limited length. */
#ifndef FSIM_STORE_HUFFMAN_H
#define FSIM_STORE_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>

#define FSIM_LONGEST_CODE 14   /* deflate allows 15; four codes of 14 and 7 bits fit into 64 */
#define FSIM_MOST_SYMBOLS 288u /* deflate's largest alphabet */

typedef struct fsim_code {
  uint16_t bits; /* the first bit to be written is the lowest */
  uint16_t length;
} fsim_code;

/* Lengths of the codes of n symbols (at most FSIM_MOST_SYMBOLS, at least two of them with a count);
 * 0 for those that do not occur. */
void fsim_code_lengths(const uint32_t *count, size_t n, uint8_t *length);
/* The codes that have these lengths. */
void fsim_codes(const uint8_t *length, size_t n, fsim_code *code);

#endif
