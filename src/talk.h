/* SPDX-License-Identifier: MIT */
/* Conversations: what every front end (UI, line mode, send, listen) shares.
 *
 * A talk owns the table of peers and follows each message through its states. Encrypted, it speaks
 * through the messenger of the home (client.h): conversations are its contacts, messages are
 * entries that it keeps and delivers. Plain, it cuts long text into datagrams, lays an ICMP refusal
 * at the door of the very message it answers, tries the next address of a name when the first one
 * refuses, and redials nothing by itself.
 * Only the main thread uses it; callbacks run inside hl_talk_pump() and the functions below. */
#ifndef HL_TALK_H
#define HL_TALK_H

#include "client.h"
#include "listeners.h"
#include "net.h"
#include "node.h"

struct hl_talk;

enum hl_conv_state {
    HL_CONV_IDLE,     /* encrypted: a contact, and nobody asks for a session */
    HL_CONV_DIALLING, /* looking up or connecting */
    HL_CONV_OPEN,     /* we may send; for plain datagrams this promises nothing about the peer */
    HL_CONV_FINISHED, /* the peer half-closed: it says no more, still hears us */
    HL_CONV_CLOSED,   /* a stream or a session that ended; sending to it dials again */
    HL_CONV_FAILED,   /* the dial failed; err says why */
};

struct hl_conv {
    uint32_t id; /* from 1, never used again; encrypted: of the contact */
    enum hl_conv_state state;
    struct hl_path path;             /* path.remote: numbers, known once OPEN */
    bool dialled;                    /* by us, else the peer came */
    char name[HL_HOST_MAX + 64];     /* as typed for a dialled peer, else the address; encrypted:
                                      * the contact's */
    char address[HL_ADDR_TEXT];      /* path.remote as text, "" while unknown */
    char local[HL_ADDR_TEXT];        /* our address as text, "" while unknown */
    int err;                         /* why FAILED or CLOSED */
    uint64_t sent, received, failed; /* messages */
    bool finish_sent;                /* we half-closed */
    void *user;                      /* the front end's */
    struct {
        enum hl_conv_state state;
        int err;
        uint32_t marks;
        bool any, away;
        bool live; /* that the peer wants live typing */
        char why[HL_AWAY_MAX + 1];
    } told; /* of events.h: what was told of it last */

    bool encrypted;               /* not plain; the rest is for this alone */
    uint32_t marks;               /* HL_CTL_C_*: HAS_KEY, VERIFIED, BLOCKED, CHANGED, LIKE ... */
    uint8_t key[HL_KEY_SIZE];     /* the peer's public key, if HAS_KEY */
    uint8_t new_key[HL_KEY_SIZE]; /* if CHANGED: of who answers in its place */
    char nick[HL_NICK_MAX + 1];   /* what the peer calls itself */
    char like[HL_CONTACT_NAME];   /* if LIKE: whose name it imitates */
    char why[HL_AWAY_MAX + 1];    /* if AWAY: in the words of its user */
    uint64_t unread, waiting;     /* entries of the peer's not seen, of ours not delivered */
    size_t pending;               /* messages of this talk neither delivered nor over */
    uint32_t became;              /* in gone(): number of the contact that it turned out to be */
};

struct hl_incoming {
    const char *text; /* raw bytes as the peer sent them, one trailing newline removed */
    size_t len;
    uint32_t flags; /* enum hl_event_flag */
    bool bad_utf8;
    hl_time time;
    const char *was; /* of an entry that was changed: how its text began before; NULL = not known */
    size_t was_len;
    const struct hl_ctl *entry; /* encrypted: the ENTRY record; NULL = plain. Its flags tell what is
                                 * ours (another front end's), old, or changed since */
};

/* What became of a message of ours. Plain mode knows SENT (it left this host, more nobody can say)
 * and FAILED (err says why; may come after SENT when ICMP reports a refusal). */
struct hl_fate {
    uint64_t msg;      /* its number in this talk; 0 = another front end's, or of another day */
    const uint8_t *id; /* HL_ID_SIZE bytes; NULL = plain */
    uint64_t row, pos; /* 0 = not known */
    enum hl_entry_state state; /* READ: this one, and all of ours before it that were delivered */
    int err;
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
    void (*delivery)(void *user, struct hl_conv *c, const struct hl_fate *f);
    void (*trying)(void *user, struct hl_conv *c, const struct hl_addr *at,
                   int err);                                   /* err 0 = starts */
    void (*dropped)(void *user, uint64_t count);               /* datagrams lost on this host */
    void (*host)(void *user, const struct hl_host_news *news); /* needs route_events */
    void (*found)(void *user, const struct hl_found *f);
    void (*bound)(void *user, const struct hl_bound *b); /* a listener that was left to others */
    /* Encrypted: GAP, HEALED and TYPED of c; STALLED, ABSENT and NOTICE (c is NULL); and all that
     * answers hl_talk_ask(). */
    void (*told)(void *user, struct hl_conv *c, const struct hl_ctl *r);
};

struct hl_talk_config {
    struct hl_net_config net;
    bool newline;        /* end UDP text with a newline too (--newline) */
    bool prefer_tcp;     /* --tcp: a peer without a scheme is dialled over TCP */
    bool keep_delivered; /* encrypted: READ names the number of the message too */
    bool pairing;        /* encrypted: strangers are answered */
    size_t convs_max;    /* 0 = 1024; the longest silent undialled one is forgotten */
    const struct hl_client_config *client; /* encrypted; NULL: plain */
};

/* why: "what: why" on failure. Encrypted, all contacts are there when it returns; changed() has
 * not been called for them. */
int hl_talk_new(const struct hl_talk_config *config, const struct hl_talk_ops *ops, void *user,
                struct hl_talk **out, char why[static HL_STORE_WHY])
    __attribute__((warn_unused_result));
/* Flushes for at most flush, stops the net module, calls gone() for every conversation. */
void hl_talk_free(struct hl_talk *t, hl_time flush);

/* For look-ups; encrypted mode starts it when it is first asked for. NULL if it cannot be. */
struct hl_net *hl_talk_net(struct hl_talk *t);
struct hl_client *hl_talk_client(struct hl_talk *t); /* NULL: plain */
int hl_talk_fd(const struct hl_talk *t);             /* poll() it for reading, then pump */
void hl_talk_pump(struct hl_talk *t); /* handles at most a bounded batch, returns; poll again */

/* Opens a listener, typed as for --listen; the rest as hl_listeners_open(). Encrypted, what nobody
 * asked for by name is left to the process that serves the home (*count is 0); bound() tells of it
 * if that one ends and we take over. */
int hl_talk_listen(struct hl_talk *t, const char *typed, bool port_default, bool udp_only,
                   struct hl_bound bound[static 2], size_t *count)
    __attribute__((warn_unused_result));

/* Opens a conversation: with an address, or, encrypted, with a contact's name too. *out is valid at
 * once. Plain needs a UDP listener first for UDP peers (it speaks through the first one of a
 * fitting family); a port that is not given is the default one. */
int hl_talk_open(struct hl_talk *t, const char *typed, hl_time timeout, struct hl_conv **out)
    __attribute__((warn_unused_result));

/* Sends one message, cut as the transport needs. *msg is its number in this talk, from 1; its
 * states arrive through delivery(): plain text waits here while DIALLING and is QUEUED without a
 * word, encrypted it is QUEUED when delivery() says so. Empty text is -EINVAL. HL_ERR_BUSY:
 * nothing was taken, pump and try again. */
int hl_talk_send(struct hl_talk *t, struct hl_conv *c, const char *text, size_t len, uint64_t *msg)
    __attribute__((warn_unused_result));

int hl_talk_finish(struct hl_talk *t, struct hl_conv *c);  /* half-close after what is queued */
int hl_talk_close(struct hl_talk *t, struct hl_conv *c);   /* ends a stream, cancels a dial */
void hl_talk_forget(struct hl_talk *t, struct hl_conv *c); /* closes and removes it: gone() */

/* Messages of this talk that are neither sent (plain) or delivered (encrypted), nor over. */
size_t hl_talk_queued(const struct hl_talk *t);
struct hl_conv *hl_talk_first(struct hl_talk *t); /* oldest first */
struct hl_conv *hl_talk_next(struct hl_talk *t, struct hl_conv *c);
struct hl_conv *hl_talk_by_id(const struct hl_talk *t, uint32_t id); /* NULL if there is none */
/* By number (/peer 2), name or address as shown; NULL if none or more than one fits. */
struct hl_conv *hl_talk_find(struct hl_talk *t, const char *text);
/* Datagrams lost on this host so far. */
uint64_t hl_talk_dropped(const struct hl_talk *t);

/* ---- encrypted alone; in plain mode -EOPNOTSUPP, or nothing happens ---- */

/* An entry of any kind. */
struct hl_saying {
    enum hl_entry_kind kind;
    const uint8_t *target; /* the entry that it answers or changes; NULL = none */
    const char *text;
    size_t len;
    hl_time expire; /* how long it may wait; 0 = for ever */
};
int hl_talk_say(struct hl_talk *t, struct hl_conv *c, const struct hl_saying *s, uint64_t *msg)
    __attribute__((warn_unused_result));

/* Sends a request; what answers it comes through told(), STATE also through delivery(). */
int hl_talk_ask(struct hl_talk *t, struct hl_ctl *request) __attribute__((warn_unused_result));

/* Messages of this talk that are not on disk yet. */
size_t hl_talk_unsaved(const struct hl_talk *t);

/* Takes an entry of ours back. */
int hl_talk_cancel(struct hl_talk *t, struct hl_conv *c, const uint8_t id[static HL_ID_SIZE])
    __attribute__((warn_unused_result));
/* Takes back all messages of this talk that are queued and not delivered; false: that was too much
 * at once, pump and call again. */
bool hl_talk_cancel_all(struct hl_talk *t, struct hl_conv *c) __attribute__((warn_unused_result));

/* The last count entries of a conversation come through incoming(), oldest first, marked OLD,
 * before it returns. What is new meanwhile is among them and comes again. Records that a callback
 * was given are no longer valid afterwards. */
int hl_talk_history(struct hl_talk *t, struct hl_conv *c, size_t count)
    __attribute__((warn_unused_result));

/* Asks for an entry as it was written: the one at that place; or, as its place is not known (0),
 * for the latest ones, among which it may be. They come through told(), answering *request; 0 on
 * failure. */
int hl_talk_entry(struct hl_talk *t, uint32_t conv, uint64_t pos, uint64_t *request)
    __attribute__((warn_unused_result));

/* The front end has printed or drawn an entry; seen: our user has it before his eyes. The messenger
 * hears of it with hl_talk_settle(), once the output is out of our hands. */
void hl_talk_taken(struct hl_talk *t, struct hl_conv *c, const struct hl_ctl *entry, bool seen);
/* It leaves one to whoever comes next. The messenger is to tell that one all from there on: what is
 * taken after this is seen, but is not noted as shown. */
void hl_talk_left(struct hl_talk *t);
void hl_talk_settle(struct hl_talk *t);

/* What is to be there at the next start: drafts, input history, layouts. It goes to the store and
 * is sealed as that is; in plain mode nothing is kept. */
struct hl_stash {
    uint32_t conv;     /* whose it is and with whom it goes; 0 = of none */
    const char *name;  /* up to HL_STASH_NAME bytes */
    const char *bytes; /* up to HL_STASH_MAX */
    size_t len;        /* 0: nothing any more */
};
/* Without wait its END or ERROR comes through told(). */
int hl_talk_stash(struct hl_talk *t, const struct hl_stash *s, bool wait)
    __attribute__((warn_unused_result));
bool hl_talk_is_stash(const struct hl_ctl *answer); /* ... and is known by this */
/* Waits for what is kept there. NULL: nothing; else to be freed, with a NUL behind it. What a
 * callback was given is no longer valid afterwards. */
char *hl_talk_stashed(struct hl_talk *t, uint32_t conv, const char *name, size_t *len);

/* Our user types, or has stopped. live: he wants both to see what is typed; text: the line so far,
 * of which the last HL_TYPED_MAX bytes are told. */
struct hl_typing {
    bool on, live;
    const char *text;
    size_t len;
};
void hl_talk_typing(struct hl_talk *t, struct hl_conv *c, const struct hl_typing *what);

/* Our user is away, and why (up to HL_AWAY_MAX bytes, may be empty), or is back: for all contacts,
 * in all front ends, until he is back or the last of them ends. Told by ABSENT when it is so. */
int hl_talk_away(struct hl_talk *t, bool on, const char *why) __attribute__((warn_unused_result));
bool hl_talk_is_away(const struct hl_talk *t);

/* What was said last in a conversation, for commands that refer to it. */
enum {
    HL_SAID_KEPT = 64,
    HL_SAID_TEXT = 60, /* bytes of it that are kept */
};
struct hl_said {
    uint32_t number; /* from 1 in each conversation: what people call it by */
    bool ours;
    uint8_t id[HL_ID_SIZE];
    enum hl_entry_state state; /* of ours; 0 = not on disk yet */
    size_t len;
    char text[HL_SAID_TEXT];
};
/* By number; NULL if it is not kept. */
const struct hl_said *hl_talk_said(const struct hl_conv *c, uint32_t number);
/* The latest of ours, or of theirs; NULL if there is none. */
const struct hl_said *hl_talk_last_said(const struct hl_conv *c, bool ours);
uint32_t hl_talk_said_count(const struct hl_conv *c); /* the latest number, 0 = none */
/* By id; NULL if it is not kept. */
const struct hl_said *hl_talk_said_id(const struct hl_conv *c, const uint8_t id[static HL_ID_SIZE]);

#endif
