/* SPDX-License-Identifier: MIT */
#include "looks.h"

#include "err.h"
#include "i18n.h"
#include "slurp.h"
#include "suggest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char suffix[] = ".theme";

/* "DIRECTORY/themes" beside hullo.conf; false if there is none or its path is too long. */
static bool directory_of(const char *conf, char out[static HL_HOME_PATH])
{
    const char *slash = strrchr(conf, '/');
    int len = snprintf(out, HL_HOME_PATH, "%.*sthemes", slash ? (int)(slash - conf) + 1 : 0, conf);

    return *conf && len > 0 && len < HL_HOME_PATH;
}

/* The path that a name stands for; false if it is only a name of the program's. */
static bool path_of(const char *conf, const char *name, char out[static HL_HOME_PATH])
{
    const char *home = getenv("HOME");
    char directory[HL_HOME_PATH];
    int len = HL_HOME_PATH;

    if (strncmp(name, "~/", 2) == 0 && home)
        len = snprintf(out, HL_HOME_PATH, "%s%s", home, name + 1);
    else if (strchr(name, '/'))
        len = snprintf(out, HL_HOME_PATH, "%s", name);
    else if (directory_of(conf, directory))
        len = snprintf(out, HL_HOME_PATH, "%s/%s%s", directory, name, suffix);
    return len > 0 && len < HL_HOME_PATH;
}

void hl_looks_list(const char *conf, void (*each)(void *user, const char *name), void *user)
{
    char path[HL_HOME_PATH];
    const char *name;
    const struct dirent *entry;
    DIR *dir;

    for (size_t i = 0; (name = hl_theme_name(i)) != NULL; i++)
        each(user, name);
    dir = directory_of(conf, path) ? opendir(path) : NULL;
    while (dir && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len < sizeof suffix || strcmp(entry->d_name + len - sizeof suffix + 1, suffix) != 0)
            continue;
        snprintf(path, sizeof path, "%.*s", (int)(len - sizeof suffix + 1), entry->d_name);
        each(user, path);
    }
    if (dir)
        closedir(dir);
}

/* The nearest name, copied: those of files do not live as long as the search. */
struct nearest {
    const char *typed;
    size_t distance;
    char best[HL_SUGGEST_MAX];
};

static void offer(void *user, const char *name)
{
    struct nearest *n = user;
    struct hl_suggestion s = {.typed = n->typed, .distance = n->distance};

    hl_suggest_offer(&s, name);
    if (s.best && (n->best[0] == '\0' || s.distance < n->distance)) {
        snprintf(n->best, sizeof n->best, "%s", name);
        n->distance = s.distance;
    }
}

static void unknown(const char *conf, const char *name, char why[static HL_WHY_MAX])
{
    struct hl_suggestion start;
    struct nearest n = {.typed = name};

    hl_suggest_start(&start, name);
    n.distance = start.distance;
    hl_looks_list(conf, offer, &n);
    if (n.best[0])
        snprintf(why, HL_WHY_MAX, _("theme: %.100s: no such theme: did you mean %s?"), name,
                 n.best);
    else
        snprintf(why, HL_WHY_MAX, _("theme: %.100s: no such theme"), name);
}

int hl_looks_load(const char *conf, const char *name, struct hl_theme *out,
                  char why[static HL_WHY_MAX])
{
    char path[HL_HOME_PATH];
    struct hl_theme_error e;
    char *text = NULL;
    size_t len = 0;
    int err = path_of(conf, name, path) ? hl_slurp(path, HL_THEME_BYTES, &text, &len) : -ENOENT;

    if (err == -ENOENT && !strchr(name, '/')) {
        if (hl_theme_builtin(out, name) == 0)
            return 0;
        unknown(conf, name, why);
        return -1;
    }
    if (err)
        snprintf(why, HL_WHY_MAX, "theme: %.200s: %s", path, _(hl_err_text(err)));
    else if (hl_theme_parse(out, text, len, &e))
        snprintf(why, HL_WHY_MAX, "%.*s:%zu: %s", HL_WHY_MAX - HL_THEME_WHY - 32, path, e.line,
                 e.why);
    else
        why = NULL;
    free(text);
    return why ? -1 : 0;
}
