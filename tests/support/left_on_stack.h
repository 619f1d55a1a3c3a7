/* SPDX-License-Identifier: MIT */
/* Which secrets a function leaves on its stack: it runs on one of its own, which is read after. */
#ifndef HL_LEFT_ON_STACK_H
#define HL_LEFT_ON_STACK_H

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum {
    LEFT_STACK = 4 << 20, /* thread sanitizers need much of it */
    LEFT_KEY = 32,        /* bytes of each secret */
};

struct left_job {
    void (*run)(void *arg);
    void *arg; /* all that it works on lies elsewhere */
};

static inline void *left_main(void *arg)
{
    const struct left_job *job = arg;

    job->run(job->arg);
    return NULL;
}

/* The stack of an ended thread is memory like any other, whatever a sanitizer noted about it. */
__attribute__((no_sanitize("address", "thread"))) static inline bool
left_contains(const volatile uint8_t *at, size_t len, const uint8_t *wanted, size_t wanted_len)
{
    while (len && !*at) { /* never used */
        at++;
        len--;
    }
    for (size_t i = 0; i + wanted_len <= len; i++) {
        size_t same = 0;

        while (same < wanted_len && at[i + same] == wanted[same])
            same++;
        if (same == wanted_len)
            return true;
    }
    return false;
}

/* The number of a secret that is left, -1 if there is none. The middle of each is looked for, since
 * X25519 changes the ends of its scalar. */
static inline int left_on_stack(struct left_job job, uint8_t secrets[][LEFT_KEY], size_t count)
{
    uint8_t *stack =
        mmap(NULL, LEFT_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_t attr;
    pthread_t thread;
    int left = -1;

    cr_assert_neq(stack, MAP_FAILED);
    pthread_attr_init(&attr);
    cr_assert_eq(pthread_attr_setstack(&attr, stack, LEFT_STACK), 0);
    cr_assert_eq(pthread_create(&thread, &attr, left_main, &job), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        if (left_contains(stack, LEFT_STACK, secrets[i] + LEFT_KEY / 4, LEFT_KEY / 2))
            left = (int)i;
    }
    pthread_attr_destroy(&attr);
    munmap(stack, LEFT_STACK);
    return left;
}

#endif
