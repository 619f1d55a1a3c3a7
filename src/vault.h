/* SPDX-License-Identifier: MIT */
/* The passphrase of a home: key file and store in step with each other.
 *
 * The rule: a home whose key file has a passphrase has a sealed store. Setting one writes the file
 * first and seals the store then; taking it away opens the store first and writes the file then;
 * another passphrase touches the file alone. A crash in between thus leaves one state and no other:
 * a file with a passphrase beside a store in the open, which hl_vault_settle() puts right.
 * Main thread. */
#ifndef HL_VAULT_H
#define HL_VAULT_H

#include "identity.h"

/* What a home's first process does when it has read a key that has a passphrase: finishes what a
 * crash has cut short. Does nothing while another process has the home. Returns 0, or an error of
 * class STORAGE with "what: why". */
int hl_vault_settle(const char *home, const struct hl_secrets *secrets, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* Sets or changes the passphrase; it comes from --new-passphrase-file or is asked for twice.
 * Returns 0, or an error with "what: why": HL_ERR_BUSY if another process has the home, -EINTR. */
int hl_vault_set(const struct hl_options *o, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* Takes it away. 0 as well if there is none. */
int hl_vault_remove(const struct hl_options *o, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

#endif
