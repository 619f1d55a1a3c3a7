/* SPDX-License-Identifier: MIT */
/* Programs that the user has us run. No shell; signals are as a program expects them; no descriptor
 * of ours but those named here. Any thread. */
#ifndef HL_CHILD_H
#define HL_CHILD_H

#include <sys/types.h>

enum {
    HL_CHILD_NULL = -1, /* /dev/null */
    HL_CHILD_OURS = -2, /* the same as ours */
};

enum hl_child_place {
    HL_CHILD_JOB,        /* our process group */
    HL_CHILD_GROUP,      /* one of its own, which can be killed whole */
    HL_CHILD_SESSION,    /* a session of its own: nothing of our terminal */
    HL_CHILD_FOREGROUND, /* a group that has the terminal on standard input */
};

struct hl_child {
    char *const *argv; /* the first is looked for in PATH */
    char *const *env;  /* NULL: ours */
    int fds[3];        /* standard input, output and error: a descriptor, or one of the above */
    enum hl_child_place place;
};

/* Returns 0 or -errno. */
int hl_child_start(const struct hl_child *s, pid_t *pid) __attribute__((warn_unused_result));

#endif
