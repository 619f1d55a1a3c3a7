/* SPDX-License-Identifier: MIT */
#include "slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STEP = 4096,
};

static int read_all(int fd, size_t max, char **out, size_t *len)
{
    char *bytes = NULL;
    size_t have = 0;
    ssize_t n = 1;

    while (n > 0) {
        char *larger = have > max ? NULL : realloc(bytes, have + STEP + 1);

        if (!larger) {
            free(bytes);
            return have > max ? -EFBIG : -ENOMEM;
        }
        bytes = larger;
        do
            n = read(fd, bytes + have, STEP);
        while (n < 0 && errno == EINTR);
        have += n > 0 ? (size_t)n : 0;
    }
    if (n < 0 || have > max) {
        int err = n < 0 ? -errno : -EFBIG;

        free(bytes);
        return err;
    }
    bytes[have] = '\0';
    *out = bytes;
    *len = have;
    return 0;
}

int hl_slurp(const char *path, size_t max, char **out, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int err;

    *out = NULL;
    *len = 0;
    if (fd < 0)
        return -errno;
    err = read_all(fd, max, out, len);
    close(fd);
    return err;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        len -= (size_t)n;
    }
    return fsync(fd) ? -errno : 0;
}

/* As the file that is to be replaced: what cannot be kept of the owner is not worth a failure. */
static void keep_owner(int fd, const char *path)
{
    struct stat was;

    if (stat(path, &was))
        return;
    (void)!fchown(fd, was.st_uid, was.st_gid);
    (void)!fchmod(fd, was.st_mode & 07777);
}

/* The new name must not be lost either. */
static void sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(directory);
}

/* Writes fd, which is called temporary, and gives it the name. */
static int replace_with(int fd, const char *temporary, const char *path, const char *bytes,
                        size_t len)
{
    int err;

    keep_owner(fd, path);
    err = write_all(fd, bytes, len);
    if (close(fd) && err == 0)
        err = -errno;
    if (err == 0 && rename(temporary, path))
        err = -errno;
    if (err)
        unlink(temporary);
    else
        sync_directory(path);
    return err;
}

int hl_slurp_replace(const char *path, const char *bytes, size_t len)
{
    char *temporary;
    int fd;
    int err;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return -ENOMEM;
    fd = mkostemp(temporary, O_CLOEXEC);
    err = fd < 0 ? -errno : replace_with(fd, temporary, path, bytes, len);
    free(temporary);
    return err;
}
