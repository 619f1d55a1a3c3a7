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

/* The highest packet numbers that one node was given, by session index. */
struct watch_tops {
    struct watch_top {
        uint32_t index;
        uint64_t number;
    } tops[16];
    unsigned next;
};

/* A DATA packet that was taken: true if a later one of its session was before that is not a mere
 * probe of a path, as far as its length tells. The address must not have followed this one. */
bool watch_is_old(struct watch_tops *t, const uint8_t *bytes, size_t len);
/* The node sends that: an index that it gives in a handshake packet begins a session anew. */
void watch_begins(struct watch_tops *t, const uint8_t *bytes, size_t len);

/* All DATA packets ever sealed: by session and packet number, with a hash of the rest. A session is
 * known by the index that its receiver gave it in a handshake packet; indices come again, so each
 * handshake packet that gives one anew begins another session. */
struct watch_numbers {
    struct watch_number {
        uint64_t key, content; /* key 0: free */
    } * slots;
    size_t count, cap;
    struct watch_index {
        unsigned node;
        uint32_t index;
        uint64_t handshake; /* hash of the packet that gave it */
        uint64_t session;   /* how many there were before it */
        bool again; /* a session before had that index: packets do not tell which is meant */
    } * indices;
    size_t indices_count, indices_cap;
};

/* A packet that node sends to a host that is receiver's, -1 = nobody's. False if it is DATA whose
 * number was used before for other content. */
bool watch_packet(struct watch_numbers *n, unsigned node, int receiver, const uint8_t *bytes,
                  size_t len);
void watch_numbers_fini(struct watch_numbers *n);

#endif
