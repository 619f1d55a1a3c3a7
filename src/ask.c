/* SPDX-License-Identifier: MIT */
#include "ask.h"

#include "attach.h"
#include "question.h"
#include "signals.h"
#include "text.h"
#include "width.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_MAX_BYTES = 4096,
    ANSWER_SECONDS = 60, /* what a messenger that is alive takes at most, under any load */
};

/* ---- life ---- */

int hl_ask_failed(struct hl_ask *a, const char *what, const char *why, int err)
{
    if (err == -EINTR)
        return HL_EXIT_SIGNAL + hl_signals_take(a->program->signal_fd);
    if (!why || *why == '\0')
        why = hl_err_text(err);
    if (a->redirected || a->printer.failed)
        hl_report(what, why);
    else
        hl_print(&a->printer, &(struct hl_notice){
                                  .kind = HL_NOTICE_ERROR, .err = err, .what = what, .why = why});
    return hl_exit_status(err);
}

/* "what: why" in one string. */
static int failed_both(struct hl_ask *a, char *both, int err)
{
    char *colon = strstr(both, ": ");

    if (colon)
        *colon = '\0';
    return hl_ask_failed(a, both, colon ? colon + 2 : NULL, err);
}

int hl_ask_start(struct hl_ask *a, struct hl_program *p)
{
    struct hl_attach attach;
    char why[HL_STORE_WHY] = "";
    int err;

    *a = (struct hl_ask){.program = p};
    hl_printer_init(&a->printer, p);
    err = hl_attach_init(&attach, p->options, 0, why);
    if (err == 0) {
        attach.config.messenger.offline = true;
        err = hl_client_open(&attach.config, &a->client, why);
    }
    hl_attach_wipe(&attach);
    return err ? failed_both(a, why, err) : HL_EXIT_DONE;
}

int hl_ask_stop(struct hl_ask *a, int status)
{
    int err = hl_print_flush(&a->printer);

    if (a->client)
        hl_client_close(a->client, 0);
    a->client = NULL;
    if (err && status == HL_EXIT_DONE)
        status = err == EPIPE ? HL_EXIT_SIGNAL + SIGPIPE
                              : hl_ask_failed(a, "standard output", strerror(err), -err);
    return status;
}

/* ---- requests ---- */

struct answers {
    const struct hl_ask_each *each;
    uint64_t number;
    char why[HL_WHY_MAX];
};

static void take_answer(void *user, const struct hl_ctl *r)
{
    struct answers *answers = user;

    if (r->kind == HL_CTL_ERROR)
        hl_ctl_text(&r->text, answers->why, sizeof answers->why);
    else if (r->kind == HL_CTL_END)
        answers->number = r->number;
    else if (answers->each)
        answers->each->each(answers->each->user, r);
}

int hl_ask_make(struct hl_ask *a, struct hl_ctl *request, const char *what,
                const struct hl_ask_each *each, uint64_t *number)
{
    struct answers answers = {.each = each};
    int err = hl_client_ask(a->client, request, a->program->signal_fd, HL_SECS(ANSWER_SECONDS),
                            take_answer, &answers);

    if (number)
        *number = answers.number;
    if (err == -ENOENT)
        return hl_ask_failed(a, what, "no such contact", HL_ERR_NOT_FOUND);
    if (err == -EINVAL) { /* the words of our user's that it was made of */
        (void)hl_ask_failed(a, what, answers.why, err);
        return HL_EXIT_USAGE;
    }
    return err ? hl_ask_failed(a, what, answers.why, err) : HL_EXIT_DONE;
}

/* ---- contacts ---- */

void hl_ask_take_contact(void *user, const struct hl_ctl *r)
{
    if (r->kind == HL_CTL_CONTACT)
        hl_known_take(user, r);
}

int hl_ask_contact(struct hl_ask *a, const char *typed, struct hl_known *out)
{
    struct hl_ctl request = {.kind = HL_CTL_CONTACT_FIND, .text = hl_ctl_bytes(typed)};
    const struct hl_ask_each each = {hl_ask_take_contact, out};

    *out = (struct hl_known){.id = 0};
    return hl_ask_make(a, &request, typed, &each, NULL);
}

struct book {
    struct hl_known *all;
    size_t count, room;
    bool failed;
};

static void add_contact(void *user, const struct hl_ctl *r)
{
    struct book *b = user;

    if (r->kind != HL_CTL_CONTACT || b->failed)
        return;
    if (b->count == b->room) {
        size_t room = b->room ? 2 * b->room : 64;
        struct hl_known *grown = reallocarray(b->all, room, sizeof *grown);

        b->failed = !grown;
        if (!grown)
            return;
        b->all = grown;
        b->room = room;
    }
    hl_ask_take_contact(&b->all[b->count++], r);
}

int hl_ask_contacts(struct hl_ask *a, struct hl_known **out, size_t *count)
{
    struct hl_ctl request = {.kind = HL_CTL_CONTACTS};
    struct book book = {.all = NULL};
    const struct hl_ask_each each = {add_contact, &book};
    int status = hl_ask_make(a, &request, "contacts", &each, NULL);

    if (status == HL_EXIT_DONE && book.failed)
        status = hl_ask_failed(a, "contacts", NULL, -ENOMEM);
    if (status)
        free(book.all);
    *out = status ? NULL : book.all;
    *count = status ? 0 : book.count;
    return status;
}

void hl_ask_print_contact(struct hl_ask *a, const struct hl_known *k)
{
    struct hl_conv conv;

    hl_known_conv(k, &conv);
    hl_print(&a->printer,
             &(struct hl_notice){.kind = HL_NOTICE_CONTACT, .conv = &conv, .known = k});
}

/* ---- printing ---- */

static size_t clean(const struct hl_ask *a, const char *text, char *out, size_t size)
{
    return hl_text_clean(out, size, text, strlen(text), a->program->ascii ? HL_TEXT_ASCII : 0,
                         NULL);
}

size_t hl_ask_width(const struct hl_ask *a, const char *text)
{
    char shown[LINE_MAX_BYTES];

    return hl_width(shown, clean(a, text, shown, sizeof shown));
}

void hl_ask_print_columns(struct hl_ask *a, const char *const texts[], const size_t widths[],
                          size_t count)
{
    char line[LINE_MAX_BYTES];
    size_t len = 0;

    for (size_t i = 0; i < count && sizeof line - len > HL_TEXT_GROWTH; i++) {
        size_t shown = clean(a, texts[i], line + len, sizeof line - len);
        size_t width = hl_width(line + len, shown);

        len += shown;
        if (i + 1 == count)
            break;
        for (; width < widths[i] + 2 && len < sizeof line - 1; width++)
            line[len++] = ' ';
    }
    while (len && line[len - 1] == ' ')
        len--;
    line[len] = '\0';
    hl_print_line(&a->printer, line);
}

int hl_ask_confirm(struct hl_ask *a, const char *question)
{
    int answer;

    hl_print_flush(&a->printer);
    answer = hl_question_ask(a->program, question);
    if (answer == -ENOTTY) {
        hl_report("standard input is no terminal, so nobody can be asked", "give --yes");
        return HL_EXIT_USAGE;
    }
    if (answer < 0)
        return hl_ask_failed(a, "", NULL, answer);
    return answer ? HL_EXIT_DONE : HL_EXIT_FAILED;
}
