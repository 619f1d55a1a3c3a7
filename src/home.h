/* SPDX-License-Identifier: MIT */
/* Where the program keeps what it keeps: --home or HULLO_HOME, else the XDG directories. */
#ifndef HL_HOME_H
#define HL_HOME_H

#include "options.h"

enum {
    HL_HOME_PATH = 4096, /* bytes with NUL: PATH_MAX of Linux */
};

enum hl_home_kind {
    HL_HOME_DATA,   /* $XDG_DATA_HOME: what must not be lost */
    HL_HOME_STATE,  /* $XDG_STATE_HOME: what may be */
    HL_HOME_CONFIG, /* $XDG_CONFIG_HOME: what the user has written */
};

/* The path of file in that directory, whether they exist or not. Returns 0, -ENOENT when no
 * variable tells where, or -ENAMETOOLONG. */
int hl_home_path(const struct hl_options *o, enum hl_home_kind kind, const char *file,
                 char out[static HL_HOME_PATH]) __attribute__((warn_unused_result));

/* Makes the directories above path that are missing, private (0700). Returns 0 or -errno. */
int hl_home_make(const char *path) __attribute__((warn_unused_result));

/* The path of file in that directory, which is made if it is not there, private (0700); one that
 * is there and open to others is made private, and the user told. Returns 0, -ENOENT when no
 * variable tells where, HL_ERR_HOME_OWNER, or -errno. */
int hl_home_file(const struct hl_options *o, enum hl_home_kind kind, const char *file,
                 char out[static HL_HOME_PATH]) __attribute__((warn_unused_result));

#endif
