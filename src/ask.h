/* SPDX-License-Identifier: MIT */
/* Commands that ask the messenger of their home something and end: contact, verify, peers, history,
 * search. If none runs, one without a network runs inside of the command.
 *
 * Every function here returns an exit status and has said what went wrong when that is not 0.
 * Main thread. */
#ifndef HL_ASK_H
#define HL_ASK_H

#include "client.h"
#include "known.h"
#include "print.h"

struct hl_ask {
    struct hl_program *program;
    struct hl_client *client;
    struct hl_printer printer;
    bool redirected; /* standard output is a file of ours: what goes wrong is no part of it */
};

int hl_ask_start(struct hl_ask *a, struct hl_program *p) __attribute__((warn_unused_result));
/* Flushes what was printed. Returns status, or what went wrong at last. */
int hl_ask_stop(struct hl_ask *a, int status);

/* "hullo: what: why", or an error event where events are read. */
int hl_ask_failed(struct hl_ask *a, const char *what, const char *why, int err);

/* Makes a request. what: whom or what it is about, for an error. each() gets the records that
 * answer it, NULL = none is expected; *number, if not NULL, that of END. */
struct hl_ask_each {
    void (*each)(void *user, const struct hl_ctl *answer);
    void *user;
};
int hl_ask_make(struct hl_ask *a, struct hl_ctl *request, const char *what,
                const struct hl_ask_each *each, uint64_t *number)
    __attribute__((warn_unused_result));

/* The contact of that name, address or number; nothing is made or dialled. None: HL_EXIT_NAME. */
int hl_ask_contact(struct hl_ask *a, const char *typed, struct hl_known *out)
    __attribute__((warn_unused_result));
/* All, in the order of their names; the caller frees. */
int hl_ask_contacts(struct hl_ask *a, struct hl_known **out, size_t *count)
    __attribute__((warn_unused_result));
/* For each() of requests that are answered by one CONTACT: user is a struct hl_known. */
void hl_ask_take_contact(void *user, const struct hl_ctl *answer);

/* One event about a contact. */
void hl_ask_print_contact(struct hl_ask *a, const struct hl_known *k);
/* One line of columns, filled up with spaces to widths[] (0 = as long as it is), all sanitised. */
void hl_ask_print_columns(struct hl_ask *a, const char *const texts[], const size_t widths[],
                          size_t count);
/* The columns that the text takes when it is shown. */
size_t hl_ask_width(const struct hl_ask *a, const char *text);

/* As hl_question_ask(); no is HL_EXIT_FAILED, in silence. Without a terminal and without --yes
 * it is an error of usage. */
int hl_ask_confirm(struct hl_ask *a, const char *question) __attribute__((warn_unused_result));

#endif
