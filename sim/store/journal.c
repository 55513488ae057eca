#include "sim/store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/array.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

static const char magic[8] = "fsimjrnl";

/* A journal is a head, then as many entries, each followed by its bytes. */
typedef struct head {
  char magic[8];
  uint64_t length; /* bytes behind the head */
  uint64_t checksum;
} head;

typedef struct entry {
  uint64_t address, length;
} entry;

typedef struct journal {
  H5FD_t public; /* first: HDF5 knows the file by it */
  H5FD_t *file;  /* of HDF5's ordinary driver */
  char *path;    /* of the journal; NULL: none is kept */
  uint8_t *held; /* entries */
  size_t length, capacity;
  haddr_t end; /* of the file at the last commit */
  bool abandoned;
} journal;

/* ---- entries ---- */

/* The entry at *at, and its bytes; *at moves behind it. False at the end, or where the entry is cut
 * short. */
static bool next_entry(const uint8_t *bytes, size_t length, size_t *at, entry *e,
                       const uint8_t **data) {
  if (length - *at < sizeof *e) return false;
  memcpy(e, bytes + *at, sizeof *e);
  if (length - *at - sizeof *e < e->length) return false;
  *data = bytes + *at + sizeof *e;
  *at += sizeof *e + (size_t)e->length;
  return true;
}

static int hold(journal *j, haddr_t address, size_t size, const void *data) {
  void *held = j->held;
  const entry e = {address, size};
  if (fsim_grow(&held, &j->capacity, j->length + sizeof e + size, 1) != 0) return -1;
  j->held = held;
  memcpy(j->held + j->length, &e, sizeof e);
  memcpy(j->held + j->length + sizeof e, data, size);
  j->length += sizeof e + size;
  return 0;
}

static uint64_t checksum(const uint8_t *bytes, size_t length) {
  return crc32_z(crc32_z(0, NULL, 0), bytes, length);
}

static int write_all(int fd, const void *bytes, size_t length) {
  const char *from = bytes;
  while (length > 0) {
    ssize_t some = write(fd, from, length);
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) return -1;
    from += some;
    length -= (size_t)some;
  }
  return 0;
}

static int write_journal(const journal *j) {
  head h = {.length = j->length, .checksum = checksum(j->held, j->length)};
  memcpy(h.magic, magic, sizeof magic);
  int fd = open(j->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return -1;
  int ret = write_all(fd, &h, sizeof h) == 0 ? write_all(fd, j->held, j->length) : -1;
  if (close(fd) != 0) ret = -1;
  if (ret != 0) {
    int reason = errno;
    unlink(j->path);
    errno = reason;
  }
  return ret;
}

/* Entries into their places: those beyond the end of the last commit, or the others. */
static int write_held(const journal *j, bool beyond) {
  entry e;
  const uint8_t *data;
  for (size_t at = 0; next_entry(j->held, j->length, &at, &e, &data);)
    if ((e.address >= j->end) == beyond &&
        H5FDwrite(j->file, H5FD_MEM_DEFAULT, H5P_DEFAULT, e.address, (size_t)e.length, data) < 0)
      return -1;
  return 0;
}

/* What needs new space goes first: a full disk is found before anything is changed. Fails in the
 * midst of changes only where a disk does; then the journal stays. */
static int commit(journal *j) {
  if (j->length == 0) return 0;
  if (write_held(j, true) != 0) return -1;
  if (j->path != NULL && write_journal(j) != 0) return -1;
  if (write_held(j, false) != 0) return -1;
  if (j->path != NULL && unlink(j->path) != 0 && errno != ENOENT) return -1;
  j->length = 0;
  j->end = H5FDget_eof(j->file, H5FD_MEM_DEFAULT);
  return 0;
}

/* ---- the driver: all but reading, writing and flushing is left to the ordinary one ---- */

static H5FD_t *inner(const H5FD_t *file) {
  return ((const journal *)file)->file;
}

static herr_t driver_close(H5FD_t *file) {
  journal *j = (journal *)file;
  herr_t ret = H5FDclose(j->file);
  free(j->path);
  free(j->held);
  free(j);
  return ret;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t most) {
  (void)access;
  journal *j = fsim_zeroed(1, sizeof *j);
  hid_t ordinary = H5Pcreate(H5P_FILE_ACCESS);
  if (j != NULL && ordinary >= 0 && H5Pset_fapl_sec2(ordinary) >= 0)
    j->file = H5FDopen(name, flags, ordinary, most);
  if (ordinary >= 0) H5Pclose(ordinary);
  if (j != NULL && j->file != NULL) {
    j->end = H5FDget_eof(j->file, H5FD_MEM_DEFAULT);
    return &j->public;
  }
  free(j);
  return NULL;
}

static int driver_compare(const H5FD_t *a, const H5FD_t *b) {
  return H5FDcmp(inner(a), inner(b));
}

static herr_t driver_query(const H5FD_t *file, unsigned long *flags) {
  (void)file;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *file, H5FD_mem_t type) {
  return H5FDget_eoa(inner(file), type);
}

static herr_t driver_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t address) {
  return H5FDset_eoa(inner(file), type, address);
}

/* What is held counts as written. */
static haddr_t driver_get_eof(const H5FD_t *file, H5FD_mem_t type) {
  const journal *j = (const journal *)file;
  haddr_t end = H5FDget_eof(j->file, type);
  entry e;
  const uint8_t *data;
  for (size_t at = 0; next_entry(j->held, j->length, &at, &e, &data);)
    if (e.address + e.length > end) end = e.address + e.length;
  return end;
}

static herr_t driver_get_handle(H5FD_t *file, hid_t access, void **handle) {
  (void)access;
  *handle = file;
  return 0;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t size, void *buffer) {
  const journal *j = (const journal *)file;
  entry e;
  const uint8_t *data;
  (void)transfer;
  if (H5FDread(j->file, type, H5P_DEFAULT, address, size, buffer) < 0) return -1;
  for (size_t at = 0; next_entry(j->held, j->length, &at, &e, &data);) {
    uint64_t from = e.address > address ? e.address : address,
             end = e.address + e.length < address + size ? e.address + e.length : address + size;
    if (from < end)
      memcpy((uint8_t *)buffer + (from - address), data + (from - e.address), (size_t)(end - from));
  }
  return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                           size_t size, const void *buffer) {
  journal *j = (journal *)file;
  (void)transfer;
  if (j->abandoned) return 0;
  if (type == H5FD_MEM_DRAW) return H5FDwrite(j->file, type, H5P_DEFAULT, address, size, buffer);
  return hold(j, address, size, buffer);
}

static herr_t driver_flush(H5FD_t *file, hid_t transfer, hbool_t closing) {
  journal *j = (journal *)file;
  (void)transfer;
  if (j->abandoned) return 0;
  return commit(j) == 0 ? H5FDflush(j->file, H5P_DEFAULT, closing) : -1;
}

static herr_t driver_truncate(H5FD_t *file, hid_t transfer, hbool_t closing) {
  (void)transfer;
  if (((journal *)file)->abandoned) return 0;
  return H5FDtruncate(inner(file), H5P_DEFAULT, closing);
}

static herr_t driver_lock(H5FD_t *file, hbool_t write) {
  return H5FDlock(inner(file), write);
}

static herr_t driver_unlock(H5FD_t *file) {
  return H5FDunlock(inner(file));
}

static const H5FD_class_t driver = {
    .name = "funnelsim journal",
    .maxaddr = HADDR_MAX / 2,
    .fc_degree = H5F_CLOSE_WEAK,
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .get_handle = driver_get_handle,
    .read = driver_read,
    .write = driver_write,
    .flush = driver_flush,
    .truncate = driver_truncate,
    .lock = driver_lock,
    .unlock = driver_unlock,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* Registered once and for good: HDF5 lets go of a file's reference to its driver before it calls
 * the driver's close, so a file must never hold the last one. */
static hid_t registered_driver(void) {
  static hid_t id = -1;
  if (id < 0 || H5Iget_type(id) != H5I_VFL) id = H5FDregister(&driver);
  return id;
}

int fsim_journal_use(hid_t access) {
  hid_t id = registered_driver();
  return id >= 0 && H5Pset_driver(access, id, NULL) >= 0 ? 0 : -1;
}

/* ---- for the writer ---- */

static char *journal_path(const char *path) {
  fsim_text text = {0};
  fsim_text_append(&text, "%s.journal", path);
  if (!text.failed) return text.text;
  free(text.text);
  return NULL;
}

int fsim_journal_start(hid_t file, const char *path) {
  void *handle = NULL;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0) return -1;
  journal *j = handle;
  free(j->path);
  j->path = journal_path(path);
  if (j->path == NULL) return -1;
  return unlink(j->path) == 0 || errno == ENOENT ? 0 : -1;
}

void fsim_journal_abandon(hid_t file) {
  void *handle = NULL;
  if (file < 0 || H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0) return;
  ((journal *)handle)->abandoned = true;
}

/* ---- after a kill ---- */

static bool is_whole(const uint8_t *bytes, size_t length) {
  head h;
  if (length < sizeof h) return false;
  memcpy(&h, bytes, sizeof h);
  return memcmp(h.magic, magic, sizeof magic) == 0 && h.length == length - sizeof h &&
         h.checksum == checksum(bytes + sizeof h, length - sizeof h);
}

static int apply(int fd, const uint8_t *bytes, size_t length) {
  entry e;
  const uint8_t *data;
  for (size_t at = 0; next_entry(bytes, length, &at, &e, &data);) {
    if (lseek(fd, (off_t)e.address, SEEK_SET) < 0) return -1;
    if (write_all(fd, data, (size_t)e.length) != 0) return -1;
  }
  return 0;
}

/* A journal that is not whole was never begun to be applied: the file is as it was. */
static int finish_commit(int fd, const char *path, fsim_report *report) {
  char *text = NULL;
  size_t length = 0;
  int status = fsim_read_file(path, SIZE_MAX, FSIM_NOWHERE, report, &text, &length);
  if (status != FSIM_OK) return status;
  const uint8_t *bytes = (const uint8_t *)text;
  if (is_whole(bytes, length) && apply(fd, bytes + sizeof(head), length - sizeof(head)) != 0)
    status = fsim_failure(report, FSIM_NOWHERE,
                          "cannot finish what a stopped run was about to write, kept in %s: %s",
                          path, strerror(errno));
  if (status == FSIM_OK && unlink(path) != 0)
    status = fsim_failure(report, FSIM_NOWHERE, "cannot remove %s: %s", path, strerror(errno));
  free(text);
  return status;
}

int fsim_journal_recover(const char *path, fsim_report *report) {
  char *name = journal_path(path);
  if (name == NULL) return fsim_no_memory(report);
  int status = FSIM_OK;
  if (access(name, F_OK) == 0) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
      status = fsim_failure(report, FSIM_NOWHERE,
                            "cannot finish what a stopped run was about to write to %s: %s", path,
                            strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) == 0) { /* else the run is at work and does it */
      status = finish_commit(fd, name, report);
    }
    if (fd >= 0) close(fd);
  }
  free(name);
  return status;
}
