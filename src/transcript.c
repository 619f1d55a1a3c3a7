/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include "cluster.h"
#include "date.h"
#include "links.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARKS_MAX = 256,
    CLOCK_AT = 11, /* of "2026-11-21 08:03:04" */
};

static int by_id(const void *a, const void *b)
{
    const struct hl_known *left = a;
    const struct hl_known *right = b;

    return left->id < right->id ? -1 : left->id > right->id;
}

int hl_transcript_init(struct hl_transcript *t, struct hl_ask *a)
{
    int status;

    *t = (struct hl_transcript){.ask = a, .day = -1};
    status = hl_ask_contacts(a, &t->contacts, &t->count);
    if (t->count)
        qsort(t->contacts, t->count, sizeof *t->contacts, by_id);
    return status;
}

void hl_transcript_fini(struct hl_transcript *t)
{
    free(t->contacts);
    t->contacts = NULL;
}

static const struct hl_known *find(const struct hl_transcript *t, uint64_t id)
{
    const struct hl_known wanted = {.id = id};

    return t->count ? bsearch(&wanted, t->contacts, t->count, sizeof wanted, by_id) : NULL;
}

/* ---- as text ---- */

static void print_day(struct hl_transcript *t, int64_t ms)
{
    const char *rule = t->ask->program->ascii ? "---" : "───";
    char line[HL_DATE_TEXT + 32];
    char day[HL_DATE_TEXT];

    if (t->dated || hl_date_number(ms) == t->day)
        return;
    t->day = hl_date_number(ms);
    snprintf(line, sizeof line, "%s %s %s", rule, hl_date_day(ms, day), rule);
    hl_print_line(&t->ask->printer, line);
}

static void print_missing(struct hl_transcript *t, const struct hl_ctl *e)
{
    char line[64];

    if (e->count == 0)
        return;
    snprintf(line, sizeof line, "%llu message%s missing", (unsigned long long)e->count,
             e->count == 1 ? "" : "s");
    hl_print_line(&t->ask->printer, line);
}

static void add_mark(char out[static MARKS_MAX], const char *mark, size_t len)
{
    size_t at = strlen(out);

    snprintf(out + at, MARKS_MAX - at, "%s[%.*s]", at ? " " : "  ", (int)len, mark);
}

static void collect_marks(const struct hl_ctl *e, char out[static MARKS_MAX])
{
    const char *state = hl_entry_state_name((int)e->state);

    out[0] = '\0';
    if (e->has_target)
        add_mark(out, "reply", strlen("reply"));
    if (e->flags & HL_CTL_E_DELETED)
        add_mark(out, "deleted", strlen("deleted"));
    else if (e->flags & HL_CTL_E_EDITED)
        add_mark(out, "edited", strlen("edited"));
    if (e->other.len)
        add_mark(out, e->other.at, hl_cluster_cut(e->other.at, e->other.len, HL_REACTIONS_MAX));
    if (e->flags & HL_CTL_E_OURS && state)
        add_mark(out, state, strlen(state));
}

/* The text of an entry is the longest part by far: it goes straight into the line. */
static void print_entry(struct hl_transcript *t, const struct hl_ctl *e, const char *name)
{
    bool ours = e->flags & HL_CTL_E_OURS;
    char *text = hl_links_clean_dup(e->text.len ? e->text.at : "", e->text.len,
                                    t->ask->program->ascii ? HL_TEXT_ASCII : 0, NULL);
    char marks[MARKS_MAX];
    char when[HL_DATE_TEXT];
    char *line = NULL;

    hl_date_time(e->until, when);
    collect_marks(e, marks);
    if (text && asprintf(&line, "%s  %s%s%s: %s%s", t->dated ? when : when + CLOCK_AT,
                         ours ? "you" : name, ours && t->several ? " to " : "",
                         ours && t->several ? name : "", text, marks) >= 0)
        hl_print_line(&t->ask->printer, line);
    else
        hl_report("transcript", strerror(ENOMEM));
    free(text);
    free(line);
}

/* ---- as an event ---- */

static void print_event(struct hl_transcript *t, const struct hl_ctl *e,
                        const struct hl_known *known)
{
    const struct hl_known stranger = {.id = e->contact};
    struct hl_conv conv;

    hl_known_conv(known ? known : &stranger, &conv);
    conv.address[0] = '\0'; /* where it is now is not where this came from */
    hl_print(&t->ask->printer,
             &(struct hl_notice){.kind = HL_NOTICE_ENTRY, .conv = &conv, .record = e});
}

void hl_transcript_print(struct hl_transcript *t, const struct hl_ctl *e)
{
    const struct hl_known *known = find(t, e->contact);

    if (t->ask->program->options->json) {
        print_event(t, e, known);
        return;
    }
    print_day(t, e->until);
    print_missing(t, e);
    print_entry(t, e, known ? known->name : "?");
}

bool hl_transcript_flush(struct hl_transcript *t)
{
    return hl_print_flush(&t->ask->printer) == 0;
}
