/* SPDX-License-Identifier: MIT */
#include "conf.h"

#include "conftext.h"
#include "err.h"
#include "i18n.h"
#include "looks.h"
#include "slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOCK_TRIES = 50, /* each of 20 ms: a writer needs less than one */
    LOCK_PAUSE = 20,
    PATH_SHOWN = 100, /* bytes: of a longer one the last part, for the reason must be seen */
};

void hl_conf_init(struct hl_conf *c)
{
    *c = (struct hl_conf){.mistake_count = 0};
    hl_settings_init(&c->settings);
    (void)!hl_theme_builtin(&c->theme, c->settings.theme); /* it is part of the program */
}

/* ---- reading ---- */

void hl_conf_mistake(struct hl_conf *c, const char *what)
{
    if (c->mistake_count < HL_CONF_MISTAKES)
        snprintf(c->mistakes[c->mistake_count], HL_WHY_MAX, "%s", what);
    c->mistake_count++;
}

static void mistake(void *user, size_t line, const char *why)
{
    struct hl_conf *c = user;
    const char *slash = strrchr(c->path, '/');
    char text[HL_WHY_MAX];

    if (strlen(c->path) < PATH_SHOWN || !slash)
        slash = c->path - 1;
    snprintf(text, sizeof text, "%.*s:%zu: %.*s", PATH_SHOWN, slash + 1, line,
             HL_WHY_MAX - PATH_SHOWN - 24, why);
    hl_conf_mistake(c, text);
}

static int read_file(struct hl_conf *c)
{
    const struct hl_conftext_sink sink = {&c->settings, &c->keymap, mistake, c};
    char why[HL_WHY_MAX];
    char *text;
    size_t len;
    int err = hl_slurp(c->path, HL_CONFTEXT_MAX, &text, &len);

    if (err)
        return err;
    hl_conftext_read(text, len, &sink);
    free(text);
    if (hl_looks_load(c->path, c->settings.theme, &c->theme, why))
        hl_conf_mistake(c, why);
    return 0;
}

int hl_conf_load(struct hl_conf *c, const struct hl_options *o, char why[static HL_WHY_MAX])
{
    int err;

    hl_conf_init(c);
    if (o->config)
        err = snprintf(c->path, sizeof c->path, "%s", o->config) < (int)sizeof c->path
                  ? 0
                  : -ENAMETOOLONG;
    else
        err = hl_home_path(o, HL_HOME_CONFIG, "hullo.conf", c->path);
    if (err && !o->config) {
        c->path[0] = '\0';
        return 0;
    }
    if (err == 0)
        err = read_file(c);
    if (err == 0 || (!o->config && (err == -ENOENT || err == -ENOTDIR)))
        return 0;
    snprintf(why, HL_WHY_MAX, "%.200s: %s", c->path, _(hl_err_text(err)));
    if (o->config)
        return err;
    hl_conf_mistake(c, why);
    return 0;
}

/* ---- writing ---- */

/* Programs that change the file at the same time wait for each other; the directory is locked,
 * because the file itself is replaced. A writer that is stopped half-way must not hold us up. */
static int lock_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char directory[HL_HOME_PATH];
    int fd;

    snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
        if (errno != EWOULDBLOCK)
            break; /* a file system without locks: rename() still keeps the file whole */
        if (i == LOCK_TRIES) {
            close(fd);
            return -EBUSY;
        }
        poll(NULL, 0, LOCK_PAUSE);
    }
    return fd;
}

/* The file behind all symbolic links: they stay. */
static int real_path(const char *path, char out[static HL_HOME_PATH])
{
    struct stat found;
    char *real = realpath(path, NULL);
    int err = real ? 0 : -errno;

    if (real && strlen(real) < HL_HOME_PATH)
        memcpy(out, real, strlen(real) + 1);
    else if (real)
        err = -ENAMETOOLONG;
    else if (err == -ENOENT && lstat(path, &found)) /* else a link to nothing */
        err = snprintf(out, HL_HOME_PATH, "%s", path) < HL_HOME_PATH ? 0 : -ENAMETOOLONG;
    free(real);
    return err;
}

/* It is replaced as a whole, which would not heed that it may not be written; and root may all. */
static bool is_read_only(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 &&
           ((st.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 || access(path, W_OK) != 0);
}

static int change_file(const char *path, const struct hl_conftext_item *item)
{
    char *text;
    char *changed;
    size_t len;
    int err = is_read_only(path) ? -EACCES : hl_slurp(path, HL_CONFTEXT_MAX, &text, &len);

    if (err && err != -ENOENT)
        return err;
    changed = hl_conftext_change(text ? text : "", len, item, &len);
    err = changed ? hl_slurp_replace(path, changed, len) : -ENOMEM;
    free(changed);
    free(text);
    return err;
}

static int save(const struct hl_conf *c, const struct hl_conftext_item *item)
{
    char path[HL_HOME_PATH];
    int err;
    int lock;

    if (*c->path == '\0')
        return -ENOENT;
    err = hl_home_make(c->path);
    if (err == 0)
        err = real_path(c->path, path);
    if (err)
        return err;
    lock = lock_directory(path);
    if (lock < 0)
        return lock;
    err = change_file(path, item);
    close(lock);
    return err;
}

static enum hl_conf_saved saved(const struct hl_conf *c, const struct hl_conftext_item *item,
                                char why[static HL_WHY_MAX])
{
    int err = save(c, item);

    if (err == 0)
        return HL_CONF_SAVED;
    if (*c->path)
        snprintf(why, HL_WHY_MAX, _("for this run only: %.200s: %s"), c->path, _(hl_err_text(err)));
    else
        snprintf(why, HL_WHY_MAX, "%s",
                 _("for this run only: HOME is not set, so there is no hullo.conf"));
    return HL_CONF_UNSAVED;
}

enum hl_conf_saved hl_conf_set(struct hl_conf *c, const char *name, const char *value,
                               char why[static HL_WHY_MAX])
{
    struct hl_settings changed = c->settings;
    const struct hl_setting *row = hl_settings_set(&changed, name, value, why);
    bool none = strcmp(value, "default") == 0;
    char text[HL_SETTINGS_TEXT];

    if (!row ||
        (strcmp(row->name, "theme") == 0 && hl_looks_load(c->path, changed.theme, &c->theme, why)))
        return HL_CONF_REFUSED;
    c->settings = changed;
    hl_settings_print(&changed, row, text);
    return saved(c, &(struct hl_conftext_item){false, row->name, none ? NULL : text}, why);
}

enum hl_conf_saved hl_conf_bind(struct hl_conf *c, const char *key, const char *action,
                                char why[static HL_WHY_MAX])
{
    bool none = strcmp(action, "default") == 0;
    char name[HL_KEYMAP_TEXT];

    if (hl_keymap_bind(&c->keymap, key, action, why))
        return HL_CONF_REFUSED;
    hl_keymap_name(hl_keymap_parse(key, why), name);
    return saved(c, &(struct hl_conftext_item){true, name, none ? NULL : action}, why);
}

void hl_conf_themes(const struct hl_conf *c, void (*each)(void *user, const char *name), void *user)
{
    hl_looks_list(c->path, each, user);
}
