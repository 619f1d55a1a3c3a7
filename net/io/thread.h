/* SPDX-License-Identifier: MIT */
/* Mutexes and thread roles that clang's -Wthread-safety checks at compile time.
 *
 * A role is a capability that nobody locks: it stands for "this code runs on that thread".
 * A thread enters its role once, in its start function; functions that must run there say
 * HL_REQUIRES(hl_role_x) on their prototype, and a call from elsewhere is a warning (an error in
 * the dev-clang preset). Other compilers see nothing. */
#ifndef HL_THREAD_H
#define HL_THREAD_H

#include <pthread.h>

#if defined(__clang__)
#define HL_ATTR(x) __attribute__((x))
#else
#define HL_ATTR(x)
#endif
#define HL_CAPABILITY(name) HL_ATTR(capability(name))
#define HL_REQUIRES(...)    HL_ATTR(requires_capability(__VA_ARGS__))
#define HL_EXCLUDES(...)    HL_ATTR(locks_excluded(__VA_ARGS__))
#define HL_ACQUIRE(...)     HL_ATTR(acquire_capability(__VA_ARGS__))
#define HL_RELEASE(...)     HL_ATTR(release_capability(__VA_ARGS__))
#define HL_ASSERT_ROLE(...) HL_ATTR(assert_capability(__VA_ARGS__))
#define HL_UNCHECKED        HL_ATTR(no_thread_safety_analysis)

struct HL_CAPABILITY("role") hl_role {
    char unused;
};

extern struct hl_role hl_role_main; /* the program's main thread: owns the terminal */
extern struct hl_role hl_role_rx;   /* the receive thread */
extern struct hl_role hl_role_tx;   /* the send thread */
extern struct hl_role hl_role_core; /* the core thread: owns the node and all keys */

/* Tells the analysis that the calling thread plays role from here on. */
static inline void hl_role_enter(struct hl_role *role) HL_ASSERT_ROLE(role)
{
    (void)role;
}

struct HL_CAPABILITY("mutex") hl_mutex {
    pthread_mutex_t os;
};

static inline void hl_mutex_init(struct hl_mutex *m)
{
    pthread_mutex_init(&m->os, NULL);
}

static inline void hl_mutex_fini(struct hl_mutex *m)
{
    pthread_mutex_destroy(&m->os);
}

static inline void hl_mutex_lock(struct hl_mutex *m) HL_ACQUIRE(m) HL_UNCHECKED
{
    pthread_mutex_lock(&m->os);
}

static inline void hl_mutex_unlock(struct hl_mutex *m) HL_RELEASE(m) HL_UNCHECKED
{
    pthread_mutex_unlock(&m->os);
}

#endif
