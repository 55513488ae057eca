#define _POSIX_C_SOURCE 200809L

#include "analysis/fit/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/csv.h"

void fsim_export_file_close(fsim_export_file *file) {
  if (file->mapped != NULL) munmap(file->mapped, file->mapped_length);
  free(file->converted);
  *file = (fsim_export_file){0};
}

static const char *encoding_of(const fsim_export_file *file) {
  const unsigned char *b = (const unsigned char *)file->text;
  if (file->length >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
    return "UTF-16";
  return fsim_is_utf8(file->text, file->length) ? NULL : "WINDOWS-1252";
}

/* UTF-8 needs at most three bytes for what has one or two in these encodings. */
static int convert(fsim_export_file *file, fsim_place place, fsim_report *report) {
  if (file->length > (SIZE_MAX - 16) / 3) return fsim_no_memory(report);
  iconv_t converter = iconv_open("UTF-8", file->converted_from);
  if (converter == (iconv_t)-1)
    return fsim_failure(report, place, "this system cannot convert %s; save the file as UTF-8",
                        file->converted_from);
  size_t room = 3 * file->length + 16, left = room, unread = file->length;
  file->converted = malloc(room);
  char *in = (char *)(uintptr_t)file->text, *out = file->converted;
  int status = FSIM_OK;
  if (file->converted == NULL)
    status = fsim_no_memory(report);
  else if (iconv(converter, &in, &unread, &out, &left) == (size_t)-1)
    status = fsim_bad_input(report, place,
                            "neither UTF-8 nor %s: byte %zu means nothing there; save the file as "
                            "UTF-8",
                            file->converted_from, file->length - unread + 1);
  iconv_close(converter);
  file->text = file->converted;
  file->length = room - left;
  return status;
}

int fsim_export_file_open(const char *path, fsim_report *report, fsim_export_file *file) {
  *file = (fsim_export_file){.text = ""};
  const fsim_place place = {path, 0, 0};
  struct stat about;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fsim_bad_input(report, place, "cannot be read: %s", strerror(errno));
  int status = FSIM_OK;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
    status = fsim_bad_input(report, place, "this is no regular file");
  else if (about.st_size > 0) {
    void *mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) {
      status = fsim_failure(report, place, "cannot be read: %s", strerror(errno));
    } else {
      file->mapped = mapped;
      file->mapped_length = (size_t)about.st_size;
      file->text = mapped;
      file->length = file->mapped_length;
    }
  }
  close(fd);
  if (status != FSIM_OK) return status;
  file->converted_from = encoding_of(file);
  return file->converted_from == NULL ? FSIM_OK : convert(file, place, report);
}
