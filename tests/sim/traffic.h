/* SPDX-License-Identifier: MIT */
/* What users say to each other and what arrives of it.
 *
 * Every message and every byte of a stream follows from who says it, to whom, in which life and as
 * which one, so that a receiver knows without any record what must come next. Checked on arrival:
 * each message once and in order, as it was said; nothing skipped but what was acknowledged to its
 * sender before the receiver lost its state. */
#ifndef HL_SIM_TRAFFIC_H
#define HL_SIM_TRAFFIC_H

#include "world.h"

enum {
    TRAFFIC_TALKS = 16,
    TRAFFIC_FILES = 512,
    TRAFFIC_LIVES = 16,
    TRAFFIC_HEAD = 8, /* bytes that say which message it is; shorter ones only tell by content */
};

struct traffic_message {
    hl_time said, delivered; /* -1 = not yet */
    uint32_t len;
    bool acked;
};

/* Messages from one node to another over stream 0 or 1. */
struct traffic_talk {
    unsigned from, to;
    uint64_t stream;
    struct traffic_message *messages; /* of the sender's present life */
    size_t count, cap;
    size_t queued;    /* of these, handed to the node; the others wait for room */
    bool blocked;     /* until HL_FLOW_WRITABLE */
    size_t delivered; /* of these, at least once */
    size_t acked;
    unsigned life;                   /* of the sender, that the receiver has heard last */
    unsigned receiver;               /* life of the receiver that heard it */
    size_t next[TRAFFIC_LIVES];      /* by life of the sender: what that receiver awaits */
    bool receiver_lost, sender_lost; /* in the present life of the sender */
    uint64_t total, again;           /* deliveries; of these, to a later life of the receiver */
};

/* One byte stream. */
struct traffic_file {
    unsigned from, to;
    uint64_t stream;
    uint64_t size, written, got;
    bool given_up; /* reset, stopped, or its sender or receiver lost its state */
    bool fin_written, finished, acked;
    hl_time said, done;
};

struct traffic {
    struct world *world;
    struct traffic_talk talks[TRAFFIC_TALKS];
    unsigned talks_count;
    struct traffic_file files[TRAFFIC_FILES];
    unsigned files_count;
    uint64_t next_stream[WORLD_NODES][WORLD_NODES]; /* from, to */
    uint8_t *scratch;                               /* HL_MESSAGE_MAX */
};

struct traffic *traffic_new(struct world *w);
void traffic_free(struct traffic *t);

/* from says a message of len bytes to to, now. */
void traffic_say(struct world *w, unsigned from, unsigned to, uint64_t stream, uint32_t len);
/* from sends size bytes in a stream of their own; returns which file that is. */
unsigned traffic_send_file(struct world *w, unsigned from, unsigned to, uint64_t size);
void traffic_reset_file(struct world *w, unsigned file);
void traffic_stop_file(struct world *w, unsigned file);
struct traffic_talk *traffic_talk(struct world *w, unsigned from, unsigned to, uint64_t stream);

/* Hands to the node of from what it had no room for before. */
void traffic_push(struct world *w, unsigned from);
/* What the node of at tells about its peer. */
void traffic_event(struct world *w, unsigned at, unsigned peer, const struct hl_flow_event *ev);
void traffic_restarted(struct world *w, unsigned node);
/* The association of two nodes was given up for want of memory: what was not acknowledged comes
 * again, though the receiver has it. */
void traffic_renewed(struct world *w, unsigned from, unsigned to);
/* Another association of the two: of a node whose owner repeats, what is not known to have arrived
 * is said again. */
void traffic_repeat(struct world *w, unsigned from, unsigned to);
/* All that was said has arrived and is known to have. */
bool traffic_done(const struct world *w);
/* Says what is missing. */
void traffic_report(struct world *w);

#endif
