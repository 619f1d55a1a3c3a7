/* SPDX-License-Identifier: MIT */
/* hullo search: entries that hold all of these words, the latest first. */
#include "transcript.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE = 200, /* entries of one request */
    LIMIT_DEFAULT = 100,
    WORDS_MAX = 4096,
};

struct search {
    struct hl_transcript out;
    uint64_t last; /* row of the last entry */
    uint64_t got;  /* entries of this page */
};

static void found(void *user, const struct hl_ctl *e)
{
    struct search *s = user;

    if (e->kind != HL_CTL_ENTRY)
        return;
    s->last = e->row;
    s->got++;
    hl_transcript_print(&s->out, e);
}

static int go(struct search *s, const char *words, uint64_t contact, uint64_t limit)
{
    const struct hl_ask_each each = {found, s};
    int status;

    do {
        struct hl_ctl request = {
            .kind = HL_CTL_SEARCH,
            .contact = contact,
            .row = s->last,
            .number = limit && limit < PAGE ? limit : PAGE,
            .text = hl_ctl_bytes(words),
        };

        s->got = 0;
        status = hl_ask_make(s->out.ask, &request, *words ? words : "search", &each, NULL);
        if (limit && s->got >= limit)
            break;
        limit -= limit ? s->got : 0;
    } while (status == HL_EXIT_DONE && s->got && hl_transcript_flush(&s->out));
    return status;
}

static bool join(char **args, size_t count, char out[static WORDS_MAX])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && len < WORDS_MAX; i++)
        len += (size_t)snprintf(out + len, WORDS_MAX - len, "%s%s", i ? " " : "", args[i]);
    return len < WORDS_MAX;
}

static int run(struct hl_ask *a)
{
    const struct hl_options *o = a->program->options;
    char words[WORDS_MAX];
    struct search s = {.last = 0};
    struct hl_known k = {.id = 0};
    int status;

    if (!join(o->args, o->arg_count, words)) {
        hl_report("search", "too many words");
        return HL_EXIT_USAGE;
    }
    status = o->in ? hl_ask_contact(a, o->in, &k) : HL_EXIT_DONE;
    if (status == HL_EXIT_DONE)
        status = hl_transcript_init(&s.out, a);
    if (status)
        return status;
    s.out.several = !o->in;
    s.out.dated = true;
    status = go(&s, words, k.id, o->limit_given ? o->limit : LIMIT_DEFAULT);
    hl_transcript_fini(&s.out);
    return status == HL_EXIT_DONE && s.last == 0 ? HL_EXIT_FAILED : status;
}

int hl_search_run(struct hl_program *p)
{
    struct hl_ask a;
    int status = hl_ask_start(&a, p);

    if (status == HL_EXIT_DONE)
        status = run(&a);
    return hl_ask_stop(&a, status);
}
