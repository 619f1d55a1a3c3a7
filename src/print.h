/* SPDX-License-Identifier: MIT */
/* Notices on standard output, for people or (--json) for programs, and in the log.
 *
 * As text, standard output holds messages only, one line each, the sender first:
 *     192.0.2.7:4855: hello
 * With a person at a terminal the time comes first, unless the setting says none:
 *     12:34 alice: hello
 * The sender ends at the first colon that a space follows. A newline inside a message is shown as
 * a mark, a line that goes on from an unfinished one starts with an ellipsis, and text that was
 * not UTF-8 is marked. Everything else is an error or a change of state and goes to standard
 * error as "hullo: what: why". With --json all of it is events on standard output.
 * Main thread. */
#ifndef HL_PRINT_H
#define HL_PRINT_H

#include "events.h"
#include "program.h"

struct hl_printer {
    const struct hl_program *program;
    bool states; /* tell people what became of each message of ours, and not of failures alone */
    bool person; /* reads along: messages have their time before them, as the setting says */
    int failed;  /* errno of the first write to standard output that failed */
};

void hl_printer_init(struct hl_printer *p, const struct hl_program *program);
void hl_print(struct hl_printer *p, const struct hl_notice *n);

/* One line on standard output, sanitised: what a command says. */
void hl_print_line(struct hl_printer *p, const char *text);

/* Hands everything to the kernel. Returns 0, or errno of the first failure. */
int hl_print_flush(struct hl_printer *p);

/* The line of a message, without its newline, in memory the caller frees; NULL if it is out. */
char *hl_print_message_text(const struct hl_conv *c, const struct hl_incoming *m, bool ascii)
    __attribute__((warn_unused_result));

#endif
