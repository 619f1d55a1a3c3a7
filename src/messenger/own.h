/* SPDX-License-Identifier: MIT */
/* Entries of ours whose fate is still open, as a front end was told it last: the next messenger is
 * asked to go on telling it. One owner. */
#ifndef HL_OWN_H
#define HL_OWN_H

#include "ctl.h"
#include "idtable.h"

struct hl_own {
    struct hl_idtable table; /* their row and the state told last; 0 = not on disk yet */
    size_t sweep_at;         /* so many of them, and those of long ago are taken out */
    uint64_t row;            /* the last one told of */
};

void hl_own_fini(struct hl_own *o);
/* SUBMIT or AWAIT. -ENOMEM. */
int hl_own_add(struct hl_own *o, const struct hl_ctl *request) __attribute__((warn_unused_result));
/* STATE. Whether it is another one than was told last. */
bool hl_own_told(struct hl_own *o, const struct hl_ctl *state);
/* A contact has turned out to be another one. */
void hl_own_rename(struct hl_own *o, uint64_t from, uint64_t to);
/* Those that are on disk, one after the other, as AWAIT; *at is 0 at first. False: that was all. */
bool hl_own_next(const struct hl_own *o, size_t *at, struct hl_ctl *await);

#endif
