#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* madvise */

#include "analysis/fit/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/csv.h"

#define BLOCK 65536               /* bytes converted at once */
#define PASSED_AT_ONCE (16 << 20) /* bytes whose pages are given back at once */

void fsim_export_file_close(fsim_export_file *file) {
  if (file->mapped != NULL) munmap(file->mapped, file->mapped_length);
  *file = (fsim_export_file){0};
}

void fsim_export_file_pass(fsim_export_file *file, size_t at) {
  const size_t until = at - at % PASSED_AT_ONCE;
  if (file->mapped == NULL || until <= file->passed) return;
  /* Only advice: what is read again later comes from the file again. */
  (void)madvise((char *)file->mapped + file->passed, until - file->passed, MADV_DONTNEED);
  file->passed = until;
}

/* Pages of whatever the descriptor holds. */
static int map(fsim_export_file *file, int fd, fsim_place place, fsim_report *report) {
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
    return fsim_bad_input(report, place, "this is no regular file");
  *file = (fsim_export_file){.text = "", .converted_from = file->converted_from};
  if (about.st_size == 0) return FSIM_OK;
  void *mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (mapped == MAP_FAILED)
    return fsim_failure(report, place, "cannot be read: %s", strerror(errno));
  file->mapped = mapped;
  file->mapped_length = (size_t)about.st_size;
  file->text = mapped;
  file->length = file->mapped_length;
  return FSIM_OK;
}

/* The first byte that is NUL or no UTF-8, block by block so that few pages are in memory at once.
 */
static size_t text_until(fsim_export_file *file) {
  size_t at = 0;
  while (at < file->length) {
    size_t n = file->length - at < PASSED_AT_ONCE ? file->length - at : PASSED_AT_ONCE;
    /* A block ends between characters. */
    while (at + n < file->length && n > PASSED_AT_ONCE - 4 &&
           ((unsigned char)file->text[at + n] & 0xc0) == 0x80)
      n--;
    const char *nul = memchr(file->text + at, '\0', n);
    if (nul != NULL) n = (size_t)(nul - file->text) - at;
    const size_t good = fsim_utf8_until(file->text + at, n);
    if (good < n || nul != NULL) return at + good;
    at += n;
    fsim_export_file_pass(file, at);
  }
  file->passed = 0;
  return at;
}

static int find_encoding(fsim_export_file *file, const char *asked, fsim_place place,
                         fsim_report *report) {
  const unsigned char *b = (const unsigned char *)file->text;
  const bool utf8 =
      asked != NULL && (strcasecmp(asked, "utf-8") == 0 || strcasecmp(asked, "utf8") == 0);
  file->converted_from = asked;
  if (asked != NULL && !utf8) return FSIM_OK;
  file->converted_from = NULL;
  if (file->length >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
    file->converted_from = "UTF-16";
    return FSIM_OK;
  }
  const size_t at = text_until(file);
  if (at == file->length) return FSIM_OK;
  if (b[at] == '\0')
    return fsim_bad_input(report, place,
                          "byte %zu is NUL: this is not a text file (a spreadsheet?); export the "
                          "table as CSV, or say encoding: UTF-16LE in the mapping if it is that",
                          at + 1);
  if (utf8)
    return fsim_bad_input(report, place, "byte %zu (0x%02x) is not valid UTF-8; leave encoding out",
                          at + 1, b[at]);
  file->converted_from = "WINDOWS-1252";
  file->passed = 0;
  return FSIM_OK;
}

/* ---- other encodings ---- */

typedef struct converting {
  iconv_t iconv;
  FILE *into;
  const char *encoding;
  fsim_place place;
  fsim_report *report;
} converting;

static int strange_byte(const converting *c, const fsim_export_file *from, size_t at) {
  fsim_place place = c->place;
  place.line = 1;
  for (size_t i = 0; i < at && place.line < INT32_MAX; i++) place.line += from->text[i] == '\n';
  return fsim_bad_input(
      c->report, place,
      "byte %zu of the file (0x%02x) means nothing in %s; save the file as UTF-8, "
      "or say what it is in the mapping: encoding: ...",
      at + 1, (unsigned char)from->text[at], c->encoding);
}

static int write_block(const converting *c, const char *block, size_t length) {
  if (fwrite(block, 1, length, c->into) == length) return FSIM_OK;
  return fsim_failure(c->report, c->place,
                      "no room for its conversion from %s to UTF-8: %s; save the file as UTF-8, or "
                      "let TMPDIR name a folder with room",
                      c->encoding, strerror(errno));
}

static int convert_all(const converting *c, fsim_export_file *from) {
  char block[BLOCK];
  char *in = (char *)(uintptr_t)from->text; /* iconv's signature; it does not write there */
  size_t unread = from->length;
  int status = FSIM_OK;
  while (unread > 0 && status == FSIM_OK) {
    char *out = block;
    size_t left = sizeof block;
    const size_t done = iconv(c->iconv, &in, &unread, &out, &left);
    const int why = errno;
    status = write_block(c, block, sizeof block - left);
    if (status == FSIM_OK && done == (size_t)-1 && why != E2BIG)
      status = strange_byte(c, from, from->length - unread);
    fsim_export_file_pass(from, from->length - unread);
  }
  if (status == FSIM_OK && fflush(c->into) != 0) status = write_block(c, "", 1);
  return status;
}

/* Into a nameless file, so that memory does not grow with the export; it goes with its pages. */
static int convert(fsim_export_file *file, fsim_place place, fsim_report *report) {
  converting c = {.encoding = file->converted_from, .place = place, .report = report};
  c.iconv = iconv_open("UTF-8", c.encoding);
  if (c.iconv == (iconv_t)-1)
    return fsim_bad_input(report, place, "encoding %s is not known here; save the file as UTF-8",
                          c.encoding);
  c.into = tmpfile();
  int status = c.into == NULL ? fsim_failure(report, place, "no temporary file can be made: %s",
                                             strerror(errno))
                              : convert_all(&c, file);
  fsim_export_file converted = {.converted_from = c.encoding};
  if (status == FSIM_OK) status = map(&converted, fileno(c.into), place, report);
  if (c.into != NULL) fclose(c.into); /* the pages keep what is in it */
  iconv_close(c.iconv);
  fsim_export_file_close(file);
  *file = converted;
  return status;
}

int fsim_export_file_open(const char *path, const char *encoding, fsim_report *report,
                          fsim_export_file *file) {
  *file = (fsim_export_file){.text = ""};
  const fsim_place place = {path, 0, 0};
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fsim_bad_input(report, place, "cannot be read: %s", strerror(errno));
  int status = map(file, fd, place, report);
  close(fd);
  if (status == FSIM_OK) status = find_encoding(file, encoding, place, report);
  if (status != FSIM_OK || file->converted_from == NULL) return status;
  return convert(file, place, report);
}
