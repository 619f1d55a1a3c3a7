/* SPDX-License-Identifier: MIT */
/* Which secrets a function leaves on its stack: it runs on one of its own, which is read after. The
 * function has run before, lest the dynamic linker, at its first call, save registers that its
 * caller left behind. Code of a sanitizer saves them whenever it likes: LEFT_SANITIZED. */
#ifndef HL_LEFT_ON_STACK_H
#define HL_LEFT_ON_STACK_H

#include <criterion/criterion.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__has_feature)
#define LEFT_HAS(feature) __has_feature(feature)
#else
#define LEFT_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    LEFT_HAS(address_sanitizer) || LEFT_HAS(thread_sanitizer)
#define LEFT_SANITIZED 1
#else
#define LEFT_SANITIZED 0
#endif

enum {
    LEFT_STACK = 512 << 10,
    LEFT_KEY = 32, /* bytes of each secret */
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
        if (memmem(stack, LEFT_STACK, secrets[i] + LEFT_KEY / 4, LEFT_KEY / 2))
            left = (int)i;
    }
    pthread_attr_destroy(&attr);
    munmap(stack, LEFT_STACK);
    return left;
}

#endif
