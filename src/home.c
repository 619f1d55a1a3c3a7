/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *variable;
    const char *in_home;
} places[] = {
    [HL_HOME_DATA] = {"XDG_DATA_HOME", ".local/share"},
    [HL_HOME_STATE] = {"XDG_STATE_HOME", ".local/state"},
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

/* mkdir -p, private: what lies there names peers and holds keys. */
static int make(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

int hl_home_file(const struct hl_options *o, enum hl_home_kind kind, const char *file,
                 char out[static HL_HOME_PATH])
{
    int err = directory(o, kind, out, HL_HOME_PATH - strlen(file) - 1);
    size_t len;

    if (err)
        return err;
    err = make(out);
    len = strlen(out);
    snprintf(out + len, HL_HOME_PATH - len, "/%s", file);
    return err;
}
