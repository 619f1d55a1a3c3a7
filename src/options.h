/* SPDX-License-Identifier: MIT */
/* The command line: one table of commands and one of options; everything else reads their rows
 * (parsing, --help, the test that holds the manual page to them).
 *
 * GNU conventions: `--opt=value` and `--opt value`, unambiguous prefixes, options anywhere among
 * the operands, `--` ends them. `hullo PEER` is short for `hullo chat PEER`. */
#ifndef HL_OPTIONS_H
#define HL_OPTIONS_H

#include "types.h"

enum hl_verb {
    HL_VERB_CHAT,
    HL_VERB_SEND,
    HL_VERB_LISTEN,
    HL_VERB_RESOLVE,
    HL_VERB_DOCTOR,
    HL_VERB_ID,
    HL_VERB_CONTACT,
    HL_VERB_VERIFY,
    HL_VERB_PEERS,
    HL_VERB_HISTORY,
    HL_VERB_SEARCH,
    HL_VERB_COUNT,
};

struct hl_verb_row {
    const char *name;
    const char *args;
    const char *help;
    const char *more; /* a paragraph for `hullo NAME --help` */
    size_t args_min, args_max;
};
const struct hl_verb_row *hl_verb_row(enum hl_verb verb);

enum hl_show {
    HL_SHOW_NOTHING,
    HL_SHOW_HELP,
    HL_SHOW_VERSION,
};

/* When `send' has done its work: as the states of a message. */
enum hl_wait {
    HL_WAIT_QUEUED, /* plain: in our memory; the flush at the end still tries */
    HL_WAIT_SENT,   /* the default of plain text */
    HL_WAIT_DELIVERED,
    HL_WAIT_READ,
};

enum hl_log_level {
    HL_LOG_ERROR,
    HL_LOG_WARN,
    HL_LOG_INFO,
    HL_LOG_DEBUG,
};

enum {
    HL_LISTEN_OPTIONS_MAX = 16, /* --listen given more often is an error */
    HL_NAME_MAX = 64,           /* bytes of --name with NUL */
    HL_WHY_MAX = 320,           /* bytes of an error text with NUL */
    HL_RATE_DEFAULT = 5000,     /* datagrams per second */
    HL_REPLY_TO = 16,           /* bytes of the id of an entry */
};

/* Times that were not given are HL_UNSET: each command has its own default. */
#define HL_UNSET INT64_C(-1)

/* Texts point into argv, the environment or static memory. */
struct hl_options {
    enum hl_verb verb;
    enum hl_show show;
    bool verb_given; /* else `hullo PEER`, or nothing at all */

    bool plain;
    bool pair;
    bool line;
    bool json;
    bool tcp;
    bool ipv4_only;
    bool ipv6_only;
    bool newline;
    bool echo;
    bool exec;
    bool uri;
    bool qr;
    bool set_passphrase;
    bool remove_passphrase;
    bool yes;
    bool limit_given;
    bool no_queue;
    bool no_receipts;

    const char *listen[HL_LISTEN_OPTIONS_MAX];
    size_t listen_count;
    const char *from;
    const char *reply;
    const char *greet;
    const char *home;
    const char *config;
    const char *log_file;
    const char *number;
    const char *in;
    const char *export;
    const char *passphrase_file;
    const char *new_passphrase_file;
    char name[HL_NAME_MAX]; /* --name, else the host's name */

    bool reply_to_given;
    uint8_t reply_to[HL_REPLY_TO];
    enum hl_wait wait;
    enum hl_log_level log_level;
    bool log_level_given;
    hl_time timeout;                      /* or HL_UNSET */
    hl_time linger;                       /* or HL_UNSET */
    hl_time expire;                       /* 0 = never */
    hl_time retention;                    /* 0 = for ever */
    uint64_t count;                       /* 0 = no limit */
    uint64_t limit;                       /* 0 = no limit */
    int64_t since_ms, until_ms, prune_ms; /* since the epoch, 0 = not given */
    uint32_t rate;                        /* datagrams per second, 0 = as fast as the host can */

    char **args; /* operands after the command, NULL-terminated, in the order given */
    size_t arg_count;
};

/* Reads the command line; permutes argv. Returns 0, or -1 with "what: why" in why (exit 2).
 * Not reentrant (getopt). */
int hl_options_parse(int argc, char **argv, struct hl_options *out, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* "0.2", "10": seconds with at most six decimals, in every locale. Returns 0 or -1. */
int hl_options_seconds(const char *text, hl_time *out) __attribute__((warn_unused_result));

struct hl_option_row {
    const char *name;
    char letter;     /* 0 = none */
    const char *arg; /* NULL = takes none */
    unsigned verbs;  /* bit 1 << verb: where it is accepted */
    const char *help;
    size_t offset; /* of the field that the parser fills */
    /* Returns NULL, or why arg is refused. */
    const char *(*parse)(const struct hl_option_row *row, const char *arg, struct hl_options *o);
};
const struct hl_option_row *hl_options_table(size_t *count);

#endif
