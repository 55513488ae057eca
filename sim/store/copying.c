#include "sim/store/copying.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/text.h"

#define COPY_BYTES 1048576

static int copy_bytes(int from, int to) {
  char *buffer = malloc(COPY_BYTES);
  if (buffer == NULL) return -1;
  ssize_t got = 0;
  int ret = 0;
  while (ret == 0 && (got = read(from, buffer, COPY_BYTES)) > 0) {
    for (ssize_t done = 0; done < got;) {
      ssize_t some = write(to, buffer + done, (size_t)(got - done));
      if (some < 0) {
        ret = -1;
        break;
      }
      done += some;
    }
  }
  free(buffer);
  return ret == 0 && got == 0 ? 0 : -1;
}

int fsim_copy_file(const char *from_path, const char *to_path, fsim_report *report) {
  fsim_text name = {0};
  fsim_text_append(&name, "%s.copy", to_path);
  if (name.failed) {
    free(name.text);
    return fsim_no_memory(report);
  }
  int status = FSIM_OK, from = open(from_path, O_RDONLY | O_CLOEXEC), to = -1;
  if (from < 0) {
    status = fsim_failure(report, FSIM_NOWHERE, "cannot read %s: %s", from_path, strerror(errno));
    goto out;
  }
  to = open(name.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int ret = to < 0 ? -1 : copy_bytes(from, to);
  if (to >= 0 && close(to) != 0) ret = -1;
  if (ret == 0) ret = rename(name.text, to_path);
  if (ret != 0) {
    status = fsim_failure(report, FSIM_NOWHERE, "cannot copy %s to %s: %s", from_path, to_path,
                          strerror(errno));
    unlink(name.text);
  }
out:
  if (from >= 0) close(from);
  free(name.text);
  return status;
}
