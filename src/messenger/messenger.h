/* SPDX-License-Identifier: MIT */
/* The messenger of a home: the one process that holds its store, its key and its sockets.
 *
 *   network threads --events--> messenger thread <--control records--> front end of this process
 *        (secure.h)               |        ^                          front ends of others
 *                               store    delivery
 *
 * The messenger thread owns hl_secure, the store and the delivery; it alone writes the database.
 * Whoever holds the lock of the home is its messenger: the kernel drops the lock with the process,
 * so that no crash leaves one behind. Others reach it through the control socket (mode 0600; the
 * peer's user id must be ours). Each round of the thread takes in what has come from the network
 * and from clients, commits it once, and only then lets its effects out: under load many messages
 * share one commit. While the disk takes nothing, nothing is taken from the network. */
#ifndef HL_MESSENGER_H
#define HL_MESSENGER_H

#include "net.h"
#include "store.h"

struct hl_messenger;

/* The store's file in a home. */
#define HL_MESSENGER_STORE "hullo.db"

struct hl_messenger_config {
    const char *home;      /* directory of key, store, lock and control socket: it exists */
    int lock;              /* hl_lock_take(): owned from now on */
    const uint8_t *secret; /* 32 bytes, copied */
    const uint8_t *seal;   /* of the store; NULL = in the open */
    struct hl_net_config net;
    bool offline; /* no network at all: history, search, contacts */
    bool read_receipts, live;
    const char *nick;
    hl_time retention; /* bodies older than that are emptied; 0 = never */
    uint64_t quota;    /* bytes kept from one contact; 0 = 1 GiB */
    int front;         /* one end of a socket pair: the front end of this process; -1 = none */
};

/* Starts the thread. why: "what: why" on failure. */
int hl_messenger_start(const struct hl_messenger_config *config, struct hl_messenger **out,
                       char why[static HL_STORE_WHY]) __attribute__((warn_unused_result));
/* Says goodbye to peers, waits for at most flush for receipts that are owed and asked for, closes
 * the store, unlocks the home. */
void hl_messenger_stop(struct hl_messenger *m, hl_time flush);

/* ---- lock.c ---- */

/* 0: *fd holds the home's lock until it is closed. -EWOULDBLOCK: another process has it. -errno. */
int hl_lock_take(const char *home, int *fd) __attribute__((warn_unused_result));
/* Connects to the control socket of the process that has the lock. -ECONNREFUSED, -ENOENT: it is
 * not there (any more, or yet). -EAGAIN: it has no time. -EPERM: it is another user's. */
int hl_lock_connect(const char *home, int *fd) __attribute__((warn_unused_result));
/* The control socket, for whoever has the lock: what a crash has left in its place is replaced.
 * -EEXIST: there is something that is no socket. */
int hl_lock_listen(const char *home, int *fd) __attribute__((warn_unused_result));
/* Removes and closes it; before the lock goes. */
void hl_lock_unlisten(const char *home, int fd);
/* 0: the process at the other end of a connection is our own user's; -EPERM. */
int hl_lock_peer(int fd) __attribute__((warn_unused_result));

#endif
