/* SPDX-License-Identifier: MIT */
/* What main() hands to every command, and the commands themselves.
 *
 * LC_CTYPE is a UTF-8 locale whatever the user's is, because hl_text_clean() needs one.
 * A command runs on the main thread and returns the exit status; none of them calls exit(). */
#ifndef HL_PROGRAM_H
#define HL_PROGRAM_H

#include "options.h"

struct hl_conf;
struct hl_log;

struct hl_program {
    const struct hl_options *options;
    struct hl_log *log;   /* never NULL; silent unless asked for */
    struct hl_conf *conf; /* never NULL */
    int signal_fd;        /* readable when the program is to end: hl_signals_take() */
    bool ascii;           /* stdout is a terminal whose locale has no UTF-8: HL_TEXT_ASCII */
};

/* Exit statuses, named in the manual page. */
enum hl_exit {
    HL_EXIT_DONE = 0,
    HL_EXIT_FAILED = 1,
    HL_EXIT_USAGE = 2,
    HL_EXIT_NAME = 3,
    HL_EXIT_UNREACHABLE = 4,
    HL_EXIT_TIMEOUT = 5,
    HL_EXIT_IDENTITY = 6,
    HL_EXIT_STORAGE = 7,
    HL_EXIT_SIGNAL = 128, /* + its number */
};

/* The status for an error of the net module (0 or negative). */
int hl_exit_status(int err);

int hl_chat_run(struct hl_program *p); /* the split-pane UI */
int hl_line_run(struct hl_program *p); /* the same conversation without a terminal */
int hl_send_run(struct hl_program *p);
int hl_listen_run(struct hl_program *p);
int hl_resolve_run(struct hl_program *p);
int hl_doctor_run(struct hl_program *p);
int hl_id_run(struct hl_program *p);
int hl_contact_run(struct hl_program *p);
int hl_verify_run(struct hl_program *p);
int hl_peers_run(struct hl_program *p);
int hl_history_run(struct hl_program *p);
int hl_search_run(struct hl_program *p);

/* What makes transfers slow on this system, into the log: one line for each. */
void hl_doctor_log(const struct hl_program *p);

/* "hullo: what: why" on stderr; why may be NULL. Both are sanitised and end up on one line. */
void hl_report(const char *what, const char *why);
void hl_reportf(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether chat runs in line mode: --line, stdout not a terminal, or TERM that draws nothing. */
bool hl_line_wanted(const struct hl_options *o);

#endif
