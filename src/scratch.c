/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include "slurp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "hullo-edit-";
static const char file_name[] = "message.txt"; /* editors choose what they do by it */

/* The XDG base directory specification wants it to be ours alone; who did not see to that gets
 * nothing of ours to read. */
static bool is_private(const char *path)
{
    struct stat st;

    return path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

int hl_scratch_place(const struct hl_options *o, char out[static HL_HOME_PATH])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char *slash;
    int err;

    if (runtime != NULL && strlen(runtime) < HL_HOME_PATH && is_private(runtime)) {
        strcpy(out, runtime);
        return 0;
    }
    err = hl_home_file(o, HL_HOME_STATE, prefix, out);
    slash = strrchr(out, '/');
    if (err == 0 && slash != NULL)
        *slash = '\0';
    return err;
}

/* ---- one of them ---- */

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int write_file(int directory, const char *text, size_t len)
{
    int fd = openat(directory, file_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int err = 0;

    if (fd < 0)
        return -errno;
    while (len > 0 && err == 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR)
            err = -errno;
        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return close(fd) != 0 && err == 0 ? -errno : err;
}

/* Everything in it but directories, and itself. */
static void remove_directory(int directory, const char *path)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (d == NULL && fd >= 0)
        close(fd);
    while (d != NULL && (entry = readdir(d)) != NULL)
        (void)unlinkat(directory, entry->d_name, 0);
    if (d != NULL)
        closedir(d);
    rmdir(path);
}

int hl_scratch_make(struct hl_scratch *s, const char *place, const char *text, size_t len)
{
    int err = 0;

    *s = HL_SCRATCH_NONE;
    if (snprintf(s->path, sizeof s->path, "%s/%sXXXXXX/%s", place, prefix, file_name) >=
        HL_HOME_PATH)
        return -ENAMETOOLONG;
    snprintf(s->directory, sizeof s->directory, "%s/%sXXXXXX", place, prefix);
    if (mkdtemp(s->directory) == NULL)
        return -errno;
    memcpy(s->path, s->directory, strlen(s->directory));
    s->lock = open_directory(s->directory);
    if (s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) != 0)
        err = -errno;
    if (err == 0)
        err = write_file(s->lock, text, len);
    if (err != 0 && s->lock < 0)
        rmdir(s->directory);
    if (err != 0)
        hl_scratch_remove(s);
    return err;
}

int hl_scratch_read(const struct hl_scratch *s, size_t max, char **out, size_t *len)
{
    return hl_slurp(s->path, max, out, len);
}

void hl_scratch_remove(struct hl_scratch *s)
{
    if (s->lock < 0)
        return;
    remove_directory(s->lock, s->directory);
    close(s->lock);
    *s = HL_SCRATCH_NONE;
}

/* ---- those of others ---- */

static void sweep(const char *path)
{
    struct stat st;
    int fd = open_directory(path);

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
        remove_directory(fd, path);
    close(fd);
}

void hl_scratch_sweep(const char *place)
{
    DIR *d = opendir(place);
    struct dirent *entry;
    char path[HL_HOME_PATH];

    while (d != NULL && (entry = readdir(d)) != NULL) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0 &&
            snprintf(path, sizeof path, "%s/%s", place, entry->d_name) < (int)sizeof path)
            sweep(path);
    }
    if (d != NULL)
        closedir(d);
}
