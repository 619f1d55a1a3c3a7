/* SPDX-License-Identifier: MIT */
/* The words of a command that a setting or a variable holds, for programs that are started without
 * a shell. Pure. */
#ifndef HL_CMDLINE_H
#define HL_CMDLINE_H

enum {
    HL_CMDLINE_MAX = 32,    /* of a command */
    HL_CMDLINE_LINE = 1024, /* bytes with NUL of a command, and of its words */
};

struct hl_cmdline {
    int count;
    char *at[HL_CMDLINE_MAX + 2]; /* NULL behind the last; one more has room */
    char text[HL_CMDLINE_LINE];
};

/* Splits a command at blanks; '...' and "..." hold them, a backslash takes the next byte as it is
 * (not between ' and '). Returns 0, or -EINVAL: a quote is not closed, or it is too long. */
int hl_cmdline_split(struct hl_cmdline *w, const char *command) __attribute__((warn_unused_result));

#endif
