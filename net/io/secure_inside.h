/* SPDX-License-Identifier: MIT */
/* The inside of struct hl_secure: what crosses between the main thread (secure.c) and the core
 * thread (secure_core.h). Not for users of the net module.
 *
 * All that crosses is a value, but for two things with one owner each: the request of an open goes
 * to the core thread with its command, and a peer's account is the main thread's until the command
 * that forgets the peer takes it along. */
#ifndef HL_SECURE_INSIDE_H
#define HL_SECURE_INSIDE_H

#include "budget.h"
#include "queue.h"
#include "secure.h"
#include "thread.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

enum {
    HL_SECURE_OVERHEAD = 128, /* bytes a waiting message costs beside its text, at most about */
    HL_SECURE_BUCKETS = 1024, /* peer numbers are consecutive, so they spread evenly */
    HL_STARVED_CORE = 1,
};

/* What a peer's messages are held back by apart: a file must not stop a line of chat. */
enum hl_sec_class {
    HL_SEC_CLASS_CONTROL,
    HL_SEC_CLASS_CHAT,
    HL_SEC_CLASS_BYTES,
    HL_SEC_CLASSES,
};

static inline enum hl_sec_class hl_sec_class_of(uint64_t stream)
{
    return stream == HL_STREAM_CONTROL ? HL_SEC_CLASS_CONTROL
           : stream == HL_STREAM_CHAT  ? HL_SEC_CLASS_CHAT
                                       : HL_SEC_CLASS_BYTES;
}

/* Bytes that were taken from the program and that the node has no room for yet. */
struct hl_sec_account {
    uint32_t peer;                        /* immutable */
    struct hl_sec_account *next;          /* main thread: in its bucket */
    atomic_size_t held[HL_SEC_CLASSES];   /* main thread takes, core thread gives back */
    atomic_size_t wanted[HL_SEC_CLASSES]; /* what did not fit; 0 = nothing was refused */
};

/* A stream whose sender was told HL_ERR_BUSY. */
struct hl_sec_blocked {
    uint32_t peer;
    uint64_t stream;
    bool ready; /* there is room: HL_SEC_WRITABLE is next */
};

/* What hl_secure_open() asks for; becomes the dial (secure_dial.c). */
struct hl_sec_request {
    struct hl_endpoint to;
    hl_link via;
    enum hl_secure_carrier carrier;
    hl_time timeout;
    bool has_key, has_psk;
    uint8_t key[HL_KEY_SIZE];
    uint8_t psk[HL_KEY_SIZE]; /* wiped once the node has it */
};

/* Main thread to core thread. */
enum hl_sec_command_kind {
    HL_SEC_DO_OPEN,    /* peer, request, account */
    HL_SEC_DO_SEND,    /* peer, stream, token, account, len, on = fin; the bytes follow */
    HL_SEC_DO_RESET,   /* peer, stream, code */
    HL_SEC_DO_REFUSE,  /* peer, stream, code */
    HL_SEC_DO_CLOSE,   /* peer */
    HL_SEC_DO_FORGET,  /* peer, account: nobody uses it afterwards */
    HL_SEC_DO_PAIRING, /* on */
    HL_SEC_DO_SHUN,    /* peer, on */
    HL_SEC_DO_KEEP,    /* peer, interval */
    HL_SEC_DO_PEER,    /* peer: fill in answer, then post answered */
    HL_SEC_DO_STATS,   /* likewise */
    HL_SEC_DO_STOP,    /* deadline */
    HL_SEC_COMMANDS,
};

struct hl_sec_command {
    enum hl_sec_command_kind kind;
    uint32_t peer;
    bool on;
    uint64_t stream, token, code;
    uint64_t restarts; /* HL_SEC_DO_SEND: hl_secure.restarts when it was sent */
    hl_time deadline;
    hl_time interval;
    size_t len;
    struct hl_sec_account *account;
    struct hl_sec_request *request;
};

/* Core thread to main thread: the head of every record. What follows it: a struct hl_sec_where for
 * kinds with a path, a struct hl_event for HL_SEC_NET, then the data. */
struct hl_sec_record {
    int kind; /* enum hl_secure_event_kind, or HL_SEC_ROOM */
    uint32_t peer;
    int err;
    bool restarted, fin;
    uint64_t stream, offset, token, code;
    uint64_t restarts; /* restarted: which one of all peers' this is, from 1 */
    hl_time time;
};

enum {
    HL_SEC_ROOM = -1, /* peer, stream = enum hl_sec_class: what was refused fits now */
};

struct hl_sec_where {
    struct hl_path path;
    uint8_t key[HL_KEY_SIZE];
};

struct hl_sec_core;

struct hl_secure {
    struct hl_net *net;       /* immutable */
    struct hl_queue commands; /* main thread -> core thread */
    struct hl_queue events;   /* core thread -> main thread */
    int room;                 /* eventfd: the events queue has room again */
    atomic_bool stopping;     /* events are thrown away */
    struct hl_budget budget;  /* what all accounts hold */
    atomic_size_t wanting;    /* entries of wanted in use, of all accounts */
    pthread_t thread;
    struct hl_sec_core *core; /* the core thread's own */

    /* The answer to a question of the main thread, which waits for it. */
    sem_t answered;
    bool found;
    struct hl_peer_info info;
    struct hl_node_stats stats;

    /* The main thread's own. */
    uint32_t last_peer;
    uint64_t restarts; /* the last one that the program has been told of */
    struct hl_sec_account *accounts[HL_SECURE_BUCKETS];
    struct hl_sec_blocked *blocked;
    size_t blocked_count, blocked_cap, ready_count;
};

/* ---- accounts (secure_account.c) ---- */

/* Main thread. The account of peer, made if need be; NULL if memory ran out. */
struct hl_sec_account *hl_secure_account_get(struct hl_secure *s, uint32_t peer);
/* NULL if it has none. */
struct hl_sec_account *hl_secure_account_find(struct hl_secure *s, uint32_t peer);
/* Takes it out of the table: the caller's now. NULL if there is none. */
struct hl_sec_account *hl_secure_account_remove(struct hl_secure *s, uint32_t peer);
void hl_secure_accounts_free(struct hl_secure *s);

/* Main thread: takes room for a message of len bytes, or says HL_ERR_BUSY and remembers that
 * HL_SEC_WRITABLE is owed. */
int hl_secure_account_take(struct hl_secure *s, struct hl_sec_account *a, uint64_t stream,
                           size_t len);
/* Main thread: there is room for peer's messages of that class. */
void hl_secure_account_ready(struct hl_secure *s, uint32_t peer, uint64_t class);
/* Main thread: the next stream to report as writable. */
bool hl_secure_account_next(struct hl_secure *s, uint32_t *peer, uint64_t *stream);

/* Any thread. */
void hl_secure_account_give(struct hl_secure *s, struct hl_sec_account *a, uint64_t stream,
                            size_t len);
/* Core thread: whether main waits for room of that class and there is some; true once. */
bool hl_secure_account_room(struct hl_secure *s, struct hl_sec_account *a, enum hl_sec_class class);

#endif
