/* SPDX-License-Identifier: MIT */
/* Control records: what front ends and the messenger of a home say to each other, over a socket
 * pair within one process or over the control socket between two. Both sides run as the same user.
 *
 *   record   4-byte length (little-endian, of what follows), kind (1 byte), fields
 *   field    tag (1 byte): a number as a varint of RFC 9000, or a varint length and bytes
 *
 * Fields that are zero or empty are left out; a tag that is not known is an error, since both
 * sides are of one version: HELLO comes first and says which. One struct serves all kinds. */
#ifndef HL_CTL_H
#define HL_CTL_H

#include "entry.h"

enum {
    HL_CTL_VERSION = 1,
    HL_CTL_RECORD_MAX = 1 << 17, /* bytes of a record without its length */
    HL_CTL_READ_LATE = 8192,     /* rows: so much later a peer that has said nothing of reading an
                                  * entry is not waited for any more */
};

/* X(NAME, what): requests, answered as they say; ERROR can answer each. request numbers are the
 * client's choice, not 0, and come back in every record that answers. */
#define HL_CTL_REQUESTS(X)                                                                         \
    X(HELLO, "version; flags HL_CTL_F_*; answered by WELCOME")                                     \
    X(LISTEN, "text: as for --listen; flags PORT_DEFAULT, UDP_ONLY; answered by BOUND, END")       \
    X(PAIRING, "on: answer strangers, as long as this client stays; END")                          \
    X(OPEN, "text: a peer as typed; flags TCP; number: timeout, us: makes or finds its contact "   \
            "and looks for it; answered by CONTACT, END")                                          \
    X(SHUT, "contact: no more need of a session; END")                                             \
    X(SUBMIT, "contact, id, code (entry kind), target, text, number (us it may wait, 0 = for "     \
              "ever); answered by STATE")                                                          \
    X(CANCEL, "contact, id; answered by STATE")                                                    \
    X(AWAIT, "contact, id: of ours: this client is told its states as if it had submitted it; "    \
             "answered by STATE")                                                                  \
    X(SEEN, "contact, id: our user has seen all up to this; no answer")                            \
    X(SHOWN, "row: the front end has handed on all of the peers' up to this; no answer")           \
    X(TYPING, "contact, flags ON, LIVE: both are to see what is typed, text; no answer")           \
    X(AWAY, "flags ON: our user is away, text: why; else he is back; END")                         \
    X(CONTACTS, "answered by CONTACT for each, END")                                               \
    X(CONTACT_ADD, "text: address or hullo: link, name: may be empty; CONTACT, END")               \
    X(CONTACT_RENAME, "contact, name; CONTACT, END")                                               \
    X(CONTACT_NOTE, "contact, text; CONTACT, END")                                                 \
    X(CONTACT_BLOCK, "contact, flags ON; CONTACT, END")                                            \
    X(CONTACT_VERIFY, "contact, key, flags ON: our user has compared the number of that key")      \
    X(CONTACT_ACCEPT, "contact, key: of a changed contact's two, the one that counts; CONTACT, "   \
                      "END")                                                                       \
    X(CONTACT_FORGET, "contact; END")                                                              \
    X(CONTACT_FIND, "text: a contact's name, a peer as typed, or a number; CONTACT, END; nothing " \
                    "is made or dialled")                                                          \
    X(HISTORY, "contact (0 = all), pos (or row), number: at most that many, flags BACKWARD, "      \
               "THEIRS; time, until; count: bytes of text, which one entry alone may pass, 0 = "   \
               "any; answered by ENTRY for each, END: with MORE it ends for that")                 \
    X(SEARCH, "text: words; contact; row: before that; number; ENTRY for each, END")               \
    X(STASH, "name, text: up to HL_STASH_MAX bytes to be kept under that name, empty = none; "     \
             "contact: it goes with that one; END")                                                \
    X(STASHED, "name, contact; text in END: what is kept there")                                   \
    X(PRUNE, "contact, time: empties what was stored before; number in END")                       \
    X(STATUS, "answered by NOTICE for each line, END")                                             \
    X(LISTENERS, "answered by BOUND for each socket that others may find us at, END")              \
    X(STOP, "END; the messenger ends if this client is its own process's")

/* Events; those with request 0 come unasked to clients that asked for them in HELLO. */
#define HL_CTL_EVENTS(X)                                                                           \
    X(WELCOME, "version, number (process id), key (own), name, row (shown up to), pos: entries "   \
               "are told that come after that row, flags OWN: it runs in the client's process")    \
    X(BOUND, "text: address, code: enum hl_transport")                                             \
    X(CONTACT, "contact, name, nick, note, key, other (new key), flags HL_CTL_C_*, code: enum "    \
               "hl_ctl_reach, err, text: address, local, number: unread, count: waiting, via: "    \
               "enum hl_transport, time: heard, until: added, why: its user is AWAY; with GONE "   \
               "pos: what it became")                                                              \
    X(ENTRY, "contact, row, pos, id, code (kind), target, text, time, until (stored), seq, "       \
             "state, err, count: missing before it, other: reactions, flags HL_CTL_E_*; of what "  \
             "it answers note: the beginning (cut at any byte), number: pos, 0 = not known")       \
    X(STATE,                                                                                       \
      "contact, row, pos, id, state, err, request; text: why. READ: all of ours to that contact "  \
      "up to that row that were DELIVERED")                                                        \
    X(GAP, "contact, seq, count, flags LOST: pos: the first of the places kept for them, if any")  \
    X(HEALED, "contact, seq, count, pos: no longer missing")                                       \
    X(TYPED, "contact, flags ON, LIVE: the peer wants to see what is typed here, text")            \
    X(ABSENT, "flags ON: our user is away, text: why; else he is back. Once, if he is at WELCOME") \
    X(TRYING, "contact, text: address, err")                                                       \
    X(DROPPED, "count: datagrams lost on this host")                                               \
    X(HOST, "text: what, local: address, number: interface")                                       \
    X(NOTICE, "text: for people; err; answer to STATUS: code: enum hl_ctl_status and its numbers") \
    X(STALLED, "err, text: the store takes nothing; err 0: it does again")                         \
    X(ERROR, "err, text: why; answers a request")                                                  \
    X(END, "number; text; flags MORE; err")

enum hl_ctl_kind {
    HL_CTL_NONE,
#define HL_CTL_ENUM(name, what) HL_CTL_##name,
    HL_CTL_REQUESTS(HL_CTL_ENUM) HL_CTL_EVENTS(HL_CTL_ENUM)
#undef HL_CTL_ENUM
        HL_CTL_COUNT
};

enum hl_ctl_flag {
    /* HELLO */
    HL_CTL_F_ENTRIES = 1,   /* tell of entries of all contacts, but for those submitted here */
    HL_CTL_F_UNSHOWN = 2,   /* and first of those that no front end has taken over */
    HL_CTL_F_CONTACTS = 4,  /* tell of contacts whenever they change */
    HL_CTL_F_HOST = 8,      /* tell of addresses of this host */
    HL_CTL_F_STATES = 16,   /* of all entries of ours, not only those submitted here */
    HL_CTL_F_AFTER = 32,    /* entries after row, though that be 0; without this and UNSHOWN only
                             * those that come from now on */
    HL_CTL_F_OFFLINE = 64,  /* this front end needs no network */
    HL_CTL_F_LISTENS = 128, /* it is going to LISTEN: from its process nobody is called before, so
                             * that peers see us come from where they can call us */
    /* requests and events */
    HL_CTL_ON = 1,
    HL_CTL_LIVE = 2,
    HL_CTL_LOST = 1,
    HL_CTL_OWN = 1,
    HL_CTL_PORT_DEFAULT = 1,
    HL_CTL_UDP_ONLY = 2,
    HL_CTL_TCP = 1,
    HL_CTL_BACKWARD = 1,
    HL_CTL_THEIRS = 2,
    HL_CTL_MORE = 1,
    /* CONTACT */
    HL_CTL_C_HAS_KEY = 1,
    HL_CTL_C_VERIFIED = 2,
    HL_CTL_C_BLOCKED = 4,
    HL_CTL_C_CHANGED = 8, /* another key: hard stop */
    HL_CTL_C_NAMED = 16,
    HL_CTL_C_DIALLED = 32, /* we opened it */
    HL_CTL_C_RESTARTED = 64,
    HL_CTL_C_LIKE = 128,  /* its name or nick imitates another contact's: other says whose */
    HL_CTL_C_GONE = 256,  /* forgotten */
    HL_CTL_C_NEW = 512,   /* pairing has just let it in */
    HL_CTL_C_AWAY = 1024, /* in session, and its user is away */
    /* ENTRY */
    HL_CTL_E_OURS = 1,
    HL_CTL_E_EDITED = 2,
    HL_CTL_E_DELETED = 4,
    HL_CTL_E_SEEN = 8,
    HL_CTL_E_OLD = 16,         /* it came before this client: unshown, or read from the store */
    HL_CTL_E_CHANGED = 32,     /* an entry that was told of before, as it is now */
    HL_CTL_E_BY_US = 64,       /* CHANGED: by us, here or in another front end */
    HL_CTL_E_REACTED = 128,    /* CHANGED: by a reaction, not by another text */
    HL_CTL_E_OF_OURS = 256,    /* what it answers is ours, */
    HL_CTL_E_OF_DELETED = 512, /* or deleted */
};

/* Answers to STATUS. */
enum hl_ctl_status {
    HL_CTL_STATUS_PROCESS = 1, /* number: its id, count: front ends, err: the store's */
    HL_CTL_STATUS_CONTACTS,    /* number: of them, count: in session, flags ON: pairing */
    HL_CTL_STATUS_NETWORK,     /* datagrams: number: in, count: out; pos: strangers turned away */
};

enum hl_ctl_reach {
    HL_REACH_IDLE,    /* nobody asks for a session */
    HL_REACH_LOOKING, /* looking up, connecting */
    HL_REACH_UP,
    HL_REACH_CLOSED, /* it was up; err */
    HL_REACH_FAILED, /* no address answered: err; tried again while something waits */
};

struct hl_ctl_bytes {
    const char *at; /* no NUL behind it; any bytes */
    size_t len;
};

struct hl_ctl {
    enum hl_ctl_kind kind;
    uint64_t request, contact, flags, code, state, row, pos, seq, count, number, version, via;
    int64_t time, until; /* ms since the epoch */
    int err;             /* 0 or negative */
    bool has_id, has_target, has_key;
    uint8_t id[HL_ID_SIZE], target[HL_ID_SIZE], key[32];
    struct hl_ctl_bytes text, name, nick, note, other, local, why;
};

/* Appends the record, its length included, to out. Bytes written, 0 if cap is too small. */
size_t hl_ctl_put(char *out, size_t cap, const struct hl_ctl *c);
/* Bytes that hl_ctl_put() needs at most. */
size_t hl_ctl_size(const struct hl_ctl *c);
/* Takes one record from the front of len bytes. Returns how many bytes it took, 0 if it is not
 * there whole yet, or HL_ERR_FRAMING. What out points to lies in the bytes. */
ptrdiff_t hl_ctl_get(struct hl_ctl *out, const char *at, size_t len)
    __attribute__((warn_unused_result));
const char *hl_ctl_name(enum hl_ctl_kind kind);

/* The bytes of a text; NULL: none. */
struct hl_ctl_bytes hl_ctl_bytes(const char *text);
/* A text as a string, up to its first NUL; what is longer is cut. Returns out. */
char *hl_ctl_text(const struct hl_ctl_bytes *from, char *out, size_t size);

#endif
