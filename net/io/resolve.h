/* SPDX-License-Identifier: MIT */
/* Names to addresses without waiting for anybody.
 *
 * The system's getaddrinfo() is the only thing that knows hosts files, .local, LDAP and the rest,
 * but it blocks for 10 s and more, cannot be ended, and given both families at once waits for the
 * slower one. So each family is a question of its own in a detached thread of its own; answers
 * are queued as they come. A look-up that nobody waits for any more is left to end by itself: its
 * thread holds a reference on the little it needs, so neither cancelling nor freeing ever waits.
 *
 * Equal questions share one thread. HL_LOOKUPS_MAX threads may run; further questions wait for
 * one to end, and are answered HL_ERR_NAME_BUSY when all of them are stuck (older than
 * HL_LOOKUP_STUCK). Literals, Unix paths and cached names need no thread.
 *
 * All functions are for one thread, the owner. */
#ifndef HL_RESOLVE_H
#define HL_RESOLVE_H

#include "endpoint.h"
#include "err.h"

struct hl_resolver;

struct hl_question {
    struct hl_endpoint what; /* its transport decides which services are meant */
    bool want_v4, want_v6;
    bool want_aliases; /* costs a second question of each family, and the cache is not used */
    hl_time deadline;  /* CLOCK_BOOTTIME in microseconds, HL_NEVER = none */
    uint64_t token;    /* the owner's, not 0; several questions may not share one */
};

enum hl_answer_kind {
    HL_ANSWER_ADDRESS, /* family, addr, source, took */
    HL_ANSWER_ALIAS,   /* family, name: another name of the same host, if wanted */
    HL_ANSWER_DONE,    /* family, err, name: no more of that family; once per wanted family */
    HL_ANSWER_NAME,    /* err, name: the one answer to a reverse question */
};

enum hl_answer_source {
    HL_SOURCE_LITERAL,
    HL_SOURCE_CACHE,
    HL_SOURCE_SYSTEM, /* hosts file, DNS or whatever nsswitch.conf names */
    HL_SOURCE_MDNS,   /* the system as well, for a name in .local */
};

struct hl_answer {
    enum hl_answer_kind kind;
    uint64_t token;
    enum hl_family family;
    int err;             /* 0 after at least one address */
    struct hl_addr addr; /* port and scope filled in */
    enum hl_answer_source source;
    hl_time took;           /* since the question was asked */
    char name[HL_HOST_MAX]; /* canonical name, "" if the system told none */
};

/* Returns 0 or -errno; no thread is made yet. */
int hl_resolver_new(struct hl_resolver **out) __attribute__((warn_unused_result));

/* Never waits for look-ups: they are left to end by themselves. NULL is allowed. */
void hl_resolver_free(struct hl_resolver *r);

/* Readable while answers wait or a deadline has passed. Only for poll(), not to be read. */
int hl_resolver_fd(const struct hl_resolver *r);

/* Asks. Every wanted family gets its addresses in the order of RFC 6724, as the system sorts
 * them, then one DONE. A literal of the other family is HL_ERR_NO_ADDRESS; a Unix path is an
 * address before both DONEs. When the deadline passes first, the DONE says HL_ERR_NAME_AGAIN.
 * Host names may be UTF-8 in any locale (IDNA 2008).
 * Returns 0, then answers follow; or at once HL_ERR_BAD_NAME, BAD_PORT (unknown service),
 * BAD_SCOPE, NEEDS_SCOPE, -ENOMEM, and nothing follows. */
int hl_resolver_ask(struct hl_resolver *r, const struct hl_question *q)
    __attribute__((warn_unused_result));

/* Asks for the name of an address; one HL_ANSWER_NAME follows within HL_REVERSE_TIMEOUT, with
 * HL_ERR_NOT_FOUND if it has none, HL_ERR_NAME_AGAIN if nobody answered in time. */
int hl_resolver_ask_name(struct hl_resolver *r, const struct hl_addr *a, uint64_t token)
    __attribute__((warn_unused_result));

/* Forgets a question and its answers that were not taken yet: nothing more comes for it. */
void hl_resolver_cancel(struct hl_resolver *r, uint64_t token);

/* Takes the next answer. Returns false if there is none. */
bool hl_resolver_next(struct hl_resolver *r, struct hl_answer *out);

/* "literal", "cache", "system", "mdns". */
const char *hl_answer_source_text(enum hl_answer_source s);

#endif
