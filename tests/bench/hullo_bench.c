/* SPDX-License-Identifier: MIT */
/* hullo-bench: the transport, measured as its peers are. Command line and output are those that
 * the comparison's drivers have, so that its runner takes this one as it takes them:
 *
 *   hullo-bench TEST ARG... [--port N] [--via N] [--wait SECONDS]
 *     msg N SIZE       one way, reliable, in order: messages per second
 *     rr N SIZE        question and answer: round trip
 *     bulk MIB         one byte stream
 *     bulkt MIB SECS   the same, cut off after SECS (slow links)
 *     setup K          dial until the first message has arrived, K times
 *     paced N SIZE MS  a message every MS milliseconds: delivery latency
 *     mixed SECS       bulk on one connection, a message every 20 ms on another
 *     mixed1 SECS      both on one connection
 *     idle K           memory of K idle connections, CPU of 5 s
 *
 * A child process is the server on --port (47000); the parent dials --via if it is given, such as
 * a relay that loses packets, else --port. One line "key=value ..." comes out. */
#include "end.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LATENCIES = 200000,
    BULK_CHUNK = 65536,
    BULK_MIXED = 16384,
    MESSAGE_MAX = 65536,
    PACED_SIZE = 100,
    REPLIES = 64, /* answers that could not be sent at once */
    GROUP = 64,   /* messages handed over between two rounds of I/O */
    ENDS_MAX = 4096,
};

enum kind {
    KIND_MSG,
    KIND_RR,
    KIND_BULK,
    KIND_SETUP,
    KIND_PACED,
    KIND_MIXED,
    KIND_IDLE,
};

/* What both processes see. */
static struct {
    _Atomic int ready, quit, done;
    _Atomic uint64_t count, bytes, last_ns, misordered;
    _Atomic int asked, answered; /* for a snapshot of the server */
    double cpu_first, cpu_now;
    long rss_first, rss_now, peak;
    uint64_t latency[LATENCIES];
} * shared;

struct header {
    uint64_t number;
    uint64_t sent_ns;
};

static enum kind kind;
static struct end *ends[ENDS_MAX];
static size_t end_count;
static uint64_t answers; /* the client has received */
static uint64_t give_up_ns;

static struct {
    uint32_t to;
    size_t len;
    uint8_t bytes[2048];
} replies[REPLIES];
static size_t reply_count;

/* ---- what the kernel knows ---- */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static double cpu(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A line of /proc/self/status, in KB. */
static long memory(const char *key)
{
    char line[128];
    long value = -1;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtol(line + strlen(key) + 1, NULL, 10);
    }
    if (f)
        fclose(f);
    return value;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Sorts values; the quantile q in units of unit nanoseconds. */
static double quantile(uint64_t *values, size_t count, double q, double unit)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, ascending);
    return (double)values[(size_t)(q * (double)(count - 1) + 0.5)] / unit;
}

/* ---- server ---- */

/* A counter that one process alone raises: no locked instruction is needed. */
static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_release);
}

static uint64_t value(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

static void note_message(const uint8_t *data, size_t len)
{
    struct header h = {0, 0};
    uint64_t now = now_ns();

    if (len >= sizeof h)
        memcpy(&h, data, sizeof h);
    if (kind != KIND_SETUP && kind != KIND_IDLE && h.number != value(&shared->count))
        add(&shared->misordered, 1);
    if ((kind == KIND_PACED || kind == KIND_MIXED) && h.number < LATENCIES)
        shared->latency[h.number] = now - h.sent_ns;
    if (kind != KIND_MIXED)
        add(&shared->bytes, len);
    atomic_store_explicit(&shared->last_ns, now, memory_order_relaxed);
}

static void server_takes(uint32_t from, const uint8_t *data, size_t len, bool bulk)
{
    if (value(&shared->bytes) == 0)
        shared->cpu_first = cpu();
    if (bulk) {
        add(&shared->bytes, len);
        atomic_store_explicit(&shared->last_ns, now_ns(), memory_order_relaxed);
        return;
    }
    note_message(data, len);
    if (kind == KIND_RR && !end_send(ends[0], from, data, len) && reply_count < REPLIES &&
        len <= sizeof replies->bytes) {
        replies[reply_count].to = from;
        replies[reply_count].len = len;
        memcpy(replies[reply_count++].bytes, data, len);
    }
    add(&shared->count, 1);
}

static void send_replies(void)
{
    while (reply_count && end_send(ends[0], replies[0].to, replies[0].bytes, replies[0].len)) {
        memmove(replies, replies + 1, --reply_count * sizeof *replies);
    }
}

_Noreturn static void serve(int port)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ends[0] = end_new(port, server_takes);
    shared->rss_first = memory("VmRSS");
    shared->ready = 1;
    while (!shared->quit) {
        end_service(ends, 1, 2000);
        send_replies();
        if (shared->asked != shared->answered) {
            shared->rss_now = memory("VmRSS");
            shared->cpu_now = cpu();
            shared->answered = shared->asked;
        }
    }
    shared->peak = memory("VmHWM");
    shared->done = 1;
    _exit(0);
}

/* ---- client ---- */

static void client_takes(uint32_t from, const uint8_t *data, size_t len, bool bulk)
{
    (void)bulk;
    (void)from;
    (void)data;
    (void)len;
    answers++;
}

static void service(int timeout_us)
{
    end_service(ends, end_count, timeout_us);
}

static bool in_time(void)
{
    return now_ns() < give_up_ns;
}

static struct end *dial(int port)
{
    struct end *e = end_new(0, client_takes);

    ends[end_count++] = e;
    end_dial(e, port);
    return e;
}

static bool await_connection(const struct end *e)
{
    while (!end_connected(e) && in_time())
        service(1000);
    return end_connected(e);
}

static void snapshot(void)
{
    uint64_t end = now_ns() + 3000000000U;
    int wanted = ++shared->asked;

    while (shared->answered != wanted && now_ns() < end)
        service(1000);
}

static void stamp(uint8_t *message, uint64_t number)
{
    const struct header h = {number, now_ns()};

    memcpy(message, &h, sizeof h);
}

static void await_count(uint64_t count)
{
    while (shared->count < count && in_time())
        service(1000);
}

static void end_server(pid_t server)
{
    uint64_t end = now_ns() + 2000000000U;

    shared->quit = 1;
    while (!shared->done && now_ns() < end)
        service(1000);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

/* ---- the tests ---- */

struct run {
    int port;
    pid_t server;
    uint64_t n;
    size_t size;
    double third; /* SECS or MS */
    bool one_connection;
    bool cut_off;
    uint8_t *buf;
};

static int run_msg(struct run *r)
{
    uint64_t sent = 0;
    double cpu_begin = cpu();
    uint64_t begin = now_ns();
    double tx;
    double rx;
    double seconds;

    while (sent < r->n && in_time()) {
        int k = 0;

        for (; k < GROUP && sent < r->n; k++, sent++) {
            stamp(r->buf, sent);
            if (!end_send(ends[0], 0, r->buf, r->size))
                break;
        }
        service(k ? 0 : 1000);
    }
    await_count(r->n);
    tx = cpu() - cpu_begin;
    snapshot();
    rx = shared->cpu_now - shared->cpu_first;
    seconds = (double)(shared->last_ns - begin) / 1e9;
    end_server(r->server);
    printf("n=%lu size=%zu msgs_per_s=%.0f cpu_tx=%.2f cpu_rx=%.2f msgs_per_cpu_s=%.0f "
           "cap_per_s=%.0f misorder=%lu rss_tx_kb=%ld rss_rx_kb=%ld ok=%d\n",
           shared->count, r->size, (double)shared->count / seconds, tx, rx,
           (double)shared->count / (tx + rx), (double)shared->count / (tx > rx ? tx : rx),
           shared->misordered, memory("VmHWM"), shared->peak,
           shared->count == r->n && !shared->misordered);
    return 0;
}

static int run_rr(struct run *r)
{
    uint64_t *took = calloc(r->n, sizeof *took);
    double cpu_begin = cpu();
    uint64_t i = 0;

    for (; took && i < r->n && in_time(); i++) {
        uint64_t begin = now_ns();
        uint64_t before = answers;

        stamp(r->buf, i);
        while (!end_send(ends[0], 0, r->buf, r->size) && in_time())
            service(500);
        while (answers == before && in_time())
            service(2000);
        took[i] = now_ns() - begin;
    }
    snapshot();
    printf("n=%lu size=%zu p50_us=%.1f p99_us=%.1f min_us=%.1f cpu=%.2f ok=%d\n", i, r->size,
           quantile(took, i, .5, 1e3), quantile(took, i, .99, 1e3), quantile(took, i, 0, 1e3),
           cpu() - cpu_begin + shared->cpu_now - shared->cpu_first, i == r->n && answers >= r->n);
    free(took);
    return 0;
}

static int run_bulk(struct run *r)
{
    uint64_t total = r->n << 20;
    uint64_t sent = 0;
    uint64_t begin = now_ns();
    double cpu_begin = cpu();
    double tx;
    double rx;
    double seconds;

    if (r->cut_off)
        give_up_ns = begin + (uint64_t)(r->third * 1e9);
    while (sent < total && in_time()) {
        size_t left = total - sent < BULK_CHUNK ? (size_t)(total - sent) : BULK_CHUNK;
        size_t taken = end_write(ends[0], r->buf, left);

        sent += taken;
        if (taken < left)
            service(1000);
        else if (sent % (16 * BULK_CHUNK) == 0)
            service(0);
    }
    while (shared->bytes < sent && in_time())
        service(1000);
    tx = cpu() - cpu_begin;
    seconds = (double)((r->cut_off && !in_time() ? now_ns() : shared->last_ns) - begin) / 1e9;
    snapshot();
    rx = shared->cpu_now - shared->cpu_first;
    end_server(r->server);
    printf("mib=%.1f secs=%.2f MB_s=%.2f Mbit_s=%.2f cpu_tx=%.2f cpu_rx=%.2f MB_per_cpu_s=%.1f "
           "cap_MB_s=%.1f rss_tx_kb=%ld rss_rx_kb=%ld ok=%d\n",
           (double)shared->bytes / 1048576, seconds, (double)shared->bytes / seconds / 1e6,
           (double)shared->bytes * 8 / seconds / 1e6, tx, rx,
           (double)shared->bytes / (tx + rx) / 1e6,
           (double)shared->bytes / (tx > rx ? tx : rx) / 1e6, memory("VmHWM"), shared->peak,
           shared->bytes == total || r->cut_off);
    return 0;
}

/* Each time another identity dials, which has a key and a socket before it starts: none of them is
 * known to the server. */
static int run_setup(struct run *r)
{
    uint64_t *took = calloc(r->n, sizeof *took);
    double cpu_begin = cpu();
    uint64_t i = 0;

    while (took && i < r->n && in_time()) {
        struct end *e = end_new(0, client_takes);
        uint64_t begin = now_ns();

        ends[end_count++] = e;
        end_dial(e, r->port);
        if (!await_connection(e))
            break;
        stamp(r->buf, i);
        (void)end_send(e, 0, r->buf, PACED_SIZE);
        await_count(i + 1);
        if (shared->count < i + 1)
            break;
        took[i++] = shared->last_ns - begin;
        end_count = 0;
        end_free(e);
    }
    printf("n=%lu setup_p50_us=%.0f setup_p99_us=%.0f cpu_tx_per_us=%.0f ok=%d\n", i,
           quantile(took, i, .5, 1e3), quantile(took, i, .99, 1e3),
           (cpu() - cpu_begin) * 1e6 / (double)(i ? i : 1), i == r->n);
    free(took);
    return 0;
}

/* Delivery latencies that the server has noted. */
static void print_latencies(uint64_t sent)
{
    uint64_t n = shared->count < LATENCIES ? shared->count : LATENCIES;
    uint64_t *v = shared->latency;

    printf("n=%lu sent=%lu p50_ms=%.1f p90_ms=%.1f p99_ms=%.1f max_ms=%.1f ", n, sent,
           quantile(v, n, .5, 1e6), quantile(v, n, .9, 1e6), quantile(v, n, .99, 1e6),
           quantile(v, n, 1, 1e6));
}

static int run_paced(struct run *r)
{
    uint64_t gap = (uint64_t)((r->third > 0 ? r->third : 20) * 1e6);
    uint64_t next = now_ns();
    uint64_t sent = 0;

    while (sent < r->n && in_time()) {
        uint64_t now = now_ns();

        if (now >= next) {
            stamp(r->buf, sent);
            sent += end_send(ends[0], 0, r->buf, r->size);
            next += gap;
            service(0);
        } else {
            service((int)((next - now) / 1000));
        }
    }
    await_count(sent);
    print_latencies(sent);
    printf("ok=%d\n", shared->count == r->n && !shared->misordered);
    return 0;
}

static int run_mixed(struct run *r)
{
    struct end *chat = r->one_connection ? ends[0] : dial(r->port);
    uint64_t begin;
    uint64_t next;
    uint64_t stop;
    uint64_t sent = 0;
    uint64_t got;
    double seconds;

    if (!await_connection(chat)) {
        printf("ok=0 note=second-connection-failed\n");
        return 0;
    }
    begin = now_ns();
    next = begin + 200000000U;
    stop = begin + r->n * 1000000000U;
    while (now_ns() < stop) {
        uint64_t now = now_ns();

        if (now >= next) {
            stamp(r->buf, sent);
            sent += end_send(chat, 0, r->buf, PACED_SIZE);
            next += 20000000U;
            service(0);
        } else if (end_write(ends[0], r->buf, BULK_MIXED) == BULK_MIXED) {
            service(0);
        } else {
            uint64_t left = (next - now) / 1000;

            service(left > 1000 ? 1000 : (int)left);
        }
    }
    seconds = (double)(now_ns() - begin) / 1e9;
    got = shared->bytes;
    print_latencies(sent);
    printf("Mbit_s=%.2f ok=1\n", (double)got * 8 / seconds / 1e6);
    return 0;
}

static void wait_seconds(uint64_t seconds)
{
    uint64_t end = now_ns() + seconds * 1000000000U;

    while (now_ns() < end)
        service(2000);
}

static int run_idle(struct run *r)
{
    long rss = memory("VmRSS");
    uint64_t connected = 0;
    double client;
    double server;

    for (uint64_t i = 0; i < r->n && in_time(); i++) {
        struct end *e = dial(r->port);

        connected += await_connection(e);
        stamp(r->buf, i);
        (void)end_send(e, 0, r->buf, PACED_SIZE);
    }
    await_count(r->n);
    wait_seconds(1);
    snapshot();
    client = cpu();
    server = shared->cpu_now;
    wait_seconds(5);
    snapshot();
    printf("n=%lu connected=%lu delivered=%lu client_kb_per_conn=%.2f server_kb_per_conn=%.2f "
           "client_rss_kb=%ld server_rss_kb=%ld idle_cpu_client_pct=%.1f idle_cpu_server_pct=%.1f "
           "ok=%d\n",
           r->n, connected, shared->count, (double)(memory("VmRSS") - rss) / (double)r->n,
           (double)(shared->rss_now - shared->rss_first) / (double)r->n, memory("VmRSS"),
           shared->rss_now, (cpu() - client) / 5 * 100, (shared->cpu_now - server) / 5 * 100,
           connected == r->n && shared->count >= r->n);
    return 0;
}

static const struct {
    const char *name;
    enum kind kind;
    bool dials; /* one connection stands before it starts */
    int (*run)(struct run *r);
} tests[] = {
    {"msg", KIND_MSG, true, run_msg},        {"rr", KIND_RR, true, run_rr},
    {"bulk", KIND_BULK, true, run_bulk},     {"bulkt", KIND_BULK, true, run_bulk},
    {"setup", KIND_SETUP, false, run_setup}, {"paced", KIND_PACED, true, run_paced},
    {"mixed", KIND_MIXED, true, run_mixed},  {"mixed1", KIND_MIXED, true, run_mixed},
    {"idle", KIND_IDLE, false, run_idle},
};

/* ---- command line ---- */

struct arguments {
    const char *words[4];
    size_t count;
    int port, via;
    double wait;
};

static bool parse(int argc, char **argv, struct arguments *a)
{
    *a = (struct arguments){.port = 47000, .wait = 120};
    for (int i = 1; i < argc; i++) {
        bool option = strncmp(argv[i], "--", 2) == 0;

        if (option && i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--port") == 0)
            a->port = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--via") == 0)
            a->via = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--wait") == 0)
            a->wait = strtod(argv[++i], NULL);
        else if (option || a->count == sizeof a->words / sizeof *a->words)
            return false;
        else
            a->words[a->count++] = argv[i];
    }
    return a->count >= 2;
}

static int measure(size_t test, struct run *r)
{
    kind = tests[test].kind;
    r->one_connection = strcmp(tests[test].name, "mixed1") == 0;
    r->cut_off = strcmp(tests[test].name, "bulkt") == 0;
    printf("peer=hullo test=%s ", tests[test].name);
    fflush(stdout);
    r->server = fork();
    if (r->server == 0)
        serve(r->port);
    return r->server < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct arguments a;
    struct run r = {.size = PACED_SIZE};
    size_t test = 0;

    if (!parse(argc, argv, &a)) {
        fputs("usage: hullo-bench TEST ARG... [--port N] [--via N] [--wait SECONDS]\n", stderr);
        return 2;
    }
    while (test < sizeof tests / sizeof *tests && strcmp(tests[test].name, a.words[0]) != 0)
        test++;
    if (test == sizeof tests / sizeof *tests) {
        fprintf(stderr, "hullo-bench: %s: no such test\n", a.words[0]);
        return 2;
    }
    r.port = a.port;
    r.n = strtoull(a.words[1], NULL, 10);
    if (a.count > 2 && tests[test].kind != KIND_BULK)
        r.size = strtoul(a.words[2], NULL, 10);
    r.third = a.count > 3 ? strtod(a.words[3], NULL) : 0;
    if (tests[test].kind == KIND_BULK && a.count > 2)
        r.third = strtod(a.words[2], NULL);
    if (r.n == 0 || r.size < sizeof(struct header) || r.size > MESSAGE_MAX ||
        (tests[test].kind == KIND_IDLE && r.n > ENDS_MAX)) {
        fputs("hullo-bench: a number is out of range\n", stderr);
        return 2;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    r.buf = calloc(1, MESSAGE_MAX);
    if (shared == MAP_FAILED || !r.buf || measure(test, &r)) {
        perror("hullo-bench");
        return 1;
    }
    while (!shared->ready && waitpid(r.server, NULL, WNOHANG) == 0)
        usleep(1000);
    r.port = a.via ? a.via : a.port;
    give_up_ns = now_ns() + (uint64_t)(a.wait * 1e9);
    if (tests[test].dials && !await_connection(dial(r.port)))
        printf("ok=0 note=connect-failed\n");
    else
        tests[test].run(&r);
    fflush(stdout);
    if (!shared->done)
        end_server(r.server);
    free(r.buf);
    return 0;
}
