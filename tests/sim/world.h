/* SPDX-License-Identifier: MIT */
/* Hosts with a node of the real protocol on each, what their users do, and what must hold after
 * every step. Whoever finds a rule broken says so with world_fail(): the first finding stays, and
 * world_run() goes no further. */
#ifndef HL_SIM_WORLD_H
#define HL_SIM_WORLD_H

#include "node.h"
#include "simenv.h"
#include "simnet.h"
#include "trace.h"
#include "watch.h"

enum {
    WORLD_NODES = 6,
    WORLD_MEMORY = 16 << 20, /* bytes that no node may ever hold here */
};

struct world;
struct traffic;

struct world_node {
    unsigned host;
    unsigned life;     /* restarts so far */
    bool asleep, down; /* down: turned off, no node */
    bool stranger;     /* nobody knows its key */
    bool deaf;         /* its owner takes no events */
    struct hl_node *node;
    struct sim_env env;
    struct hl_node_config config;
    uint8_t key[HL_KEY_SIZE];
    hl_time wake;
    bool touched; /* has something to tell or send */
    /* Of the other nodes: what this one's user knows of them. */
    struct {
        bool known, introduced, key_known, up;
        uint8_t key[HL_KEY_SIZE]; /* if known: what its user takes for the other's */
        uint32_t number;          /* what this node calls it */
        uint8_t psk[HL_KEY_SIZE];
        bool has_psk;
        struct hl_path path[2]; /* one each for UDP and a connection, or two families */
        unsigned paths;
        unsigned ups, restarts, downs, no_answers, moves;
        int last_err;
    } peer[WORLD_NODES];
    uint8_t *lent; /* the datagram it was given last: it may look at that until its next call */
    struct watch_ledger ledger;
    struct watch_tops tops;
    /* What the node should have counted. */
    uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out;
    uint64_t wakes, idle_wakes; /* times its deadline came; and nothing was to be done */
};

/* Who owns what the nodes carry, if that is not the traffic of traffic.h. */
struct world_owner {
    void *user;
    /* UP, DOWN or FLOW of a about its peer b. */
    void (*event)(void *user, unsigned a, unsigned b, const struct hl_node_event *ev);
    void (*push)(void *user, unsigned a); /* gives the node what there is to send */
    void (*restarted)(void *user, unsigned a);
};

/* Something a user does at a given time. */
typedef void world_act(struct world *w, const void *args);

struct world_action {
    world_act *act;
    size_t next; /* free one, +1 */
    uint8_t args[48];
};

struct world {
    uint64_t seed;
    bool verbose;
    struct simnet *net;
    struct world_node nodes[WORLD_NODES];
    unsigned count;
    struct traffic *traffic;
    struct world_owner owner; /* without functions: traffic */
    struct watch_numbers numbers;
    struct sim_trace trace;
    struct sim_random random;
    struct world_action *actions;
    size_t actions_count, actions_cap, actions_free; /* +1 */
    hl_time base;                                    /* what the nodes' clocks show at time 0 */
    bool batch;        /* take in all that arrives at one time before asking for datagrams */
    bool may_restart;  /* packets of past lives are about */
    hl_time attackers; /* memory failures and forgeries end here */
    void *attacker;    /* attacker.h */
    uint8_t *buf;      /* HL_NODE_BATCH */
    char failed[256];  /* "" = all is well */
    hl_time failed_at;
};

struct world *world_new(uint64_t seed);
void world_free(struct world *w);
/* Ends all nodes: nothing of them may be left in memory. */
void world_stop(struct world *w);
void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool world_failed(const struct world *w);
hl_time world_now(const struct world *w);

/* A host with an IPv4 address (and IPv6, if six) and a node. Returns its number, from 0. */
unsigned world_add(struct world *w, bool six);
/* a's user learns of b: its key, and where it is (paths: 0, or how many of its addresses). */
void world_introduce(struct world *w, unsigned a, unsigned b, bool key, unsigned paths);
/* a's user looks up again where b is. */
void world_look_up(struct world *w, unsigned a, unsigned b);
/* Another path of b, over a connection or after a change of addresses. */
void world_give_path(struct world *w, unsigned a, unsigned b, const struct hl_path *path);
/* Sends a command of a about its peer b; other fields as in c. */
int world_command(struct world *w, unsigned a, unsigned b, struct hl_command *c);

/* act(w, args) will be called at that time; size bytes of args are kept. */
void world_at(struct world *w, hl_time at, world_act *act, const void *args, size_t size);
/* For step.c: the time has come. */
void world_do(struct world *w, size_t action);
/* The node has been called again and needs what it was lent no more. */
void world_unlend(struct world *w, unsigned a);
/* The time as the nodes are told it. */
hl_time world_clock(const struct world *w);

/* The node loses its state and starts again with the same key, knowing what its user knows. */
void world_restart(struct world *w, unsigned a);
/* The same under another key, of which the others know nothing. */
void world_change_key(struct world *w, unsigned a);
/* a's user takes the key that b has now for b's. */
void world_accept_key(struct world *w, unsigned a, unsigned b);
/* Nothing runs on the host for a while; the time goes on. */
void world_sleep(struct world *w, unsigned a);
void world_wake(struct world *w, unsigned a);
/* Another address of that family as seen from outside (NAT), or altogether. */
void world_rebind(struct world *w, unsigned a, enum hl_family family, bool address);
/* IPv4 is gone and IPv6 is there, or the other way round; with all that the host knows. */
void world_change_family(struct world *w, unsigned a, enum hl_family to);
/* A connection between the hosts of two nodes, told to both. */
hl_link world_connect(struct world *w, unsigned a, unsigned b);

/* Lets all happen up to that time. False if a rule was broken. */
bool world_run(struct world *w, hl_time until);
/* The same, but ends as soon as done(w) is true; false if it never was. */
bool world_run_to(struct world *w, hl_time until, bool (*done)(struct world *w));
/* Nothing is said, on its way or owed, and no node has a timer. */
bool world_quiet(const struct world *w);
/* Both ends seal under keys of one handshake, which one of them began, or neither has any. */
bool world_in_session(const struct world *w, unsigned a, unsigned b);

#endif
