/* SPDX-License-Identifier: MIT */
/* Conversations: what every front end (UI, line mode, send, listen) shares.
 *
 * A talk owns the table of peers and follows each message from queued to received or failed. With
 * a key it speaks through encrypted sessions (secure.h). Without one it is plain: it cuts long
 * text into datagrams, lays an ICMP refusal at the door of the very message it answers, tries the
 * next address of a name when the first one refuses, and redials nothing by itself.
 * Only the main thread uses it; callbacks run inside hl_talk_pump() and the functions below. */
#ifndef HL_TALK_H
#define HL_TALK_H

#include "listeners.h"
#include "net.h"
#include "node.h"

struct hl_talk;

enum hl_conv_state {
    HL_CONV_DIALLING, /* looking up or connecting */
    HL_CONV_OPEN,     /* we may send; for plain datagrams this promises nothing about the peer */
    HL_CONV_FINISHED, /* the peer half-closed: it says no more, still hears us */
    HL_CONV_CLOSED,   /* a stream or a session that ended; sending to it dials again */
    HL_CONV_FAILED,   /* the dial failed; err says why */
};

struct hl_conv {
    uint32_t id; /* from 1, never used again */
    enum hl_conv_state state;
    struct hl_path path;             /* path.remote: numbers, known once OPEN */
    bool dialled;                    /* by us, else the peer came */
    char name[HL_HOST_MAX + 64];     /* as typed for a dialled peer, else the address */
    char address[HL_ADDR_TEXT];      /* path.remote as text, "" while unknown */
    char local[HL_ADDR_TEXT];        /* our address as text, "" while unknown */
    int err;                         /* why FAILED or CLOSED */
    uint64_t sent, received, failed; /* messages */
    bool finish_sent;                /* we half-closed */
    bool encrypted;                  /* not plain; key is known once OPEN */
    bool restarted;                  /* the peer began anew since it was last OPEN */
    uint8_t key[HL_KEY_SIZE];        /* the peer's public key */
    void *user;                      /* the front end's */
};

struct hl_incoming {
    const char *text; /* raw bytes as the peer sent them, one trailing newline removed */
    size_t len;
    uint32_t flags; /* enum hl_event_flag */
    bool bad_utf8;
    hl_time time;
};

enum hl_msg_state {
    HL_MSG_QUEUED,
    HL_MSG_SENT,     /* left this host; plain mode can promise no more */
    HL_MSG_RECEIVED, /* encrypted: the peer's Hullo has it, though not yet on its disk */
    HL_MSG_FAILED,   /* err says why; may come after SENT when ICMP reports a refusal */
};

/* Answers to a look-up of the front end's own: hl_net_resolve() or hl_net_reverse() on
 * hl_talk_net() with a token from 1 to UINT32_MAX. */
enum hl_found_kind {
    HL_FOUND_ADDRESS, /* addr, took; text: who knew it */
    HL_FOUND_ALIAS,   /* text: another name of the host */
    HL_FOUND_END,     /* err; text: the canonical name */
};

struct hl_found {
    enum hl_found_kind kind;
    uint64_t token;
    const struct hl_addr *addr; /* NULL unless this is an address */
    int err;
    const char *text;
    size_t len;   /* of text; 0 = not known */
    hl_time took; /* until this address was known */
};

/* An address or a link of this host came or went. */
struct hl_host_news {
    const char *what;           /* "address added", "link down" ... */
    const struct hl_addr *addr; /* NULL = it is about a link */
    uint32_t index;             /* of the interface; 0 = about none */
};

/* Any callback may be NULL. conv pointers stay valid until gone() returns. */
struct hl_talk_ops {
    void (*changed)(void *user, struct hl_conv *c); /* new, or state/path changed */
    void (*gone)(void *user, struct hl_conv *c);    /* forgotten: drop c->user */
    void (*incoming)(void *user, struct hl_conv *c, const struct hl_incoming *m);
    void (*delivery)(void *user, struct hl_conv *c, uint64_t msg, enum hl_msg_state s, int err);
    void (*trying)(void *user, struct hl_conv *c, const struct hl_addr *at,
                   int err);                                   /* err 0 = starts */
    void (*dropped)(void *user, uint64_t count);               /* datagrams lost on this host */
    void (*host)(void *user, const struct hl_host_news *news); /* needs route_events */
    void (*found)(void *user, const struct hl_found *f);
};

struct hl_talk_config {
    struct hl_net_config net;
    bool newline;          /* end UDP text with a newline too (--newline) */
    bool prefer_tcp;       /* --tcp: a peer without a scheme is dialled over TCP */
    bool pairing;          /* encrypted: strangers are answered */
    const uint8_t *secret; /* HL_KEY_SIZE bytes, copied: encrypted. NULL: plain */
    size_t convs_max;      /* 0 = 1024; the longest silent undialled one is forgotten */
};

int hl_talk_new(const struct hl_talk_config *config, const struct hl_talk_ops *ops, void *user,
                struct hl_talk **out) __attribute__((warn_unused_result));
/* Flushes for at most flush, stops the net module, calls gone() for every conversation. */
void hl_talk_free(struct hl_talk *t, hl_time flush);

struct hl_net *hl_talk_net(struct hl_talk *t);
int hl_talk_fd(const struct hl_talk *t); /* poll() it for reading, then pump */
void hl_talk_pump(struct hl_talk *t);    /* handles at most a bounded batch, returns; poll again */

/* hl_listeners_open() for its sockets. */
int hl_talk_listen(struct hl_talk *t, const struct hl_endpoint *at, bool port_default,
                   bool udp_only, struct hl_bound bound[static 2], size_t *count)
    __attribute__((warn_unused_result));

/* Opens a conversation; *out is valid at once in state DIALLING. Needs a UDP listener first for
 * UDP peers (it speaks through the first one of a fitting family). */
int hl_talk_open(struct hl_talk *t, const struct hl_endpoint *to, const char *typed,
                 hl_time timeout, struct hl_conv **out) __attribute__((warn_unused_result));

/* Sends one message, cut as the transport needs. *msg is its number in this talk, from 1; its
 * states arrive through delivery(), the first of them (QUEUED) not reported. While DIALLING the
 * text waits here. Empty text is -EINVAL. HL_ERR_BUSY: nothing was taken, pump and try again. */
int hl_talk_send(struct hl_talk *t, struct hl_conv *c, const char *text, size_t len, uint64_t *msg)
    __attribute__((warn_unused_result));

int hl_talk_finish(struct hl_talk *t, struct hl_conv *c);  /* half-close after what is queued */
int hl_talk_close(struct hl_talk *t, struct hl_conv *c);   /* ends a stream, cancels a dial */
void hl_talk_forget(struct hl_talk *t, struct hl_conv *c); /* closes and removes it: gone() */

/* Messages with neither a last state: failed, or sent (plain) or received (encrypted). */
size_t hl_talk_queued(const struct hl_talk *t);
struct hl_conv *hl_talk_first(struct hl_talk *t); /* oldest first */
struct hl_conv *hl_talk_next(struct hl_talk *t, struct hl_conv *c);
/* By number (/peer 2), name or address as shown; NULL if none or more than one fits. */
struct hl_conv *hl_talk_find(struct hl_talk *t, const char *text);
/* Datagrams lost on this host so far. */
uint64_t hl_talk_dropped(const struct hl_talk *t);

#endif
