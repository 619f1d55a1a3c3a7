/* SPDX-License-Identifier: MIT */
/* What talk.c, its two modes and the table of conversations share.
 *   talk_conv.c    the table
 *   talk_plain.c   raw text, with talk_out.c: what is on its way
 *   talk_home.c    over the messenger of the home, with talk_said.c: what was said last
 *   talk_contact.c its contacts as conversations
 *   talk_pages.c   history
 *   talk_presence.c who types, who is away
 *   talk_stash.c   what is left there for the next start */
#ifndef HL_TALK_INSIDE_H
#define HL_TALK_INSIDE_H

#include "talk.h"

enum {
    TALK_BUCKETS = 1024,
    TALK_CANDIDATES = HL_CANDIDATES_MAX,
    TALK_RECENT = 64,        /* datagrams remembered per peer, for ICMP errors to be matched */
    TALK_PREFIX = 48,        /* bytes of them: enough to tell messages apart */
    TALK_WINDOW = 256 << 10, /* bytes one conversation may have on their way; then BUSY */
    TALK_EVENTS = 512,       /* of a pump; then the front end gets to draw and to read keys */
};

/* Tokens of the net module: conversation and number in it, so that each finds its way home. */
static inline uint64_t talk_token(uint32_t conv, uint32_t seq)
{
    return (uint64_t)conv << 32 | seq;
}

/* A message, or what is left of it, that the net module has not taken yet. */
struct outgoing {
    struct outgoing *next;
    uint64_t msg;
    size_t len, off;
    char text[];
};

/* A piece that the net module has taken and not reported yet. */
struct piece {
    uint64_t msg;
    uint32_t len;
    int err;
    bool last; /* of its message */
    bool done;
};

/* A datagram that has left, kept for ICMP to refer to. */
struct recent {
    uint64_t msg;
    uint32_t len;
    bool refused;
    char *text; /* whole, while another address may have to be tried, else NULL */
    char prefix[TALK_PREFIX];
};

struct conv {
    struct hl_conv pub;
    struct conv *next, *prev; /* in order of age */
    struct conv *in_id;       /* in the bucket of its number */
    struct conv *in_path;     /* in the bucket of its path */
    bool hashed;
    struct hl_endpoint to;
    hl_time timeout;
    bool wants_finish;
    bool wants_close; /* closed while dialling: the dial may be through already */
    hl_time heard;    /* 0 = never */

    struct hl_addr candidates[TALK_CANDIDATES]; /* datagram peers: what the name resolved to */
    unsigned candidate, candidate_count;
    bool looking_up; /* more candidates may come */
    int held;        /* datagram peers: a refusal while that is so, 0 if none */

    struct outgoing *first, **last;
    size_t waiting; /* bytes in outgoing and pieces */
    struct piece *pieces;
    uint32_t piece_first, piece_count, piece_cap; /* a ring; cap is a power of two */
    struct recent *recents;
    uint32_t recent_next; /* how many were ever remembered */
    int msg_err;          /* of the pieces of the message at the front */

    struct talk_said *said;   /* encrypted: what was said last; NULL = nothing yet */
    uint8_t seen[HL_ID_SIZE]; /* encrypted: the last one that our user has before his eyes */
    bool seen_due;            /* the messenger is to hear of it */
    bool wanted;              /* encrypted: opened here, so every messenger is to look for it */
};

/* How conversations are carried: in raw text or encrypted. */
struct talk_mode {
    int (*start)(struct hl_talk *t, char why[static HL_STORE_WHY]);
    void (*stop)(struct hl_talk *t, hl_time flush);
    int (*fd)(const struct hl_talk *t);
    struct hl_net *(*net)(struct hl_talk *t);
    int (*listen)(struct hl_talk *t, const char *typed, bool port_default, bool udp_only,
                  struct hl_bound bound[static 2], size_t *count);
    int (*open)(struct hl_talk *t, const char *typed, hl_time timeout, struct conv **out);
    int (*say)(struct hl_talk *t, struct conv *c, const struct hl_saying *s, uint64_t *msg);
    int (*finish)(struct hl_talk *t, struct conv *c);
    int (*close)(struct hl_talk *t, struct conv *c);
    void (*forget)(struct hl_talk *t, struct conv *c); /* before c is freed */
    void (*pump)(struct hl_talk *t);
};
extern const struct talk_mode talk_plain, talk_home;

struct hl_talk {
    struct hl_talk_config config;
    struct hl_talk_ops ops;
    void *user;
    const struct talk_mode *mode;
    struct hl_net *net;     /* plain; NULL = encrypted */
    struct talk_home *home; /* encrypted; NULL = plain */
    struct conv *convs, *last_conv;
    size_t conv_count;
    struct conv *buckets[TALK_BUCKETS]; /* by path */
    struct conv *ids[TALK_BUCKETS];     /* by number */
    bool stalled; /* the net module took no more, though something waits here */
    uint32_t next_conv;
    uint64_t next_msg;
    uint64_t last_stash;
    size_t queued;
    uint64_t dropped;
    struct {
        bool on;
        char why[HL_AWAY_MAX + 1];
    } away; /* encrypted: our user, as the messenger told last */
    struct hl_listeners listeners;
    char scratch[HL_TEXT_MAX]; /* a piece with its newline */
};

/* ---- talk.c ---- */

/* Events of the net module that concern no conversation: losses, addresses, look-ups. */
void talk_net_event(struct hl_talk *t, const struct hl_event *ev);

/* ---- talk_conv.c: the table ---- */

struct conv *talk_conv_new(struct hl_talk *t, uint32_t id); /* 0 = the next one */
void talk_conv_free(struct hl_talk *t, struct conv *c);     /* gone() first; unlinks and frees */
struct conv *talk_conv_by_id(const struct hl_talk *t, uint32_t id);
struct conv *talk_conv_by_path(const struct hl_talk *t, const struct hl_path *p);
/* Gives c a path and finds it by that from now on; fills in the texts of its addresses. */
void talk_conv_set_path(struct hl_talk *t, struct conv *c, const struct hl_path *p);
/* Our address towards c's peer; HL_AF_NONE leaves it to the kernel. */
void talk_conv_set_local(const struct hl_talk *t, struct conv *c, const struct hl_addr *local);
void talk_conv_unhash(struct hl_talk *t, struct conv *c);
void talk_changed(struct hl_talk *t, struct conv *c, enum hl_conv_state state, int err);
/* Forgets the longest silent conversation that nobody here opened, if there are too many. */
void talk_conv_make_room(struct hl_talk *t);
static inline bool talk_is_datagram(enum hl_transport tr)
{
    return tr == HL_UDP || tr == HL_UNIX_DGRAM;
}

/* ---- talk_out.c: what is on its way ---- */

int talk_out_add(struct hl_talk *t, struct conv *c, const char *text, size_t len, uint64_t *msg);
void talk_out_flush(struct hl_talk *t, struct conv *c);
void talk_out_fail(struct hl_talk *t, struct conv *c, int err); /* what the net has not taken */
void talk_out_done(struct hl_talk *t, struct conv *c, uint32_t seq, int err);
/* ICMP: the peer or a router refused the datagram that starts with data; with len 0 the oldest
 * one. Returns whether there was such a one. */
bool talk_out_refused(struct hl_talk *t, struct conv *c, int err, const void *data, size_t len);
/* Sends again what left for an address that refused, to the conversation's new one. */
void talk_out_repeat(struct hl_talk *t, struct conv *c);
void talk_out_free(struct hl_talk *t, struct conv *c);

/* ---- talk_contact.c ---- */

/* The conversation with a contact, which is made under that name if there is none yet. NULL: no
 * memory, or no contact. */
struct conv *talk_conv_of(struct hl_talk *t, uint64_t contact, const char *name);
/* ... as CONTACT tells of it. */
struct conv *talk_contact(struct hl_talk *t, const struct hl_ctl *r);
/* The numbers of an address as text; none if it names a host. */
struct hl_addr talk_numbers(const char *text);

/* ---- talk_presence.c ---- */

/* ABSENT */
void talk_absent(struct hl_talk *t, const struct hl_ctl *r);

/* ---- talk_said.c ---- */

/* Remembers one that is new: ours or theirs. No memory: it cannot be referred to by number. */
void talk_said_add(struct conv *c, const uint8_t *id, bool ours, const char *text, size_t len);
/* What is known now of the one with that id, if it is remembered. */
void talk_said_state(struct conv *c, const uint8_t *id, enum hl_entry_state state);
void talk_said_text(struct conv *c, const uint8_t *id, const char *text, size_t len);
/* What was said in from was said in to. */
void talk_said_move(struct conv *to, struct conv *from);
void talk_said_free(struct conv *c);

/* ---- talk_pages.c ---- */

/* Tells the last count entries of a conversation, the earliest first. */
int talk_pages_tell(struct hl_talk *t, struct conv *c, size_t count,
                    void (*tell)(struct hl_talk *t, struct conv *c, const struct hl_ctl *r))
    __attribute__((warn_unused_result));

/* ---- talk_home.c ---- */

/* Sends a request and waits for its answers: for what the messenger has at hand. */
int talk_home_ask(struct hl_talk *t, struct hl_ctl *request,
                  void (*each)(void *user, const struct hl_ctl *answer), void *user)
    __attribute__((warn_unused_result));

#endif
