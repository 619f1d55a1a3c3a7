/* SPDX-License-Identifier: MIT */
/* A program that knows how words are spelt, asked over pipes as ispell -a, aspell -a and hunspell
 * -a are: it greets with "@(#)...", a line "^WORD" is a question, lines up to an empty one are the
 * answer.
 *
 * One question at a time, so no pipe ever fills. Who does not greet, does not answer in time, says
 * something else or ends is killed with its process group, and that is told once: nothing here
 * waits for it. Main thread. */
#ifndef HL_SPELLER_H
#define HL_SPELLER_H

#include "types.h"

#include <stdbool.h>

enum {
    HL_SPELLER_LINE = 8192, /* bytes of a line of an answer */
    HL_SPELLER_WORD = 256,  /* bytes with NUL of a word */
};
#define HL_SPELLER_GREETS  HL_SECS(10) /* dictionaries may be large */
#define HL_SPELLER_ANSWERS HL_SECS(5)

struct hl_speller_ops {
    /* near: words to take instead, with ", " between them, any bytes; "" = none. */
    void (*answer)(void *user, const char *word, bool good, const char *near);
    /* It is gone, or cannot be started; why is a line with its command. It is not started again by
     * itself. */
    void (*gone)(void *user, const char *why);
};

struct hl_speller;

/* NULL if there is no memory or no descriptor. */
struct hl_speller *hl_speller_new(const struct hl_speller_ops *ops, void *user);
void hl_speller_free(struct hl_speller *s);

/* Ends the program that runs and starts this one; "" = none. */
void hl_speller_set(struct hl_speller *s, const char *command);
/* Whether that is what was set last, though it may be gone. */
bool hl_speller_is_set(const struct hl_speller *s, const char *command);

/* Readable when hl_speller_handle() is to be called. */
int hl_speller_fd(const struct hl_speller *s);
void hl_speller_handle(struct hl_speller *s);

/* It runs and can be asked. */
bool hl_speller_is_idle(const struct hl_speller *s);
/* word: letters alone; it must be idle. */
void hl_speller_ask(struct hl_speller *s, const char *word);

#endif
