/* SPDX-License-Identifier: MIT */
/* Two flows in one thread with nothing between them: what frames, acknowledgements and congestion
 * control cost, without keys and sockets. One "key value" line per figure. */
#include "flow.h"
#include "stats.h"

#include <stdlib.h>
#include <time.h>

enum {
    TEXT = 100,          /* bytes of a message */
    MESSAGES = 20000000, /* of a run */
    OVERHEAD = 29,
};
#define BULK (UINT64_C(16) << 30)

static void *resize(void *user, void *at, size_t size)
{
    (void)user;
    if (size == 0) {
        free(at);
        return NULL;
    }
    return realloc(at, size);
}

static const struct hl_env env = {.resize = resize};

/* Microseconds of this thread's work: nothing here waits, and others may use the machine. */
static double cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct lane {
    struct hl_flow *from, *to;
    hl_time now;
    uint64_t messages, bytes, packets; /* that arrived */
};

static void open_lane(struct lane *l, size_t datagram)
{
    struct hl_flow_path path = {.datagram = datagram, .overhead = OVERHEAD};

    *l = (struct lane){.now = HL_SECS(1)};
    if (hl_flow_new(&env, l->now, &path, &l->from) || hl_flow_new(&env, l->now, &path, &l->to))
        stats_die("memory");
}

static void close_lane(struct lane *l)
{
    hl_flow_free(l->from);
    hl_flow_free(l->to);
}

/* Carries what one flow has for the other; counts what comes out there. */
static void carry(struct lane *l, struct hl_flow *from, struct hl_flow *to)
{
    static uint8_t out[4][HL_FRAMES_MAX];
    struct hl_flow_notice notice;
    struct hl_flow_event ev;

    for (unsigned i = 0;; i = (i + 1) % 4) {
        struct hl_flow_fill fill = {.out = out[i], .cap = HL_FRAMES_MAX};

        if (!hl_flow_fill(from, l->now, &fill))
            break;
        l->packets++;
        if (hl_flow_recv(to, l->now, fill.pn, fill.out, fill.len, &notice))
            stats_die("recv");
        while (hl_flow_event(to, l->now, &ev)) {
            l->messages += ev.kind == HL_FLOW_MESSAGE;
            l->bytes += ev.len;
        }
    }
}

/* A round trip of 40 microseconds, or so both flows believe. */
static void turn(struct lane *l)
{
    l->now += 20;
    carry(l, l->from, l->to);
    l->now += 20;
    carry(l, l->to, l->from);
}

static void messages(const char *name, size_t datagram)
{
    static const uint8_t text[TEXT];
    struct lane l;
    double start;

    open_lane(&l, datagram);
    start = cpu_now();
    while (l.messages < MESSAGES) {
        for (int i = 0; i < 1000; i++)
            if (hl_flow_send(l.from, HL_STREAM_CHAT, text, sizeof text, 0))
                break;
        turn(&l);
    }
    stats_print(name, (double)l.messages / (cpu_now() - start));
    close_lane(&l);
}

static void bulk(const char *name, size_t datagram)
{
    static const uint8_t data[1 << 16];
    struct lane l;
    double start;

    open_lane(&l, datagram);
    start = cpu_now();
    while (l.bytes < BULK) {
        while (hl_flow_write(l.from, HL_STREAM_BYTES, data, sizeof data, false, 0) > 0)
            ;
        turn(&l);
    }
    stats_print(name, (double)l.bytes / (cpu_now() - start));
    close_lane(&l);
}

int main(void)
{
    messages("flow_messages_1400_m_per_s", 1400);
    messages("flow_messages_16332_m_per_s", 16332);
    bulk("flow_bulk_1400_mb_per_s", 1400);
    bulk("flow_bulk_16332_mb_per_s", 16332);
    return 0;
}
