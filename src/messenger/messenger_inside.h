/* SPDX-License-Identifier: MIT */
/* The messenger thread: what its files share. All of it belongs to that thread alone.
 *
 *   messenger.c       start and stop; the loop; commits, and what is done while there are none
 *   party.c           the contacts as they are while the messenger runs
 *   reach.c           who is dialled when; what the network says about who is there
 *   reach_key.c       first contact, pairing, another key where a contact was
 *   typed.c           from what a user types to a contact
 *   sender.c          envelopes to the network
 *   manners.c         what contacts may do at our expense
 *   strangers.c       how many pairing lets in
 *   outcome.c         what a commit has brought about, to the network and to front ends
 *   front.c           front ends: their connections
 *   feed.c            what they are told of entries, those that read slowly too
 *   requests.c        what they ask for; requests_contact.c: about contacts
 *   tell.c            records about contacts and entries */
#ifndef HL_MESSENGER_INSIDE_H
#define HL_MESSENGER_INSIDE_H

#include "bucket.h"
#include "ctlio.h"
#include "delivery.h"
#include "idtable.h"
#include "listeners.h"
#include "lookalike.h"
#include "messenger.h"
#include "pace.h"
#include "secure.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    HL_PARTY_BUCKETS = 1024,
    HL_FRONTS_MAX = 64,        /* front ends at one time; one more is turned away */
    HL_FRONT_HIGH = 256 << 10, /* bytes that wait for a front end: it has fallen behind */
    HL_FRONT_LOW = 64 << 10,   /* and has caught up */
};

#define HL_FRONT_ANY UINT64_MAX /* whatever flags a front end has */

/* ---- party.c ---- */

/* An envelope that the network has no room for yet. */
struct hl_parcel {
    struct hl_parcel *next;
    uint64_t token;
    size_t len;
    uint8_t bytes[];
};

/* How a contact behaves (manners.c). */
struct hl_manners {
    struct hl_bucket writes;
    int err;            /* it has broken the rules and is to be shut out; 0 = it has not */
    hl_time shut_until; /* neither heard nor answered before */
    hl_time shut_for;
};

/* A contact while the messenger runs. */
struct hl_party {
    struct hl_party *next; /* of all, in no order */
    struct hl_party *in_contact, *in_peer;
    struct hl_contact contact; /* as it is in the store */
    struct hl_lookalike name_look, nick_look;

    uint32_t peer;  /* its number in hl_secure, 0 = none */
    uint32_t probe; /* number of a peer without key: who lives at its addresses? 0 = none */
    enum hl_ctl_reach reach;
    int err;                     /* why CLOSED or FAILED */
    struct hl_path path;         /* while UP */
    bool met;                    /* there was a session since we started */
    bool spoke;                  /* it has said something in this one, or one that it goes on with:
                                  * who calls by XX has a session before the other side has agreed
                                  * to it, which may never happen */
    bool sought;                 /* while UP: we had been LOOKING for it */
    bool dialled;                /* we have opened it */
    bool came;                   /* pairing has just let it in: it is not told of before it has
                                  * said what it is called */
    bool waiting;                /* there is something to send, and no session */
    bool away;                   /* its user said so, in the session that is or was */
    char why[HL_AWAY_MAX + 1];   /* in his words */
    unsigned openers;            /* front ends that want a session */
    unsigned dials, probe_dials; /* addresses that are being tried */
    int dial_err;                /* the most telling of them so far */
    hl_time timeout;             /* of a dial; 0 = default */
    hl_time backoff, retry_at;
    hl_time up_since;
    hl_time probe_at; /* HL_NEVER: not due */
    hl_time admit_at; /* the same */

    struct hl_parcel *parcels, **parcels_last;
    size_t parcel_bytes;

    struct hl_manners manners;

    bool dirty;        /* front ends are to be told of it */
    uint64_t news;     /* HL_CTL_C_NEW, _RESTARTED: told once */
    uint64_t read_row; /* ours up to that row were read */
    uint32_t become;   /* merged into that contact: to be told and freed */
    bool gone;         /* forgotten: the same */
};

struct hl_messenger;

struct hl_party *hl_party_find(struct hl_messenger *m, uint64_t contact);
struct hl_party *hl_party_by_peer(struct hl_messenger *m, uint32_t peer);
/* Whose addresses are being probed under that number. */
struct hl_party *hl_party_by_probe(struct hl_messenger *m, uint32_t peer);
struct hl_party *hl_party_by_key(struct hl_messenger *m, const uint8_t key[static HL_KEY_SIZE]);
/* Makes the party of a contact that is in the store. NULL: no memory. */
struct hl_party *hl_party_new(struct hl_messenger *m, const struct hl_contact *c);
/* Takes it out of all tables. */
void hl_party_free(struct hl_messenger *m, struct hl_party *p);
void hl_party_set_peer(struct hl_messenger *m, struct hl_party *p, uint32_t peer);
/* All contacts of the store. */
int hl_party_load(struct hl_messenger *m) __attribute__((warn_unused_result));
/* The contact is another now; the store knows. */
void hl_party_set(struct hl_messenger *m, struct hl_party *p, const struct hl_contact *c);
/* Writes the contact to the store and keeps it if that succeeds; front ends are told. */
int hl_party_save(struct hl_messenger *m, struct hl_party *p, const struct hl_contact *c)
    __attribute__((warn_unused_result));
/* The contact and all that was said are gone. Commits first. */
int hl_party_forget(struct hl_messenger *m, struct hl_party *p) __attribute__((warn_unused_result));
/* A contact of that number is another now: front ends may still use the old one. */
void hl_party_alias(struct hl_messenger *m, uint32_t from, uint32_t to);
void hl_party_changed(struct hl_messenger *m, struct hl_party *p, uint64_t news);
/* The party whose name the name or nick of p imitates; NULL. */
const struct hl_party *hl_party_like(struct hl_messenger *m, const struct hl_party *p);

/* ---- reach.c ---- */

/* Lets the network know all contacts with keys. */
void hl_reach_start(struct hl_messenger *m);
/* From now on contacts are called: our own front end has its sockets, or needs none. */
void hl_reach_begin(struct hl_messenger *m);
/* Lets it know of one, so that it may call, or that its calls are not answered. */
void hl_reach_admit(struct hl_messenger *m, struct hl_party *p);
/* It is let in again, and called if somebody wants it, at that time. */
void hl_reach_later(struct hl_messenger *m, struct hl_party *p, hl_time at);
/* Lets it forget one, which is neither heard nor answered any more. */
void hl_reach_drop(struct hl_messenger *m, struct hl_party *p, int err);
/* A session is wanted, at once. */
void hl_reach_want(struct hl_messenger *m, struct hl_party *p);
/* If nobody wants one any more, it is not looked for any longer; one that is there stays. */
void hl_reach_unwant(struct hl_messenger *m, struct hl_party *p);
/* Nobody wants a session any more: it ends, unless something waits for it. */
void hl_reach_part(struct hl_messenger *m, struct hl_party *p);
/* Our addresses have changed: what failed may work now. */
void hl_reach_news(struct hl_messenger *m);
/* Does what is due; m->reach_due is when the next is. */
void hl_reach_timers(struct hl_messenger *m);
void hl_reach_set(struct hl_messenger *m, struct hl_party *p, enum hl_ctl_reach reach, int err);
/* Tries all addresses of p as *peer, which is opened if it is 0. Returns how many there are. */
unsigned hl_reach_open(struct hl_messenger *m, struct hl_party *p, const uint8_t *key,
                       uint32_t *peer, hl_time timeout);

/* ---- reach_event.c: what the network says. False: to be given again after the next commit ---- */

bool hl_reach_event(struct hl_messenger *m, const struct hl_secure_event *ev);

/* ---- reach_key.c ---- */

/* Pairing has let somebody in. */
void hl_reach_stranger(struct hl_messenger *m, const struct hl_secure_event *ev);
/* A contact without key has been answered: its key is pinned. False: there is nothing to talk to
 * any more, it was merged or is not accepted. */
bool hl_reach_pin(struct hl_messenger *m, struct hl_party *p,
                  const uint8_t key[static HL_KEY_SIZE]);
/* Asks at the addresses of p who lives there, without a key. */
void hl_reach_probe(struct hl_messenger *m, struct hl_party *p);
void hl_reach_probe_end(struct hl_messenger *m, struct hl_party *p);
void hl_reach_probe_event(struct hl_messenger *m, struct hl_party *p,
                          const struct hl_secure_event *ev);
/* Somebody with another key lives where p did: a hard stop. */
void hl_reach_key_changed(struct hl_messenger *m, struct hl_party *p,
                          const uint8_t key[static HL_KEY_SIZE]);
/* Makes to what from was: entries, addresses and wishes. Commits first. */
int hl_reach_merge(struct hl_messenger *m, struct hl_party *from, struct hl_party *to)
    __attribute__((warn_unused_result));

/* ---- typed.c ---- */

struct hl_typed {
    const char *text;
    bool make;       /* a contact, if there is none */
    bool prefer_tcp; /* where no transport was typed */
};
/* Whom the text means: contact, link, address. -ENOENT (not make), HL_ERR_* of class USAGE or
 * IDENTITY, or of the store. */
int hl_typed_find(struct hl_messenger *m, const struct hl_typed *t, struct hl_party **out)
    __attribute__((warn_unused_result));

/* ---- sender.c ---- */

void hl_sender_send(struct hl_messenger *m, struct hl_party *p, uint64_t token,
                    const struct hl_bytes *envelope);
/* Gives the network what waits, as far as it takes it. */
void hl_sender_flush(struct hl_messenger *m, struct hl_party *p);
void hl_sender_drop(struct hl_party *p);

/* ---- manners.c ---- */

void hl_manners_init(struct hl_manners *b, hl_time now);
/* Whether the store may be written to for something that p can cause at will. */
bool hl_manners_may_write(struct hl_messenger *m, struct hl_party *p);
/* p has broken the rules: after the next commit its session ends, for a while. */
void hl_manners_bad(struct hl_messenger *m, struct hl_party *p, int err);
bool hl_manners_shut(const struct hl_messenger *m, const struct hl_party *p);
/* Shuts out who is to be. After a commit. */
void hl_manners_run(struct hl_messenger *m);

/* ---- strangers.c ---- */

void hl_strangers_init(struct hl_messenger *m);
/* Whether pairing may let in one more; room is made if need be, and the user told if there is none.
 * After a commit. */
bool hl_strangers_room(struct hl_messenger *m);

/* ---- outcome.c ---- */

/* Lets out what the last commit has brought about. */
void hl_outcome_take(struct hl_messenger *m);

/* ---- front.c: connections ---- */

/* An answer that is longer than what may wait for a front end: it goes on as that reads. */
struct hl_front_job {
    enum hl_ctl_kind kind; /* HL_CTL_NONE: there is none; HISTORY, SEARCH */
    uint64_t request;
    struct hl_store_query query;
    char *words;        /* query.words */
    size_t left;        /* entries */
    size_t given, most; /* bytes of text; most 0 = any */
    bool more;          /* it ends for these */
};

struct hl_front {
    struct hl_front *next;
    struct hl_ctlio io;
    uint32_t number; /* from 1, never used again */
    bool own;        /* of this process */
    bool greeted;    /* HELLO came */
    bool over;       /* to be ended once it has what waits for it */
    bool lost;       /* to be ended now */
    bool pairing;
    bool blocked;     /* its next request is for after the next commit */
    unsigned stalled; /* requests of it that wait in the journal for the disk */
    uint64_t flags;   /* HL_CTL_F_* */

    uint64_t told; /* the last row that it was told of, or that is none of its business */
    uint64_t old;  /* rows up to this were there before it came */
    bool behind;   /* there are more in the store */
    bool stale;    /* contacts have changed that it was not told of */
    struct hl_idtable awaited; /* entries of ours that it submitted (feed.c) */
    size_t sweep_at;           /* so many of them, and what is settled is taken out */
    struct hl_idtable owed;    /* entries that changed while it did not read */
    struct hl_front_job job;
    int stall_told;          /* of the disk, as m->stalled */
    uint64_t missed_dropped; /* what DROPPED had to tell while it did not read */
    uint64_t missed_notices;
    uint32_t *opened; /* contacts */
    size_t opened_count;
};

/* Takes fd over. False: there are too many, or no memory. */
bool hl_front_add(struct hl_messenger *m, int fd, bool own);
void hl_front_accept(struct hl_messenger *m);
struct hl_front *hl_front_find(struct hl_messenger *m, uint32_t number);
/* Reads and carries out requests. */
void hl_front_read(struct hl_messenger *m, struct hl_front *f);
/* Whether more requests of f can be taken. */
bool hl_front_listens(const struct hl_front *f);
/* Tells all what waits for them, as far as there is room, writes, and ends those that are over. */
void hl_front_serve(struct hl_messenger *m);
/* Sends f a record; a front end that there is no memory for is lost. */
void hl_front_put(struct hl_front *f, const struct hl_ctl *c);
bool hl_front_full(const struct hl_front *f);
/* To all that have one of these flags and keep up. The others are told later what they have missed,
 * as far as it is not to be found elsewhere by then. */
void hl_front_put_all(struct hl_messenger *m, uint64_t flags, const struct hl_ctl *c);
/* Tells all that keep up whether the store takes anything, if they do not know. */
void hl_front_tell_stalled(struct hl_messenger *m);
bool hl_front_opened(const struct hl_front *f, uint32_t contact);
int hl_front_open(struct hl_front *f, uint32_t contact) __attribute__((warn_unused_result));
bool hl_front_shut(struct hl_front *f, uint32_t contact); /* false: it had not */
void hl_front_end_all(struct hl_messenger *m);

/* ---- feed.c: what front ends are told of entries ---- */

/* Remembers who asks delivery for something. The number to give with it, 0: no memory. */
uint64_t hl_feed_ask(struct hl_messenger *m, const struct hl_front *f, uint64_t request);
/* Takes back the last one; 0: there is none. */
void hl_feed_unask(struct hl_messenger *m, uint64_t number);
/* What became of an entry of ours: to who asked, who awaits it, and who asked for all. */
void hl_feed_state(struct hl_messenger *m, const struct hl_effect *e);
/* An entry of the peer's that is new. */
void hl_feed_entry(struct hl_messenger *m, const struct hl_stored *e);
/* An entry that was told of has changed; by: HL_CTL_E_BY_US, HL_CTL_E_REACTED. */
void hl_feed_changed(struct hl_messenger *m, uint32_t contact, const uint8_t *id, uint64_t by);
/* Entries of a contact are another's now. */
void hl_feed_merged(struct hl_messenger *m, uint32_t from, uint32_t to);
/* A contact is about to be forgotten: front ends are told what states its entries have come to,
 * however much waits for them. */
void hl_feed_going(struct hl_messenger *m, uint32_t contact);
/* It is: what was said to it and not delivered has failed. Before CONTACT tells that it is gone. */
void hl_feed_gone(struct hl_messenger *m, uint32_t contact);
/* The state of an entry of ours as it is in the store. */
int hl_feed_lookup(struct hl_messenger *m, uint32_t contact, const uint8_t *id,
                   struct hl_ctl *state) __attribute__((warn_unused_result));
/* An entry of ours in a state that is not its last: f is told what becomes of it. */
int hl_feed_await(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *state)
    __attribute__((warn_unused_result));
/* Goes on telling f what it has not been told. False: nothing is left, or f is full. */
bool hl_feed_serve(struct hl_messenger *m, struct hl_front *f);

/* ---- requests.c ---- */

/* Carries out a request. False: not now, to be given again after the next commit. */
bool hl_request_take(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c);
void hl_request_error(struct hl_front *f, const struct hl_ctl *c, int err, const char *why);
void hl_request_end(struct hl_front *f, const struct hl_ctl *c);
/* END, or ERROR if err is not 0. */
void hl_request_result(struct hl_front *f, const struct hl_ctl *c, int err);
/* Copies a text with its NUL. HL_ERR_TOO_LONG, -EINVAL: there is one in it already. */
int hl_request_text(const struct hl_ctl_bytes *from, char *out, size_t size)
    __attribute__((warn_unused_result));
/* requests_contact.c */
typedef bool hl_request_fn(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c);
hl_request_fn hl_request_open, hl_request_shut, hl_request_contacts, hl_request_find,
    hl_request_add, hl_request_rename, hl_request_note, hl_request_block, hl_request_verify,
    hl_request_accept, hl_request_forget;

/* ---- tell.c ---- */

/* Sends f the contact as it is, as an event (request 0) or an answer. */
void hl_tell_contact(struct hl_messenger *m, struct hl_front *f, const struct hl_party *p,
                     uint64_t request);
void hl_tell_entry(struct hl_front *f, const struct hl_stored *e, uint64_t flags, uint64_t request);
/* Tells all who ask of a party, if it has changed: before they are told of what it says. */
void hl_tell_now(struct hl_messenger *m, struct hl_party *p);
/* Tells all who ask of the parties that have changed, and frees those that are no more. */
void hl_tell_changed(struct hl_messenger *m);

/* ---- messenger.c ---- */

struct hl_messenger {
    char *home, *nick;
    struct hl_messenger_config config; /* its pointers are ours or NULL */
    uint8_t secret[HL_KEY_SIZE], key[HL_KEY_SIZE];
    pthread_t thread;
    int wake; /* eventfd: stop */
    atomic_bool stop;
    _Atomic hl_time flush; /* how long a stop may wait; before stop is set */

    int listener;             /* control socket, -1 = none */
    hl_time accept_at;        /* it is left alone before */
    struct hl_secure *secure; /* NULL: offline */
    struct hl_listeners listeners;
    struct hl_store *store;
    struct hl_delivery *delivery;
    hl_time now; /* of this round */

    struct hl_party *parties;
    struct hl_party *contacts[HL_PARTY_BUCKETS];
    struct hl_party *peers[HL_PARTY_BUCKETS];
    struct {
        uint32_t from, to;
    } * aliases;
    size_t alias_count;
    bool changed;    /* a party is dirty */
    bool misbehaved; /* a party is to be shut out */

    struct hl_front *fronts; /* in the order in which they came: what one has shown before it left
                              * is read before the next asks what nobody has */
    size_t front_count;
    uint32_t last_front;
    struct hl_asked *asked; /* of feed.c: who is to be answered, in the order of the numbers */
    size_t asked_count, asked_cap;
    uint64_t asked_first; /* number of the first of them */
    unsigned pairing;     /* front ends that ask for it */
    struct hl_bucket strangers;
    hl_time strangers_told; /* when it was said last that there are too many */
    hl_time reach_due;      /* of reach.c */
    bool mute;              /* nobody is called yet */
    hl_time started;
    uint64_t last_row;

    struct hl_secure_event held; /* could not be taken yet */
    bool holding;
    bool again;          /* there is more to do at once */
    bool flood;          /* the last round had much of the network */
    struct hl_pace pace; /* of rounds that find little in the network */
    hl_time rest_until;  /* the network is not heard before, so that more shares a commit */

    int stalled; /* error of the store, 0 = it takes what it is given */
    hl_time retry_at, backoff;

    uint64_t shown, shown_stored; /* rows */
    hl_time shown_due;
    hl_time prune_due;
    bool untidy;  /* the store's index has work to do */
    hl_time idle; /* how long nothing has to happen before it may */

    struct {
        bool on;
        char why[HL_AWAY_MAX + 1];
    } away; /* our user */
    struct {
        uint32_t contact;
        uint64_t seq, count;
    } gap; /* the last one told of, for the entry behind it */
};

/* Commits what is in the journal and lets the effects out. 0, or the error that stalls us. */
int hl_messenger_commit(struct hl_messenger *m) __attribute__((warn_unused_result));
/* Gives delivery an input. HL_ERR_BUSY: commit first. */
int hl_messenger_put(struct hl_messenger *m, const struct hl_input *in)
    __attribute__((warn_unused_result));
/* The wall clock, ms since the epoch: for display only. */
int64_t hl_messenger_wall(void);
/* Some front end has taken over all up to that row. */
void hl_messenger_show(struct hl_messenger *m, uint64_t row);
/* The shown mark passes over what our user has said: nobody needs to show that. */
void hl_messenger_pass_ours(struct hl_messenger *m);
/* Starts the network of a messenger that was offline, for a front end that needs it. */
int hl_messenger_online(struct hl_messenger *m) __attribute__((warn_unused_result));

#endif
