/* SPDX-License-Identifier: MIT */
/* Memory that runs out at each allocation in turn: nothing leaks, nothing breaks, and once there is
 * memory again all that was taken arrives. */
#include "couple.h"
#include "err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

enum {
    STEPS = 300,
    SHORTAGE = 40, /* steps in a row without memory */
};

static struct couple couple;
static uint32_t sent, got, acked;
static uint64_t bytes_sent, bytes_got;

static void on_event(struct couple *c, int host, const struct hl_flow_event *ev)
{
    uint32_t number;

    (void)c;
    if (ev->kind == HL_FLOW_MESSAGE && host == 1) {
        memcpy(&number, ev->data, sizeof number);
        cr_assert_eq(number, got);
        got++;
    }
    if (ev->kind == HL_FLOW_ACKED)
        acked++;
    if (ev->kind == HL_FLOW_DATA) {
        cr_assert_eq(ev->offset, bytes_got);
        bytes_got += ev->len;
    }
}

static void say(void)
{
    uint8_t text[300] = {0};
    int err;

    memcpy(text, &sent, sizeof sent);
    err = hl_flow_send(couple.host[0].flow, HL_STREAM_CHAT, text, sizeof text, sent + 1);
    cr_assert(err == 0 || err == -ENOMEM);
    sent += err == 0;
}

static void put(void)
{
    static const uint8_t data[5000];
    ptrdiff_t n = hl_flow_write(couple.host[0].flow, 2, data, sizeof data, false, 0);

    cr_assert(n >= 0 || n == -ENOMEM);
    bytes_sent += n > 0 ? (uint64_t)n : 0;
}

/* One run in which the calls from the first-th on fail for a while. Returns false when memory never
 * ran out. */
static bool run(uint64_t seed, long first)
{
    bool short_of[2] = {false, false};

    couple_init(&couple, seed);
    couple.event = on_event;
    couple.lose = 100;
    couple.late = 200;
    sent = got = acked = 0;
    bytes_sent = bytes_got = 0;
    for (int i = 0; i < 2; i++)
        couple.host[i].memory.allowed = first;
    for (int step = 0, dry = 0; step < STEPS; step++) {
        if (step % 3 == 0)
            say();
        if (step % 10 == 0)
            put();
        couple_run(&couple, couple.now + HL_MS(5));
        for (int i = 0; i < 2; i++)
            short_of[i] = short_of[i] || couple.host[i].memory.allowed == 0;
        dry += short_of[0] || short_of[1];
        if (dry == SHORTAGE)
            for (int i = 0; i < 2; i++)
                couple.host[i].memory.allowed = -1;
    }
    for (int i = 0; i < 2; i++)
        couple.host[i].memory.allowed = -1;
    return short_of[0] || short_of[1];
}

/* A session whose host could not keep what it had acknowledged has ended; the others go on. */
static void expect_all(long first)
{
    for (int i = 0; i < 2; i++) {
        cr_assert(couple.host[i].err == 0 || couple.host[i].err == -ENOMEM, "call %ld: %d", first,
                  couple.host[i].err);
        if (couple.host[i].err)
            return;
    }
    cr_assert(hl_flow_write(couple.host[0].flow, 2, NULL, 0, true, 0) == 0);
    cr_assert(couple_settle(&couple, HL_SECS(100)), "call %ld", first);
    cr_assert_eq(got, sent);
    cr_assert_eq(acked, sent);
    cr_assert_eq(bytes_got, bytes_sent);
}

Test(flow_memory, each_call_may_fail)
{
    long first = 0;

    while (run(7, first)) {
        expect_all(first);
        couple_fini(&couple);
        first++;
    }
    couple_fini(&couple);
    cr_assert_gt(first, 10);
}

Test(flow_memory, a_new_flow_needs_memory)
{
    struct memory m;
    struct hl_flow *f;
    const struct hl_flow_path path = {.datagram = 1400, .overhead = 29};

    memory_init(&m);
    m.allowed = 0;
    cr_assert_eq(hl_flow_new(&m.env, 0, &path, &f), -ENOMEM);
    cr_assert_eq(m.blocks, 0);
}

/* What the old flow holds it keeps when the new one has no memory for it. */
Test(flow_memory, inheritance_may_be_tried_again)
{
    for (long allowed = 0;; allowed++) {
        struct hl_flow *old;
        int err;

        couple_init(&couple, 1);
        couple.event = on_event;
        sent = got = acked = 0;
        bytes_sent = bytes_got = 0;
        for (int i = 0; i < 50; i++)
            say();
        put();
        old = couple.host[0].flow;
        couple_renew(&couple, 0);
        couple.host[0].memory.allowed = allowed;
        err = hl_flow_inherit(couple.host[0].flow, old, true);
        couple.host[0].memory.allowed = -1;
        if (err) {
            cr_assert_eq(err, -ENOMEM);
            hl_flow_free(couple.host[0].flow);
            couple.host[0].flow = old;
            old = NULL;
            hl_flow_reset(couple.host[0].flow, 2, 0);
        }
        hl_flow_free(old);
        cr_assert(couple_settle(&couple, HL_SECS(10)));
        cr_assert(got == 50 && acked == 50);
        couple_fini(&couple);
        if (!err)
            return;
    }
}
