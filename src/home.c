/* SPDX-License-Identifier: MIT */
#include "home.h"

#include "err.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *variable;
    const char *in_home;
} places[] = {
    [HL_HOME_DATA] = {"XDG_DATA_HOME", ".local/share"},
    [HL_HOME_STATE] = {"XDG_STATE_HOME", ".local/state"},
    [HL_HOME_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
};

static int directory(const struct hl_options *o, enum hl_home_kind kind, char *out, size_t size)
{
    const char *xdg = getenv(places[kind].variable);
    const char *home = getenv("HOME");
    int len;

    if (o->home)
        len = snprintf(out, size, "%s", o->home);
    else if (xdg && *xdg == '/')
        len = snprintf(out, size, "%s/hullo", xdg);
    else if (home && *home == '/')
        len = snprintf(out, size, "%s/%s/hullo", home, places[kind].in_home);
    else
        return -ENOENT;
    return len > 0 && (size_t)len < size ? 0 : -ENAMETOOLONG;
}

/* A directory that was there before may be open to others: whoever may write there can put another
 * key or store in the place of ours. One that belongs to somebody else cannot be made private. */
static int make_private(const char *path)
{
    struct stat st;

    if (stat(path, &st))
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    if (st.st_uid != geteuid())
        return HL_ERR_HOME_OWNER;
    if ((st.st_mode & 077) == 0)
        return 0;
    if (chmod(path, 0700))
        return -errno;
    hl_reportf(path, "was open to others (mode %04o), is private now (0700)",
               (unsigned)st.st_mode & 07777);
    return 0;
}

/* As mkdir -p, private: what lies there names peers and holds keys. */
int hl_home_make(const char *path)
{
    char above[HL_HOME_PATH];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        int len = snprintf(above, sizeof above, "%.*s", (int)(slash - path), path);

        if (len >= HL_HOME_PATH)
            return -ENAMETOOLONG;
        if (len && mkdir(above, 0700) && errno != EEXIST)
            return -errno;
    }
    return 0;
}

int hl_home_path(const struct hl_options *o, enum hl_home_kind kind, const char *file,
                 char out[static HL_HOME_PATH])
{
    int err = directory(o, kind, out, HL_HOME_PATH - strlen(file) - 1);
    size_t len = err ? 0 : strlen(out);

    if (err == 0)
        snprintf(out + len, HL_HOME_PATH - len, "/%s", file);
    return err;
}

int hl_home_file(const struct hl_options *o, enum hl_home_kind kind, const char *file,
                 char out[static HL_HOME_PATH])
{
    int err = directory(o, kind, out, HL_HOME_PATH - strlen(file) - 1);
    size_t len;

    if (err)
        return err;
    len = strlen(out);
    snprintf(out + len, HL_HOME_PATH - len, "/%s", file);
    err = hl_home_make(out);
    if (err)
        return err;
    out[len] = '\0';
    err = make_private(out);
    out[len] = '/';
    return err;
}
