/* SPDX-License-Identifier: MIT */
/* Slash commands of the UI and of line mode: one table, one function each.
 *
 * A line that starts with "//" is text that starts with "/". Everything a command says comes as
 * printable single lines through say(), in the language of the user. Main thread. */
#ifndef HL_COMMAND_H
#define HL_COMMAND_H

#include "keymap.h"
#include "session.h"

/* What a command needs of its front end. */
struct hl_command_ops {
    void (*say)(void *user, const char *text);     /* one line, sanitised, no newline */
    void (*select)(void *user, struct hl_conv *c); /* c is the one typed to from now on */
    void (*quit)(void *user);
    /* Says something in c, as if it had been typed there. */
    void (*submit)(void *user, struct hl_conv *c, const struct hl_saying *s);
    /* Shows the last count entries of c. */
    void (*history)(void *user, struct hl_conv *c, size_t count);
    /* HL_ACT_PANE_*; false: it cannot be done. NULL: there are no panes here. */
    bool (*pane)(void *user, enum hl_action action);
    /* A setting or a key is another one now. May be NULL. */
    void (*changed)(void *user);
    /* Live typing; NULL: not here. */
    void (*live)(void *user, struct hl_conv *c, bool on);
    /* Opens the help page, or a list: HL_ACT_FIND with words to begin with, HL_ACT_LINKS ...;
     * false: there is nothing to be shown. NULL: there are none here. */
    bool (*open)(void *user, enum hl_action action, const char *words);
    /* Puts text on the clipboard; false: it cannot be done. NULL: there is none here. */
    bool (*clip)(void *user, const char *text, size_t len);
};

/* Embedded by the front end; current is kept up to date by it. */
struct hl_commands {
    const struct hl_command_ops *ops;
    void *user;
    struct hl_session *session;
    struct hl_conf *conf;
    struct hl_conv *current; /* the one typed to, or NULL */
    bool keys;               /* there is a keyboard with keys to bind */
    uint32_t lookups;        /* tokens given out: the last one is the /resolve that runs */
    bool looking_up;
    uint64_t search; /* request that runs, 0 = none */
    unsigned found;  /* by it */
    uint64_t copy;   /* the same for a message that goes to the clipboard */
    uint8_t copied[HL_ID_SIZE];
    uint64_t links; /* the same for a list of links, and their number */
    unsigned linked;
    struct {
        uint64_t request; /* the last one whose answer is a done thing; 0 = none */
        const char *said; /* then: a msgid */
    } done;
};

struct hl_command_row {
    const char *name; /* without the slash */
    const char *args; /* "" = none */
    const char *help; /* one line */
    void (*run)(struct hl_commands *c, const char *args);
};
const struct hl_command_row *hl_command_table(size_t *count);

/* What a typed line is. */
enum hl_command_type {
    HL_COMMAND_NOTHING, /* blank: not sent */
    HL_COMMAND_TEXT,    /* *text is to be sent */
    HL_COMMAND_RUN,     /* a command: hl_command_run() */
};
enum hl_command_type hl_command_type(const char *line, size_t len, const char **text);

/* Runs "/name args". A name may be shortened while it fits one command only; an unknown one is
 * named, with the nearest that exists. */
void hl_command_run(struct hl_commands *c, const char *line);

/* Offers what may stand at line[word...], when line is a command whose arguments are known; returns
 * false if it is none. */
typedef void hl_command_add(void *user, const char *candidate);
bool hl_command_complete(struct hl_commands *c, const char *line, size_t word, hl_command_add *add,
                         void *user);

/* What was said, as it was written, to the clipboard. pos: its place, 0 = not known. */
void hl_command_copy_entry(struct hl_commands *c, const struct hl_conv *conv,
                           const uint8_t id[static HL_ID_SIZE], uint64_t pos);

/* The front end hands on what its talk callback of this name gets; returns whether it was for a
 * command. */
bool hl_command_found(struct hl_commands *c, const struct hl_found *f);

/* The same for told(): answers to what commands have asked. */
void hl_command_told(struct hl_commands *c, struct hl_conv *conv, const struct hl_ctl *r);

/* An entry as one line with its time and state, in memory that the caller frees; NULL if it is
 * out. Not sanitised. */
char *hl_command_entry_text(const struct hl_conv *conv, const struct hl_ctl *r)
    __attribute__((warn_unused_result));

/* "udp 192.0.2.1:4855 from 192.0.2.7:4855": where a conversation goes, numbers always shown. */
enum {
    HL_COMMAND_PEER_TEXT = 2 * HL_ADDR_TEXT + HL_HOST_MAX + 128,
};
const char *hl_command_peer_text(const struct hl_conv *c, char out[static HL_COMMAND_PEER_TEXT]);

#endif
