/* SPDX-License-Identifier: MIT */
/* Control records that wait, in order, each as the bytes that go over the line: requests without an
 * answer, records that nobody has taken yet. One owner. */
#ifndef HL_BACKLOG_H
#define HL_BACKLOG_H

#include "ctl.h"

struct hl_backlog_item {
    struct hl_backlog_item *next;
    enum hl_ctl_kind kind;
    uint64_t request;
    uint64_t passed; /* of a request: entries that answered it, and were told */
    uint64_t skip;   /* of them, those that the present messenger will repeat */
    bool again;      /* a messenger that is gone may have begun to answer it */
    size_t len;
    char bytes[];
};

struct hl_backlog {
    struct hl_backlog_item *first, **last;
    size_t count, bytes;
};

void hl_backlog_init(struct hl_backlog *b);
void hl_backlog_fini(struct hl_backlog *b);

/* Adds a copy. -ENOMEM, HL_ERR_TOO_LONG. */
int hl_backlog_add(struct hl_backlog *b, const struct hl_ctl *c)
    __attribute__((warn_unused_result));
/* Where the request hangs; NULL if it is not there. Answers come in order but for a few: it is the
 * first or one not far behind. */
struct hl_backlog_item **hl_backlog_find(struct hl_backlog *b, uint64_t request);
/* Takes out what hangs there: the caller's, to be freed. */
struct hl_backlog_item *hl_backlog_take(struct hl_backlog *b, struct hl_backlog_item **at);

#endif
