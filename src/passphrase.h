/* SPDX-License-Identifier: MIT */
/* Passphrases: from the terminal, without echo, or from a file. Never from the command line or the
 * environment, which other programs can read. Main thread. */
#ifndef HL_PASSPHRASE_H
#define HL_PASSPHRASE_H

#include "bytes.h"
#include "options.h"

enum {
    HL_PASSPHRASE_MAX = 1024, /* bytes */
};

struct hl_passphrase {
    uint8_t text[HL_PASSPHRASE_MAX + 2]; /* room for the end of its line */
    size_t len;
};

/* The first line of a file, which may be a pipe (/dev/fd/3). A regular file that others may read is
 * refused. Returns 0, or HL_ERR_STORAGE or HL_ERR_PASSPHRASE with "what: why" in why. */
int hl_passphrase_read(const char *path, struct hl_passphrase *out, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* Asks on the terminal. Only if standard input is one: scripts are not to hang. Also returns
 * -EINTR when a signal came that ends the program; it still waits in the program's signal_fd. The
 * terminal is as it was in every case. */
int hl_passphrase_ask(const char *prompt, struct hl_passphrase *out, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

struct hl_bytes hl_passphrase_bytes(const struct hl_passphrase *p);
void hl_passphrase_wipe(struct hl_passphrase *p);

#endif
