/* SPDX-License-Identifier: MIT */
/* Starting and stopping a talk as the options ask: shared by the UI, line mode, send and listen.
 * Main thread. */
#ifndef HL_SESSION_H
#define HL_SESSION_H

#include "options.h"
#include "talk.h"

enum {
    HL_BOUND_MAX = 2 * HL_LISTEN_OPTIONS_MAX,
};

/* How much is flushed when a session ends by itself, and when a signal ends it. */
#define HL_FLUSH_END    HL_SECS(2)
#define HL_FLUSH_SIGNAL HL_MS(200)

struct hl_session {
    struct hl_talk *talk;
    const struct hl_options *options;
    struct hl_bound bound[HL_BOUND_MAX]; /* what we listen on, in the order it was opened */
    size_t bound_count;
};

enum hl_listen_default {
    HL_LISTEN_CHAT,      /* no --listen: UDP and TCP on the default port, or the next free one */
    HL_LISTEN_EPHEMERAL, /* no --listen: a UDP socket on a port of the system's choice */
    HL_LISTEN_NONE,      /* no --listen: no socket */
};

/* Starts the talk; no socket is opened yet. ops gets its callbacks from hl_talk_pump(). */
int hl_session_start(struct hl_session *s, const struct hl_options *o,
                     const struct hl_talk_ops *ops, void *user, char why[static HL_WHY_MAX])
    __attribute__((warn_unused_result));

/* Sends what is queued for at most flush, then closes everything. */
void hl_session_stop(struct hl_session *s, hl_time flush);

/* Opens what --listen names, or fallback. On failure "what: why" stands in why. Returns 0 or an
 * error for hl_exit_status(). */
int hl_session_listen_all(struct hl_session *s, enum hl_listen_default fallback,
                          char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* Opens one more listener, typed as for --listen. port_default as in hl_talk_listen(). */
int hl_session_listen(struct hl_session *s, const char *typed, bool port_default, bool udp_only,
                      char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* Opens the conversation that the user names; why as above. */
int hl_session_open(struct hl_session *s, const char *typed, struct hl_conv **out,
                    char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* Answers to the questions for a peer's address and port as one typed peer: "host" and "4855" are
 * "host:4855", a bare IPv6 address gets brackets, and an address that names its port, or a Unix
 * path, stays as it is. An empty port is the default one. Returns 0 or an HL_ERR_*. */
int hl_session_join(const char *address, const char *port, char *out, size_t size)
    __attribute__((warn_unused_result));

/* "udp", "tcp", "unix", "unix-dgram", "unix-seqpacket". */
const char *hl_session_transport(enum hl_transport t);

/* Whether c has a connection or a session that comes and goes; plain datagrams have none. */
static inline bool hl_session_connects(const struct hl_conv *c)
{
    return c->encrypted || (c->path.transport != HL_UDP && c->path.transport != HL_UNIX_DGRAM);
}

/* "[::]:4855" for UDP, "tcp://[::]:4855", "unix:/path": what a peer would type, near enough. */
enum {
    HL_BOUND_TEXT = HL_ADDR_TEXT + 16,
};
const char *hl_session_bound_text(const struct hl_bound *b, char out[static HL_BOUND_TEXT]);

#endif
