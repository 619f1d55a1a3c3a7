/* SPDX-License-Identifier: MIT */
/* A front end's line to the messenger of its home, wherever that runs.
 *
 * If no process holds the home's lock, the messenger is started in this one; else the client
 * connects to the one that runs, and when that ends or crashes, becomes the messenger itself or
 * follows whoever does: requests without an answer are made again (ids make that harmless), and
 * entries go on after the last row that was told. Main thread. */
#ifndef HL_CLIENT_H
#define HL_CLIENT_H

#include "ctl.h"
#include "messenger.h"

struct hl_client;

struct hl_client_config {
    struct hl_messenger_config messenger; /* home, secret ...: used if we become the messenger, and
                                           * copied; lock and front are ours to fill in */
    uint64_t flags;                       /* HL_CTL_F_* of HELLO */
};

/* Returns 0 or an error; why: "what: why". */
int hl_client_open(const struct hl_client_config *config, struct hl_client **out,
                   char why[static HL_STORE_WHY]) __attribute__((warn_unused_result));
/* Ends the messenger too if it is ours; others that used it take over. What was sent is taken by
 * then, if the messenger takes anything within a second; else what was shown is shown again by
 * whoever listens next. */
void hl_client_close(struct hl_client *c, hl_time flush);

/* Readable when there is something to take or to do; the same as long as the client lives. */
int hl_client_fd(const struct hl_client *c);
/* The next record; what it points to is valid until the next call. False: none now. WELCOME:
 * another messenger serves now: what was asked for as long as this client stays (LISTEN, PAIRING,
 * OPEN) is to be asked for again. */
bool hl_client_next(struct hl_client *c, struct hl_ctl *out);

/* Queues a request; c->request is filled in if it is 0 and the kind has an answer. HL_ERR_BUSY: too
 * much waits, take records first. -ENOMEM. */
int hl_client_send(struct hl_client *c, struct hl_ctl *request) __attribute__((warn_unused_result));
/* Bytes of requests that the messenger has not taken yet. The fd becomes readable when there is
 * room for more of them; then call hl_client_next(). */
size_t hl_client_unsent(const struct hl_client *c);
/* Sends a request and takes records until its last answer (END, STATE, ERROR, WELCOME), calling
 * each() for all that answer it, unless it is NULL; other records are kept for hl_client_next().
 * For commands that have nothing else to do. Returns the err of the answer, HL_ERR_TIMEOUT, or
 * -EINTR when signal_fd (-1 = none) becomes readable. */
int hl_client_ask(struct hl_client *c, struct hl_ctl *request, int signal_fd, hl_time timeout,
                  void (*each)(void *user, const struct hl_ctl *answer), void *user)
    __attribute__((warn_unused_result));

/* Whether the messenger runs in this process. */
bool hl_client_serves(const struct hl_client *c);
const uint8_t *hl_client_key(const struct hl_client *c); /* own public key */

#endif
