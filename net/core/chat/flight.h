/* SPDX-License-Identifier: MIT */
/* What was sent to a contact in this session and has no receipt yet: a ring of numbered elements.
 *
 * Numbers rise by one for as long as the process lives, so that one serves as token towards the
 * transport, and receipts name them: none of an earlier session is mistaken. Which of the numbers
 * are flying is the caller's to keep (struct hl_flight_range): going back to an earlier
 * range is how a run is undone, and the ring keeps what that needs. */
#ifndef HL_FLIGHT_H
#define HL_FLIGHT_H

#include "env.h"
#include "ledger.h"

enum hl_flight_form {
    HL_FLIGHT_ENTRY,  /* as it is */
    HL_FLIGHT_CANCEL, /* as a CANCEL in its place */
    HL_FLIGHT_AGAIN,  /* the peer asked for it; its receipt changes nothing */
};

/* Flags only ever go up, and whoever raises one does so again when his input is applied again: no
 * run that is undone needs to take them back. */
enum {
    HL_FLIGHT_SENT = 1,     /* told to be SENT */
    HL_FLIGHT_RECALLED = 2, /* a cancel of it was asked for: SENT is not told any more */
    HL_FLIGHT_SETTLED = 4,  /* what became of it is known: its receipt changes nothing */
};

struct hl_flight_entry {
    struct hl_ledger_row row;
    uint32_t len; /* of the body */
    uint8_t form; /* enum hl_flight_form */
    uint8_t flags;
};

struct hl_flight_range {
    uint64_t head, tail; /* flying: head ... tail - 1 */
    uint64_t bytes;      /* of their bodies */
};

struct hl_flight {
    struct hl_flight_entry *ring;
    size_t cap; /* a power of two, or 0 */
};

void hl_flight_free(struct hl_flight *f, const struct hl_env *env);
/* A new element at the tail; nothing from kept on is overwritten. 0 or -ENOMEM. */
int hl_flight_push(struct hl_flight *f, const struct hl_env *env, struct hl_flight_range *r,
                   uint64_t kept, const struct hl_flight_entry *e)
    __attribute__((warn_unused_result));
void hl_flight_pop(const struct hl_flight *f, struct hl_flight_range *r);
/* One that flies, NULL if that one does not. */
struct hl_flight_entry *hl_flight_at(const struct hl_flight *f, const struct hl_flight_range *r,
                                     uint64_t number);
/* Raises flags of all that carry that entry. */
void hl_flight_flag(const struct hl_flight *f, const struct hl_flight_range *r, uint64_t row,
                    uint8_t flags);

#endif
