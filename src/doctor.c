/* SPDX-License-Identifier: MIT */
/* hullo doctor: what this system can do for us. One line for each check: "ok", "slow" for what
 * works without, "no" for what does not. */
#include "crypt.h"
#include "feature.h"
#include "identity.h"
#include "log.h"
#include "print.h"
#include "session.h"
#include "usage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DETAIL_MAX = HL_WHY_MAX,
};

enum finding {
    FINDING_OK,
    FINDING_SLOW, /* we manage without */
    FINDING_BAD,  /* something will not work */
};

struct check {
    const char *name;
    /* Tells in detail what is so. */
    enum finding (*run)(const struct hl_program *p, char detail[static DETAIL_MAX]);
};

static enum finding check_key(const struct hl_program *p, char detail[static DETAIL_MAX])
{
    struct hl_secrets id;
    uint8_t key[HL_IDENTITY_KEY];
    char text[HL_IDENTITY_SHORT];
    bool sealed;

    if (hl_identity_sealed(p->options, &sealed, detail))
        return FINDING_BAD;
    if (sealed && !p->options->passphrase_file) { /* which is not asked for here */
        snprintf(detail, DETAIL_MAX, "kept under a passphrase");
        return FINDING_OK;
    }
    if (hl_identity_load(p->options, &id, detail))
        return FINDING_BAD;
    hl_crypt_public(key, id.secret);
    hl_keyfile_wipe(&id);
    snprintf(detail, DETAIL_MAX, "yours begins with %s", hl_identity_short(key, text));
    return FINDING_OK;
}

/* Whether the default port can be had, for both transports; another one is taken if not. */
static enum finding check_port(const struct hl_program *p, char detail[static DETAIL_MAX])
{
    struct hl_options o = *p->options;
    struct hl_session s;
    char port[8];
    int err;

    o.plain = true; /* no key is needed to open a socket */
    snprintf(port, sizeof port, "%d", HL_PORT_DEFAULT);
    err = hl_session_start(&s, &o, &(struct hl_talk_ops){0}, NULL, detail);
    if (err)
        return FINDING_BAD;
    err = hl_session_listen(&s, port, false, false, detail);
    hl_session_stop(&s, 0);
    if (err == 0)
        snprintf(detail, DETAIL_MAX, "UDP and TCP port %d are free", HL_PORT_DEFAULT);
    return err == 0 ? FINDING_OK : err == -EADDRINUSE ? FINDING_SLOW : FINDING_BAD;
}

static enum finding check_locale(const struct hl_program *p, char detail[static DETAIL_MAX])
{
    char unicode[HL_USAGE_UNICODE];

    hl_usage_unicode(unicode);
    snprintf(detail, DETAIL_MAX, "%s%s",
             p->ascii ? "no UTF-8 in this locale: other characters are shown as ?" : "UTF-8; ",
             p->ascii ? "" : unicode);
    return p->ascii ? FINDING_SLOW : FINDING_OK;
}

static enum finding check_terminal(const struct hl_program *p, char detail[static DETAIL_MAX])
{
    const char *term = getenv("TERM");
    bool line = hl_line_wanted(p->options);

    snprintf(detail, DETAIL_MAX, "TERM=%.64s: %s", term ? term : "",
             line ? "chat runs line by line" : "chat runs in a split window");
    return FINDING_OK;
}

static const struct check checks[] = {
    {"key", check_key},
    {"port", check_port},
    {"locale", check_locale},
    {"terminal", check_terminal},
};

static void tell(struct hl_printer *out, enum finding f, const char *name, const char *detail)
{
    static const char *const words[] = {
        [FINDING_OK] = "ok",
        [FINDING_SLOW] = "slow",
        [FINDING_BAD] = "no",
    };
    char line[DETAIL_MAX + 64];

    snprintf(line, sizeof line, "%-4s  %-14s  %s", words[f], name, detail);
    hl_print_line(out, line);
}

/* What the kernel's sockets lack; returns whether nothing works without it. */
static bool tell_feature(struct hl_printer *out, const struct hl_feature *f)
{
    char detail[DETAIL_MAX];
    bool needed = strcmp(f->name, "AF_INET") == 0 || strcmp(f->name, "SOCK_DGRAM") == 0;
    enum finding finding = f->err == 0 ? FINDING_OK : needed ? FINDING_BAD : FINDING_SLOW;

    if (strncmp(f->purpose, "not used", 8) == 0)
        return false;
    snprintf(detail, sizeof detail, "%s%s%s", f->purpose, f->err ? ": " : "",
             f->err ? hl_err_text(f->err) : "");
    tell(out, finding, f->name, detail);
    return finding == FINDING_BAD;
}

void hl_doctor_log(const struct hl_program *p)
{
    static const char *const wanted[] = {"AF_INET6", "UDP_GRO", "UDP_SEGMENT", "IP_PMTUDISC_PROBE"};

    for (size_t i = 0; p->log->fd >= 0 && i < sizeof wanted / sizeof *wanted; i++) {
        int err = hl_feature_find(wanted[i]);

        if (err)
            hl_log_write(p->log, HL_LOG_WARN, "this system has no %s: %s", wanted[i],
                         hl_err_text(err));
    }
}

int hl_doctor_run(struct hl_program *p)
{
    char detail[DETAIL_MAX];
    struct hl_printer out;
    struct hl_feature f;
    bool bad = false;

    hl_printer_init(&out, p);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        enum finding found = checks[i].run(p, detail);

        tell(&out, found, checks[i].name, detail);
        bad |= found == FINDING_BAD;
    }
    for (size_t i = 0; hl_feature_probe(i, &f); i++)
        bad |= tell_feature(&out, &f);
    return bad ? HL_EXIT_FAILED : HL_EXIT_DONE;
}
