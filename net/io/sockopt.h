/* SPDX-License-Identifier: MIT */
/* Socket options by name, from one table: what /net shows and what scripts may set. Any thread. */
#ifndef HL_SOCKOPT_H
#define HL_SOCKOPT_H

#include <stdbool.h>
#include <stddef.h>

enum hl_sockopt_kind {
    HL_OPT_BOOL,
    HL_OPT_INT,     /* bytes, hops, milliseconds ...: see unit */
    HL_OPT_SECONDS, /* struct linger: seconds, -1 = off */
};

struct hl_sockopt {
    const char *name; /* as in <sys/socket.h> */
    int level;
    int option;
    enum hl_sockopt_kind kind;
    bool settable;
    const char *unit; /* "" where a bare number says all */
};

/* The i-th row, NULL at the end. */
const struct hl_sockopt *hl_sockopt_row(size_t i);

/* NULL if there is no such name. */
const struct hl_sockopt *hl_sockopt_find(const char *name);

/* The value in force, which need not be the one that was set: Linux doubles buffer sizes and caps
 * them. Returns 0, -ENOENT for an unknown name, or -errno (-ENOPROTOOPT, -EOPNOTSUPP: this kind of
 * socket has no such option). Reading SO_ERROR clears it. */
int hl_sockopt_get(int fd, const char *name, int *value) __attribute__((warn_unused_result));

/* As above; -EPERM for an option that can only be read. */
int hl_sockopt_set(int fd, const char *name, int value) __attribute__((warn_unused_result));

#endif
