/* SPDX-License-Identifier: MIT */
/* hullo history: what was said. Page by page, so that a transcript of any length takes no memory.
 */
#include "date.h"
#include "transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PAGE = 200, /* entries of one request */
    LIMIT_DEFAULT = 100,
    QUESTION = 512,
};

struct walk {
    struct hl_transcript out;
    struct hl_ask *ask;
    const char *typed; /* the peer; NULL = all */
    uint64_t contact;  /* 0 = all */
    uint64_t newest;   /* nothing after that place is printed; 0 = no end */
    uint64_t at;       /* place of the last entry of this page */
    uint64_t got;      /* entries of this page */
};

static uint64_t place_of(const struct walk *w, const struct hl_ctl *e)
{
    return w->contact ? e->pos : e->row;
}

/* One page from the place w->at on. */
static int turn(struct walk *w, uint64_t flags, uint64_t count,
                void (*each)(void *user, const struct hl_ctl *e))
{
    const struct hl_options *o = w->ask->program->options;
    struct hl_ctl request = {
        .kind = HL_CTL_HISTORY,
        .contact = w->contact,
        .flags = flags,
        .number = count < PAGE ? count : PAGE,
        .time = o->since_ms,
        .until = o->until_ms,
        .pos = w->contact ? w->at : 0,
        .row = w->contact ? 0 : w->at,
    };
    const struct hl_ask_each answers = {each, w};

    w->got = 0;
    return hl_ask_make(w->ask, &request, "history", &answers, NULL);
}

static void count_entry(void *user, const struct hl_ctl *e)
{
    struct walk *w = user;

    if (e->kind != HL_CTL_ENTRY)
        return;
    w->at = place_of(w, e);
    if (w->newest == 0)
        w->newest = w->at;
    w->got++;
}

/* Goes back limit entries from the end: w->at is just before the first of them. */
static int go_back(struct walk *w, uint64_t limit)
{
    int status = HL_EXIT_DONE;

    w->at = 0;
    do {
        status = turn(w, HL_CTL_BACKWARD, limit, count_entry);
        limit -= w->got < limit ? w->got : limit;
    } while (status == HL_EXIT_DONE && w->got && limit);
    if (w->at)
        w->at--;
    return status;
}

static void print_entry(void *user, const struct hl_ctl *e)
{
    struct walk *w = user;

    if (e->kind != HL_CTL_ENTRY)
        return;
    w->at = place_of(w, e);
    w->got++;
    if (w->newest == 0 || w->at <= w->newest)
        hl_transcript_print(&w->out, e);
}

static int go_on(struct walk *w)
{
    int status;

    do
        status = turn(w, 0, PAGE, print_entry);
    while (status == HL_EXIT_DONE && w->got && (w->newest == 0 || w->at < w->newest) &&
           hl_transcript_flush(&w->out));
    return status;
}

static int walk(struct walk *w)
{
    const struct hl_options *o = w->ask->program->options;
    bool all = o->since_ms || o->until_ms || o->export;
    uint64_t limit = o->limit_given ? o->limit : all ? 0 : LIMIT_DEFAULT;
    int status = hl_transcript_init(&w->out, w->ask);

    w->out.several = w->contact == 0;
    if (status == HL_EXIT_DONE && limit)
        status = go_back(w, limit);
    if (status == HL_EXIT_DONE && (limit == 0 || w->newest))
        status = go_on(w);
    hl_transcript_fini(&w->out);
    return status;
}

/* Standard output becomes the file. What is there already is left alone: a transcript that somebody
 * kept is worth more than the convenience. */
static int redirect(struct hl_ask *a, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    int err = 0;

    if (fd < 0)
        return hl_ask_failed(a, path, strerror(errno), -errno);
    if (dup2(fd, STDOUT_FILENO) < 0)
        err = -errno;
    close(fd);
    if (err)
        return hl_ask_failed(a, path, NULL, err);
    a->redirected = true;
    return HL_EXIT_DONE;
}

/* On disk as a whole, or it is not exported. */
static int finish_export(struct hl_ask *a, const char *path, int status)
{
    int err = hl_print_flush(&a->printer);

    if (err == 0 && fsync(STDOUT_FILENO))
        err = errno;
    if (err && status == HL_EXIT_DONE)
        status = hl_ask_failed(a, path, strerror(err), HL_ERR_STORAGE);
    if (status != HL_EXIT_DONE)
        unlink(path);
    return status;
}

static int export_to(struct walk *w, const char *path)
{
    int status = redirect(w->ask, path);

    return status ? status : finish_export(w->ask, path, walk(w));
}

static int prune(struct walk *w)
{
    struct hl_ask *a = w->ask;
    struct hl_ctl request = {
        .kind = HL_CTL_PRUNE, .contact = w->contact, .time = a->program->options->prune_ms};
    char question[QUESTION];
    char when[HL_DATE_TEXT];
    uint64_t count;
    int status;

    snprintf(question, sizeof question, "Remove the text of all that was said %s%s before %s?",
             w->typed ? "with " : "to anybody", w->typed ? w->typed : "",
             hl_date_time(request.time, when));
    status = hl_ask_confirm(a, question);
    if (status == HL_EXIT_DONE)
        status = hl_ask_make(a, &request, "history", NULL, &count);
    if (status == HL_EXIT_DONE)
        hl_reportf("removed", "the text of %llu message%s", (unsigned long long)count,
                   count == 1 ? "" : "s");
    return status;
}

static int run(struct hl_ask *a)
{
    const struct hl_options *o = a->program->options;
    struct walk w = {.ask = a, .typed = o->arg_count ? o->args[0] : NULL};
    int status = HL_EXIT_DONE;
    struct hl_known k;

    if (w.typed) {
        status = hl_ask_contact(a, w.typed, &k);
        w.contact = k.id;
    }
    if (status)
        return status;
    if (o->prune_ms)
        return prune(&w);
    return o->export && strcmp(o->export, "-") != 0 ? export_to(&w, o->export) : walk(&w);
}

int hl_history_run(struct hl_program *p)
{
    struct hl_ask a;
    int status = hl_ask_start(&a, p);

    if (status == HL_EXIT_DONE)
        status = run(&a);
    return hl_ask_stop(&a, status);
}
