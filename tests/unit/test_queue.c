/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static bool push(struct hl_queue *q, const void *head, size_t len, size_t reserve, uint32_t who)
{
    struct hl_record r = {.head = head, .head_len = len};

    return hl_queue_push(q, &r, reserve, who);
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

Test(queue, records_come_back_in_order_and_whole)
{
    struct hl_queue q;
    char body[300];
    uint32_t starved;
    size_t len;

    memset(body, 'x', sizeof(body));
    cr_assert_eq(hl_queue_init(&q, 1 << 20), 0);
    for (uint32_t i = 0; i < 300; i++) {
        struct hl_record r = {&i, sizeof(i), body, i};

        cr_assert(hl_queue_push(&q, &r, 0, 0));
    }
    for (uint32_t i = 0; i < 300; i++) {
        const void *r = hl_queue_pop(&q, &len, &starved);
        uint32_t got;

        cr_assert_not_null(r);
        memcpy(&got, r, sizeof(got));
        cr_assert_eq(got, i);
        cr_assert_eq(len, sizeof(i) + i);
        cr_assert_arr_eq((const char *)r + sizeof(i), body, i);
        cr_assert_eq((uintptr_t)r % 8, 0);
    }
    cr_assert_null(hl_queue_pop(&q, &len, &starved));
    hl_queue_fini(&q);
}

Test(queue, descriptor_is_readable_while_records_wait)
{
    struct hl_queue q;
    uint32_t starved;
    size_t len;

    cr_assert_eq(hl_queue_init(&q, 4096), 0);
    cr_assert_not(readable(q.fd));
    cr_assert(push(&q, "a", 1, 0, 0));
    cr_assert(readable(q.fd));
    cr_assert_not_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_not(readable(q.fd));
    hl_queue_fini(&q);
}

Test(queue, descriptor_stays_readable_for_a_consumer_that_stops_half_way)
{
    struct hl_queue q;
    uint32_t starved;
    size_t len;

    cr_assert_eq(hl_queue_init(&q, 4096), 0);
    cr_assert(push(&q, "a", 1, 0, 0));
    cr_assert(push(&q, "b", 1, 0, 0));
    cr_assert_not_null(hl_queue_pop(&q, &len, &starved));
    cr_assert(readable(q.fd), "b would wait for ever");
    cr_assert_not_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_not(readable(q.fd));
    hl_queue_fini(&q);
}

Test(queue, full_refuses_and_tells_when_there_is_room)
{
    struct hl_queue q;
    uint32_t starved;
    size_t len;
    int n = 0;

    cr_assert_eq(hl_queue_init(&q, 1000), 0);
    while (push(&q, "0123456789abcdef", 16, 100, 4))
        n++;
    cr_assert_gt(n, 30);
    cr_assert(push(&q, "c", 1, 0, 2), "control records use the reserve");
    cr_assert_not_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_eq(starved, 4);
    cr_assert(push(&q, "0123456789abcdef", 16, 100, 4));
    for (int i = 0; i < n + 1; i++)
        cr_assert_not_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_null(hl_queue_pop(&q, &len, &starved));
    hl_queue_fini(&q);
}

enum {
    PRODUCERS = 3,
    EACH = 20000,
};

struct producer {
    struct hl_queue *q;
    uint32_t id;
};

static void *produce(void *arg)
{
    struct producer *p = arg;

    for (uint32_t i = 0; i < EACH;) {
        uint32_t record[2] = {p->id, i};

        if (push(p->q, record, sizeof(record), 0, 0))
            i++;
        else
            sched_yield();
    }
    return NULL;
}

Test(queue, many_producers_lose_nothing_and_keep_their_order)
{
    struct hl_queue q;
    struct producer p[PRODUCERS];
    pthread_t threads[PRODUCERS];
    uint32_t next[PRODUCERS] = {0};
    uint32_t starved;
    size_t len;
    int left = PRODUCERS * EACH;

    cr_assert_eq(hl_queue_init(&q, 8192), 0);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        p[i] = (struct producer){&q, i};
        cr_assert_eq(pthread_create(&threads[i], NULL, produce, &p[i]), 0);
    }
    while (left > 0) {
        struct pollfd fd = {.fd = q.fd, .events = POLLIN};
        const uint32_t *r;

        cr_assert_eq(poll(&fd, 1, 10000), 1, "a wake-up was lost with %d to come", left);
        while ((r = hl_queue_pop(&q, &len, &starved)) != NULL) {
            cr_assert_eq(r[1], next[r[0]]++);
            left--;
        }
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    hl_queue_fini(&q);
}

/* So it is when memory runs out: nothing is in the queue that would bring the consumer, and without
 * a word from who was refused both would wait for each other. */
Test(queue, who_is_refused_by_an_empty_queue_calls_the_consumer)
{
    const char much[100] = {0};
    struct hl_queue q;
    uint32_t starved;
    size_t len;

    cr_assert_eq(hl_queue_init(&q, 64), 0);
    cr_assert_not(push(&q, much, sizeof(much), 0, 2));
    cr_assert(readable(q.fd));
    cr_assert_null(hl_queue_pop(&q, &len, &starved));
    cr_assert_eq(starved, 2);
    cr_assert_not(readable(q.fd));
    hl_queue_fini(&q);
}
