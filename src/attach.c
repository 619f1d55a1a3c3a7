/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include "crypt.h"
#include "vault.h"

#include <stdio.h>
#include <string.h>

/* The directory of the key, which exists once the key has been read. */
static int find_home(struct hl_attach *a, const struct hl_options *o, char why[static HL_WHY_MAX])
{
    int err = hl_home_file(o, HL_HOME_DATA, "key", a->home);

    if (err)
        snprintf(why, HL_WHY_MAX, "home: %s", hl_err_text(err));
    else
        *strrchr(a->home, '/') = '\0';
    return err ? HL_ERR_STORAGE : 0;
}

int hl_attach_init(struct hl_attach *a, const struct hl_options *o, uint64_t flags,
                   char why[static HL_WHY_MAX])
{
    int err;

    *a = (struct hl_attach){.config = {.flags = flags,
                                       .messenger = {.home = a->home,
                                                     .secret = a->secrets.secret,
                                                     .net = {.ipv4_only = o->ipv4_only,
                                                             .ipv6_only = o->ipv6_only,
                                                             .route_events = true},
                                                     .read_receipts = !o->no_receipts,
                                                     .retention = o->retention,
                                                     .nick = o->name,
                                                     .lock = -1,
                                                     .front = -1}}};
    err = hl_identity_load(o, &a->secrets, why);
    if (err == 0 && a->secrets.sealed)
        a->config.messenger.seal = a->secrets.seal;
    if (err == 0)
        err = find_home(a, o, why);
    if (err == 0)
        err = hl_vault_settle(a->home, &a->secrets, why);
    if (err)
        hl_attach_wipe(a);
    return err;
}

void hl_attach_wipe(struct hl_attach *a)
{
    hl_crypt_wipe(a, sizeof *a);
}
