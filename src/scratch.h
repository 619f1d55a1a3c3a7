/* SPDX-License-Identifier: MIT */
/* A text that another program edits: a file in a directory of its own, both private, where nothing
 * outlasts the login ($XDG_RUNTIME_DIR), else at home. Whatever that program leaves beside the file
 * (backups, swap files) goes with it. What a killed process has left is found by its lock, which
 * nobody holds any more. Main thread. */
#ifndef HL_SCRATCH_H
#define HL_SCRATCH_H

#include "home.h"

#include <stddef.h>

struct hl_scratch {
    int lock; /* the directory, locked; -1 = there is none */
    char directory[HL_HOME_PATH];
    char path[HL_HOME_PATH]; /* of the file */
};

#define HL_SCRATCH_NONE                                                                            \
    (struct hl_scratch)                                                                            \
    {                                                                                              \
        .lock = -1                                                                                 \
    }

/* Where they are made. Returns 0 or -errno, HL_ERR_HOME_OWNER. */
int hl_scratch_place(const struct hl_options *o, char out[static HL_HOME_PATH])
    __attribute__((warn_unused_result));

/* Returns 0 or -errno, and then there is none. */
int hl_scratch_make(struct hl_scratch *s, const char *place, const char *text, size_t len)
    __attribute__((warn_unused_result));
/* What the file holds now, as hl_slurp(). */
int hl_scratch_read(const struct hl_scratch *s, size_t max, char **out, size_t *len)
    __attribute__((warn_unused_result));
void hl_scratch_remove(struct hl_scratch *s);

/* Removes what killed processes have left there. */
void hl_scratch_sweep(const char *place);

#endif
