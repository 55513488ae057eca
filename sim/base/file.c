#include "sim/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"

/* Opens without waiting, so that a named pipe cannot hang the program; checks what it is. */
static int open_regular(const char *path, size_t limit, fsim_place place, fsim_report *report,
                        int *handle) {
  *handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (*handle < 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return fsim_bad_input(report, place, "%s: no such file; check the name and the folder", path);
    return fsim_bad_input(report, place, "%s: cannot be read: %s", path, strerror(errno));
  }
  struct stat facts;
  int status = FSIM_OK;
  if (fstat(*handle, &facts) != 0)
    status = fsim_bad_input(report, place, "%s: cannot be read: %s", path, strerror(errno));
  else if (S_ISDIR(facts.st_mode))
    status = fsim_bad_input(report, place, "%s is a folder; name a file in it", path);
  else if (!S_ISREG(facts.st_mode))
    status = fsim_bad_input(report, place, "%s is not a regular file", path);
  else if (facts.st_size < 0 || (size_t)facts.st_size > limit)
    status = fsim_bad_input(report, place, "%s has %lld bytes, more than the %zu allowed here",
                            path, (long long)facts.st_size, limit);
  if (status != FSIM_OK) {
    close(*handle);
    return status;
  }
  return FSIM_OK;
}

/* The file may grow or shrink meanwhile: reads to its end, whatever its size was said to be. */
static int read_all(int handle, const char *path, size_t limit, fsim_place place,
                    fsim_report *report, char **text, size_t *length) {
  size_t capacity = 0, filled = 0;
  char *bytes = NULL;
  for (;;) {
    if (capacity - filled < 2) {
      size_t wider = capacity < 32768 ? 65536 : capacity * 2;
      char *grown = realloc(bytes, wider);
      if (!grown) {
        free(bytes);
        return fsim_no_memory(report);
      }
      bytes = grown;
      capacity = wider;
    }
    ssize_t got = read(handle, bytes + filled, capacity - filled - 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      int status = fsim_bad_input(report, place, "%s: cannot be read: %s", path, strerror(errno));
      free(bytes);
      return status;
    }
    if (got == 0) break;
    filled += (size_t)got;
    if (filled > limit) {
      free(bytes);
      return fsim_bad_input(report, place, "%s is longer than the %zu bytes allowed here", path,
                            limit);
    }
  }
  bytes[filled] = '\0';
  *text = bytes;
  *length = filled;
  return FSIM_OK;
}

int fsim_read_file(const char *path, size_t limit, fsim_place place, fsim_report *report,
                   char **text, size_t *length) {
  int handle;
  int status = open_regular(path, limit, place, report, &handle);
  if (status != FSIM_OK) return status;
  status = read_all(handle, path, limit, place, report, text, length);
  close(handle);
  return status;
}

bool fsim_begins_as_hdf5(const char *path) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  char begin[sizeof signature];
  struct stat facts;
  int handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (handle < 0) return false;
  bool is = fstat(handle, &facts) == 0 && S_ISREG(facts.st_mode) &&
            pread(handle, begin, sizeof begin, 0) == (ssize_t)sizeof begin &&
            memcmp(begin, signature, sizeof begin) == 0;
  close(handle);
  return is;
}

void fsim_sha256(const void *bytes, size_t length, char hex[65]) {
  SHA2_CTX context;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Init(&context);
  if (length > 0) SHA256Update(&context, bytes, length);
  SHA256Final(digest, &context);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

char *fsim_path_beside(const char *path, const char *name) {
  const char *slash = strrchr(path, '/');
  if (name[0] == '/' || !slash) return fsim_copy_text(name, strlen(name));
  fsim_text joined = {0};
  fsim_text_append(&joined, "%.*s%s", (int)(slash - path + 1), path, name);
  if (joined.failed) {
    free(joined.text);
    return NULL;
  }
  return joined.text;
}
