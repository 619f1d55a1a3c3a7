/* SPDX-License-Identifier: MIT */
/* What the files of the UI's front end share; nobody else includes it. Main thread.
 *   chat.c        start, stop, what the talk tells, what the user types
 *   chat_form.c   the three questions of a chat without PEER */
#ifndef HL_CHAT_H
#define HL_CHAT_H

#include "command.h"
#include "news.h"
#include "program.h"
#include "reactor.h"
#include "ui.h"

enum {
    HL_CHAT_FLIGHT = 8192, /* messages of ours whose delivery is still shown on their line */
};

/* Where a message of ours stands on the screen. */
struct hl_chat_flight {
    uint64_t msg; /* 0 = none */
    uint64_t line;
    uint32_t conv;
};

struct hl_chat {
    struct hl_program *program;
    struct hl_session session;
    struct hl_commands commands;
    struct hl_ui *ui;
    struct hl_tty *tty;
    struct hl_reactor reactor;
    struct hl_chat_flight *flight; /* by number modulo HL_CHAT_FLIGHT */
    struct hl_chat_flight sending; /* the message that hl_talk_send() is being given */
    char *clean;                   /* room for filtered text */
    size_t clean_cap;
    struct hl_stamp stamp; /* local time of stamp_second */
    int64_t stamp_second;
    struct hl_news_links links;
    bool asking; /* the form is open */
    int signal;  /* that ended us, 0 = none */
    int status;
    char why[HL_WHY_MAX]; /* of the last failure */
};

/* A line in conversation conv; text is any bytes. Returns its number, 0 if memory is short. */
uint64_t hl_chat_line(struct hl_chat *c, uint32_t conv, struct hl_line_new *line);
void hl_chat_say(struct hl_chat *c, uint32_t conv, enum hl_line_kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Says what we listen on. */
void hl_chat_say_bound(struct hl_chat *c);
void hl_chat_select(void *user, struct hl_conv *conv);

int hl_chat_ask(struct hl_chat *c) __attribute__((warn_unused_result));
void hl_chat_answer(struct hl_chat *c,
                    size_t field) HL_TTY_THREAD; /* one of the questions is answered */
void hl_chat_answered(struct hl_chat *c);        /* and now all */

#endif
