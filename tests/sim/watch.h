/* SPDX-License-Identifier: MIT */
/* What an observer of all datagrams can hold against a node without knowing a key: bytes to an
 * address that never proved to be there, a packet number sealed twice, text in the clear. */
#ifndef HL_SIM_WATCH_H
#define HL_SIM_WATCH_H

#include "types.h"

/* One address, as one node knows it. */
struct watch_addr {
    struct hl_addr addr;
    uint64_t in, out; /* bytes */
    bool given;       /* by the user, who answers for it */
    bool reached;     /* something the node sent there arrived at a host */
    bool proven;      /* and from there came something afterwards */
    bool stranger;    /* nobody the node knows */
};

struct watch_ledger {
    struct watch_addr *rows;
    size_t count, cap;
};

/* The row of that address, a new one if need be; valid until the next call. */
struct watch_addr *watch_addr(struct watch_ledger *l, const struct hl_addr *a);
void watch_ledger_fini(struct watch_ledger *l);
/* NULL, or what is wrong with the balance. */
const char *watch_balance(const struct watch_addr *row);

/* All DATA packets ever sealed: by receiver index and packet number, with a hash of the rest. */
struct watch_numbers {
    struct watch_number {
        uint64_t key, content; /* key 0: free */
    } * slots;
    size_t count, cap;
};

/* One that a node sends; false if its number was used before for other content. */
bool watch_number(struct watch_numbers *n, unsigned sender, const uint8_t *bytes, size_t len);
void watch_numbers_fini(struct watch_numbers *n);

#endif
