/* SPDX-License-Identifier: MIT */
/* Two deliveries, each over a ledger in memory, and a wire between them that a test can hold up,
 * look at and cut. What comes out but is not sent is kept as told. Contact of either: the other,
 * under number TALKERS_PEER. */
#ifndef HL_TEST_TALKERS_H
#define HL_TEST_TALKERS_H

#include "delivery.h"
#include "memory.h"
#include "memory_ledger.h"

enum { TALKERS_PEER = 7 };

struct talkers_told {
    struct hl_effect e; /* its bytes are gone, but for text */
    char text[64];
};

struct talkers_letter {
    uint64_t token;
    size_t len;
    uint8_t *bytes;
};

struct talker {
    struct memory memory;
    struct memory_ledger ledger;
    struct hl_delivery_config config;
    struct hl_delivery *delivery;
    bool up;
    struct talkers_letter *wire; /* from this one to the other */
    size_t first, letters, wire_cap;
    struct talkers_told *told;
    size_t count, cap;
    uint64_t sent; /* envelopes, in all */
};

struct talkers {
    struct talker side[2];
    hl_time now;
};

void talkers_init(struct talkers *w);
void talkers_fini(struct talkers *w);

/* The id of the nth that a side says. */
void talkers_id(uint8_t id[HL_ID_SIZE], int side, uint64_t n);
/* An input of that kind for the peer; a test fails if it is not taken. */
void talkers_put(struct talkers *w, int side, const struct hl_input *in);
void talkers_submit(struct talkers *w, int side, const struct hl_entry *e);
void talkers_say(struct talkers *w, int side, uint64_t n, const char *text);
void talkers_cancel(struct talkers *w, int side, uint64_t n);
void talkers_envelope(struct talkers *w, int side, const struct hl_envelope *e);

/* A run, and all its effects. Returns what hl_delivery_run() does. */
int talkers_run(struct talkers *w, int side);
/* Hands up to count letters of a side to the other and runs both. Returns how many. */
size_t talkers_pass(struct talkers *w, int from, size_t count);
/* Until nobody has anything to say. */
void talkers_settle(struct talkers *w);
/* A session for both. */
void talkers_up(struct talkers *w, bool fresh);
/* Its end, which loses what is on the wire. */
void talkers_down(struct talkers *w);
/* The process dies and starts again; the session is gone. */
void talkers_crash(struct talkers *w, int side);
/* Down, and up with nothing remembered. */
void talkers_reconnect(struct talkers *w);

/* What was told last of that kind; NULL: nothing. */
const struct talkers_told *talkers_last(const struct talkers *w, int side,
                                        enum hl_effect_kind kind);
size_t talkers_count(const struct talkers *w, int side, enum hl_effect_kind kind);
/* The state of the nth that a side said, as its user was told, and as it is in the ledger. */
enum hl_entry_state talkers_state(const struct talkers *w, int side, uint64_t n);
enum hl_entry_state talkers_stored(const struct talkers *w, int side, uint64_t n);
/* What the reader has of the other side's in its ledger, in the order of the conversation, as
 * words. Valid until the next call. */
const char *talkers_read(const struct talkers *w, int reader);
/* The same of what it was told. */
const char *talkers_heard(const struct talkers *w, int reader);

#endif
