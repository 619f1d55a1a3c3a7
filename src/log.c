/* SPDX-License-Identifier: MIT */
#include "log.h"

#include "err.h"
#include "home.h"
#include "i18n.h"
#include "program.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    HEAD_MAX = 64,  /* bytes of time and level */
    SAID_MAX = 512, /* of what a line says, with NUL; the rest is cut off */
};

static const char *const level_names[] = {
    [HL_LOG_ERROR] = "error",
    [HL_LOG_WARN] = "warn",
    [HL_LOG_INFO] = "info",
    [HL_LOG_DEBUG] = "debug",
};

static void silence(struct hl_log *log, int err)
{
    char text[HL_WHY_MAX];

    snprintf(text, sizeof text, _("log %.200s: %s: logging stops"), log->path,
             _(hl_err_text(-err)));
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
    if (log->tell)
        log->tell(log->user, text);
    else
        hl_report(text, NULL);
}

static int find_path(const struct hl_options *o, char path[static HL_LOG_PATH])
{
    if (!o->log_file)
        return hl_home_file(o, HL_HOME_STATE, "hullo.log", path);
    if (strlen(o->log_file) >= HL_LOG_PATH)
        return -ENAMETOOLONG;
    memcpy(path, o->log_file, strlen(o->log_file) + 1);
    return 0;
}

void hl_log_init(struct hl_log *log, const struct hl_options *o)
{
    int err;

    *log = (struct hl_log){.fd = -1, .level = o->log_level};
    if (!o->log_file && !o->log_level_given)
        return;
    err = find_path(o, log->path);
    if (err == 0) {
        log->fd = open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
        err = log->fd < 0 ? -errno : 0;
    }
    if (err)
        silence(log, -err);
}

void hl_log_fini(struct hl_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

void hl_log_tell(struct hl_log *log, void (*tell)(void *user, const char *text), void *user)
{
    log->tell = tell;
    log->user = user;
}

void hl_log_write(struct hl_log *log, enum hl_log_level level, const char *format, ...)
{
    char text[SAID_MAX];
    char line[HEAD_MAX + HL_TEXT_GROWTH * SAID_MAX];
    char *end = line;
    struct timespec now;
    struct tm utc;
    va_list args;
    int len;

    if (log->fd < 0 || level > log->level)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    end += strftime(line, HEAD_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    end += snprintf(end, 32, ".%06ldZ %s ", now.tv_nsec / 1000, level_names[level]);
    va_start(args, format);
    len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        return;
    end += hl_text_clean(end, HL_TEXT_GROWTH * SAID_MAX, text, strlen(text), 0, NULL);
    *end++ = '\n';
    /* One write per line: several processes may share the file. */
    ssize_t written = write(log->fd, line, (size_t)(end - line));
    if (written != end - line)
        silence(log, written < 0 ? errno : ENOSPC);
}
