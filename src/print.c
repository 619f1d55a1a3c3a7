/* SPDX-License-Identifier: MIT */
#include "print.h"

#include "cluster.h"
#include "codepoint.h"
#include "conf.h"
#include "i18n.h"
#include "identity.h"
#include "links.h"
#include "news.h"
#include "text.h"
#include "ui.h"
#include "utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUOTE_MAX = 40, /* bytes of our own message that are repeated when it failed */
    MARK_MAX = HL_REACTIONS_MAX + 64, /* of what stands before the text of an entry */
};

static unsigned clean_flags(bool ascii)
{
    return ascii ? HL_TEXT_ASCII : 0;
}

char *hl_print_message_text(const struct hl_conv *c, const struct hl_incoming *m, bool ascii)
{
    char name[HL_TEXT_GROWTH * sizeof c->name];
    const char *more = m->flags & HL_EVF_CONTINUES ? (ascii ? "..." : "…") : "";
    const char *cut = m->flags & HL_EVF_TRUNCATED ? _(" [cut short]") : "";
    const char *bad = m->bad_utf8 ? _(" [not UTF-8]") : "";
    char *text = hl_links_clean_dup(m->text, m->len, clean_flags(ascii), NULL);
    char *line = NULL;

    hl_text_clean_name(name, sizeof name, c->name, strlen(c->name), clean_flags(ascii));
    if (text && asprintf(&line, "%s: %s%s%s%s", name, more, text, cut, bad) < 0)
        line = NULL;
    free(text);
    return line;
}

void hl_printer_init(struct hl_printer *p, const struct hl_program *program)
{
    *p = (struct hl_printer){.program = program};
    /* Flushed once per round of the loop: fast in a pipe, and nothing waits. */
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
}

static void put(struct hl_printer *p, const char *line, size_t len)
{
    if (p->failed)
        return;
    if (fwrite(line, 1, len, stdout) != len || putc('\n', stdout) == EOF)
        p->failed = errno;
}

int hl_print_flush(struct hl_printer *p)
{
    if (!p->failed && fflush(stdout))
        p->failed = errno;
    return p->failed;
}

void hl_print_line(struct hl_printer *p, const char *text)
{
    size_t len;
    char *clean = hl_links_clean_dup(text, strlen(text), clean_flags(p->program->ascii), &len);

    if (clean)
        put(p, clean, len);
    free(clean);
}

static void print_json(struct hl_printer *p, const struct hl_notice *n)
{
    json_t *object = hl_events_json(n);
    char *text = object ? hl_events_text(object) : NULL;

    if (text)
        put(p, text, strlen(text));
    else
        hl_report("event", strerror(ENOMEM));
    free(text);
    json_decref(object);
}

/* The time of a message, by its clock in ms, or now; for people who want it. */
static void put_time(struct hl_printer *p, int64_t ms)
{
    time_t second = ms != 0 ? (time_t)(ms / 1000) : time(NULL);
    char text[HL_UI_TIME];
    struct tm tm;

    if (!p->person || localtime_r(&second, &tm) == NULL)
        return;
    hl_ui_time(p->program->conf->settings.time,
               &(struct hl_stamp){.hour = (uint8_t)tm.tm_hour,
                                  .minute = (uint8_t)tm.tm_min,
                                  .second = (uint8_t)tm.tm_sec},
               text);
    if (*text && !p->failed && fprintf(stdout, "%s ", text) < 0)
        p->failed = errno;
}

static void print_message(struct hl_printer *p, const struct hl_notice *n)
{
    char *line;

    if (n->message->len == 0)
        return; /* the end of a line that was shown before it ended */
    line = hl_print_message_text(n->conv, n->message, p->program->ascii);
    if (line) {
        put_time(p, 0);
        put(p, line, strlen(line));
    }
    free(line);
}

/* What is said of an entry before its text. */
static void entry_mark(const struct hl_ctl *r, char out[static MARK_MAX])
{
    const char *reactions = r->other.len ? r->other.at : "-";
    size_t len = hl_cluster_cut(reactions, r->other.len ? r->other.len : 1, HL_REACTIONS_MAX);

    *out = '\0';
    if (r->flags & HL_CTL_E_REACTED)
        snprintf(out, MARK_MAX, _("[reaction %.*s] "), (int)len, reactions);
    else if (r->flags & HL_CTL_E_DELETED)
        snprintf(out, MARK_MAX, "%s", _("[deleted] "));
    else if (r->flags & HL_CTL_E_CHANGED)
        snprintf(out, MARK_MAX, "%s", _("[edited] "));
}

/* Entries in the form of messages. Of one that was deleted stands there what it was. */
static void print_entry(struct hl_printer *p, const struct hl_notice *n)
{
    const struct hl_ctl *r = n->record;
    bool gone = (r->flags & HL_CTL_E_DELETED) != 0;
    const char *words = gone ? n->text : r->text.at;
    size_t len = gone ? n->text_len : r->text.len;
    struct hl_incoming m = {.bad_utf8 = !hl_codepoint_valid(r->text.at, r->text.len)};
    char mark[MARK_MAX];
    char *line = NULL;
    char *text;

    entry_mark(r, mark);
    m.len = strlen(mark) + (words ? len : 0);
    text = malloc(m.len + 1);
    if (text) {
        memcpy(text, mark, strlen(mark));
        if (words)
            memcpy(text + strlen(mark), words, len);
        m.text = text;
        line = hl_print_message_text(n->conv, &m, p->program->ascii);
    }
    if (line) {
        put_time(p, r->flags & HL_CTL_E_CHANGED ? 0 : r->until);
        put(p, line, strlen(line));
    }
    free(line);
    free(text);
}

/* What became of a message of ours, named by how it begins. */
static void print_fate(const struct hl_notice *n, const char *what)
{
    char text[HL_TEXT_GROWTH * QUOTE_MAX + 1];
    size_t len = n->text ? hl_utf8_cut(n->text, n->text_len, QUOTE_MAX) : 0;

    if (!n->text) {
        hl_report(n->conv->name, what);
        return;
    }
    hl_text_clean(text, sizeof text, n->text, len, 0, NULL);
    hl_reportf(n->conv->name, "%s: %s%s", what, text, n->text_len > len ? "..." : "");
}

static void print_failed(const struct hl_notice *n)
{
    char what[128];

    snprintf(what, sizeof what, "%s%s", _(hl_err_word(n->fate->err)),
             n->text ? _(": not delivered") : "");
    print_fate(n, what);
}

static void print_storage(const struct hl_ctl *r)
{
    if (r->err)
        hl_reportf("store", _("%s: no messages are accepted until that is over"),
                   _(hl_err_text(r->err)));
    else
        hl_report("store", _("accepts messages again"));
}

/* States matter to a reader only where there is a connection to come and go. */
static void print_opened(const struct hl_conv *c)
{
    char key[HL_IDENTITY_SHORT];

    if (c->encrypted)
        hl_reportf(c->name, _("connected, encrypted, key %s"), hl_identity_short(c->key, key));
    else if (hl_session_connects(c))
        hl_report(c->name, _("connected"));
}

/* Without "hullo: ": scripts look for this line, and for no other. */
static void print_listening(const struct hl_bound *b)
{
    char text[HL_BOUND_TEXT];
    char clean[HL_TEXT_GROWTH * sizeof text];

    hl_session_bound_text(b, text);
    hl_text_clean(clean, sizeof clean, text, strlen(text), 0, NULL);
    fprintf(stderr, "listening on %s\n", clean);
}

static void print_text(struct hl_printer *p, const struct hl_notice *n)
{
    char text[HL_EVENTS_MARKS]; /* the longest of these */

    switch (n->kind) {
    case HL_NOTICE_LISTENING:
        print_listening(n->bound);
        break;
    case HL_NOTICE_MESSAGE:
        print_message(p, n);
        break;
    case HL_NOTICE_ENTRY:
        print_entry(p, n);
        break;
    case HL_NOTICE_FAILED:
        print_failed(n);
        break;
    case HL_NOTICE_CONTACT:
        if (*hl_events_marks_text(n->conv, text))
            hl_report(n->conv->name, text);
        break;
    case HL_NOTICE_AWAY:
        hl_report(n->conv->name, hl_events_away_text(n->conv, text));
        break;
    case HL_NOTICE_GAP:
    case HL_NOTICE_HEALED:
        hl_report(n->conv->name, hl_events_gap_text(n->record, text));
        break;
    case HL_NOTICE_STORAGE:
        print_storage(n->record);
        break;
    case HL_NOTICE_OPENED:
        print_opened(n->conv);
        break;
    case HL_NOTICE_FINISHED:
        hl_report(n->conv->name, _("the peer has finished sending"));
        break;
    case HL_NOTICE_CLOSED:
        if (n->err)
            hl_reportf(n->conv->name, _("closed: %s"), _(hl_err_word(n->err)));
        else
            hl_report(n->conv->name, _("closed"));
        break;
    case HL_NOTICE_HOST:
        hl_report(hl_news_text(n->host, true, text), NULL);
        break;
    case HL_NOTICE_ERROR:
        hl_report(n->what ? n->what : n->conv->name, n->why ? n->why : _(hl_err_word(n->err)));
        if (n->conv && hl_events_hint(n->conv, n->err))
            hl_report(n->conv->name, _(hl_events_hint(n->conv, n->err)));
        break;
    case HL_NOTICE_QUEUED:
    case HL_NOTICE_SENT:
    case HL_NOTICE_DELIVERED:
    case HL_NOTICE_READ:
    case HL_NOTICE_EXPIRED:
    case HL_NOTICE_CANCELLING:
    case HL_NOTICE_CANCELLED:
        if (p->states && n->conv->encrypted)
            print_fate(n, _(hl_events_row(n->kind)->name));
        break;
    case HL_NOTICE_TYPING:
    case HL_NOTICE_DROPPED:  /* told as a sum at the end */
    case HL_NOTICE_RESOLVED: /* these are printed by their command */
    case HL_NOTICE_ALIAS:
    case HL_NOTICE_CANONICAL:
    case HL_NOTICE_IDENTITY:
    case HL_NOTICE_SAFETY:
    case HL_NOTICE_COUNT:
        break;
    }
}

void hl_print(struct hl_printer *p, const struct hl_notice *n)
{
    hl_events_log(p->program->log, n);
    if (p->program->options->json)
        print_json(p, n);
    /* Scripts wait for the line on stderr in either form. */
    if (!p->program->options->json || n->kind == HL_NOTICE_LISTENING)
        print_text(p, n);
}
