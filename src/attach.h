/* SPDX-License-Identifier: MIT */
/* What a command must know to reach the messenger of its home, or to become it: where the home is,
 * its key, and what the options say. Main thread. */
#ifndef HL_ATTACH_H
#define HL_ATTACH_H

#include "client.h"
#include "home.h"
#include "identity.h"

struct hl_attach {
    struct hl_client_config config; /* for hl_client_open(); points in here: do not move */
    char home[HL_HOME_PATH];
    struct hl_secrets secrets;
};

/* Fills it in; flags: HL_CTL_F_*. Returns 0, or an error of hl_identity_load() with "what: why" in
 * why. To be wiped after use. */
int hl_attach_init(struct hl_attach *a, const struct hl_options *o, uint64_t flags,
                   char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));
void hl_attach_wipe(struct hl_attach *a);

#endif
