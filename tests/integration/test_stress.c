/* SPDX-License-Identifier: MIT */
/* Random use of the net module by many peers at once, stopped at a random moment.
 *
 * What must hold whatever happens: a message is reported once and at most once, a dial ends once,
 * a link is closed once and says nothing after that, and when all is stopped, no descriptor and
 * no thread is left. The seed of a failed run is in its message: HL_SEED=n repeats it. */
#include "await.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    STEPS = 600,
    LINKS_MAX = 4096,
    TOKENS_MAX = 8192,
    RAW_MAX = 16,
    ROUNDS = 12,
};

enum token_kind {
    TOKEN_SEND = 1,
    TOKEN_DIAL,     /* ends with CONNECTED or DIAL_FAILED */
    TOKEN_DIAL_UDP, /* ends with LOOKUP_DONE or DIAL_FAILED, CONNECTED before it */
    TOKEN_LOOKUP,   /* ends with LOOKUP_DONE */
};

struct link {
    struct hl_path path;
    bool open, closed;
    bool told;     /* settle() closed it */
    bool listener; /* or a datagram socket: closes when told to */
};

struct world {
    unsigned seed;
    uint64_t random;
    struct hl_net *net;
    struct link links[LINKS_MAX]; /* by number */
    hl_link top;
    uint8_t kinds[TOKENS_MAX]; /* by token */
    uint8_t answered[TOKENS_MAX];
    uint64_t tokens;
    size_t waiting; /* tokens that are not answered */
    struct hl_addr tcp[4], udp[4];
    hl_link udp_link[4];
    size_t tcp_count, udp_count;
    int raw[RAW_MAX]; /* plain sockets, connected to a listener */
    size_t raw_count;
};

static uint32_t draw(struct world *w, size_t below)
{
    w->random = w->random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((w->random >> 33) % below);
}

static size_t count_entries(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;

    cr_assert_not_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* ---- what the events must keep to ---- */

static struct link *link_of(struct world *w, const struct hl_path *p)
{
    cr_assert(p->link > 0 && p->link < LINKS_MAX, "seed %u: link %u", w->seed, p->link);
    return &w->links[p->link];
}

static void open_link(struct world *w, const struct hl_path *p, bool listener)
{
    struct link *l = link_of(w, p);

    cr_assert_not(l->open, "seed %u: link %u opened twice", w->seed, p->link);
    *l = (struct link){.path = *p, .open = true, .listener = listener};
    if (p->link > w->top)
        w->top = p->link;
}

static void answer(struct world *w, const struct hl_event *ev, bool last)
{
    cr_assert(ev->token > 0 && ev->token <= w->tokens, "seed %u: token of event %d", w->seed,
              (int)ev->kind);
    cr_assert_eq(w->answered[ev->token], 0, "seed %u: token %lu answered again by event %d",
                 w->seed, (unsigned long)ev->token, (int)ev->kind);
    if (last) {
        w->answered[ev->token] = 1;
        w->waiting--;
    }
}

static void about_link(struct world *w, const struct hl_event *ev)
{
    struct link *l = link_of(w, &ev->path);

    cr_assert(l->open, "seed %u: event %d of link %u before it was opened", w->seed, (int)ev->kind,
              ev->path.link);
    cr_assert_not(l->closed, "seed %u: event %d of link %u after its end", w->seed, (int)ev->kind,
                  ev->path.link);
    if (ev->kind == HL_EV_CLOSED)
        l->closed = true;
}

static void take(struct world *w, const struct hl_event *ev)
{
    switch (ev->kind) {
    case HL_EV_SENT:
    case HL_EV_FAILED:
        answer(w, ev, true);
        cr_assert_eq(w->kinds[ev->token], TOKEN_SEND);
        break;
    case HL_EV_CONNECTED:
        answer(w, ev, w->kinds[ev->token] == TOKEN_DIAL);
        if (w->kinds[ev->token] == TOKEN_DIAL)
            open_link(w, &ev->path, false);
        break;
    case HL_EV_DIAL_FAILED:
    case HL_EV_LOOKUP_DONE:
        answer(w, ev, true);
        break;
    case HL_EV_LOOKED_UP:
    case HL_EV_ALIAS:
    case HL_EV_TRYING:
    case HL_EV_TRY_FAILED:
        answer(w, ev, false);
        break;
    case HL_EV_ACCEPTED:
        open_link(w, &ev->path, false);
        break;
    case HL_EV_MESSAGE:
    case HL_EV_FINISHED:
    case HL_EV_CLOSED:
    case HL_EV_REFUSED:
    case HL_EV_DROPPED:
    case HL_EV_TOO_BIG:
    case HL_EV_WRITABLE:
        about_link(w, ev);
        break;
    case HL_EV_ADDRESSES:
        break;
    }
}

static void take_some(struct world *w, uint32_t most)
{
    struct hl_event ev;

    for (uint32_t i = 0; i < most && hl_net_next(w->net, &ev); i++)
        take(w, &ev);
}

/* ---- what is done at random ---- */

static uint64_t new_token(struct world *w, enum token_kind kind)
{
    w->kinds[++w->tokens] = (uint8_t)kind;
    w->waiting++;
    return w->tokens;
}

static void take_back(struct world *w, int err)
{
    if (err == 0)
        return;
    cr_assert_eq(err, HL_ERR_BUSY, "seed %u: %d", w->seed, err);
    w->tokens--;
    w->waiting--;
}

static hl_link any_link(struct world *w)
{
    return w->top == 0 ? 0 : 1 + draw(w, w->top);
}

static void do_listen(struct world *w)
{
    bool tcp = draw(w, 2) == 0;
    struct hl_endpoint e = listen_endpoint(tcp ? "tcp://127.0.0.1:0" : "127.0.0.1:0");
    struct hl_path p = {.transport = tcp ? HL_TCP : HL_UDP};

    if ((tcp ? w->tcp_count : w->udp_count) == 4)
        return;
    cr_assert_eq(hl_net_listen(w->net, &e, &p.link, &p.local), 0);
    open_link(w, &p, true);
    if (tcp) {
        w->tcp[w->tcp_count++] = p.local;
    } else {
        w->udp_link[w->udp_count] = p.link;
        w->udp[w->udp_count++] = p.local;
    }
}

static void do_dial(struct world *w)
{
    struct hl_dial d = {.timeout = HL_SECS(2)};
    char text[64];

    if (w->tcp_count == 0)
        return;
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", w->tcp[draw(w, w->tcp_count)].port);
    d.to = endpoint(draw(w, 8) == 0 ? "tcp://127.0.0.1:9" : text);
    take_back(w, hl_net_dial(w->net, &d, new_token(w, TOKEN_DIAL)));
}

static void do_dial_udp(struct world *w)
{
    struct hl_dial d = {.timeout = HL_SECS(2)};

    if (w->udp_count == 0)
        return;
    d.via = w->udp_link[draw(w, w->udp_count)];
    d.to = endpoint("127.0.0.1:9");
    take_back(w, hl_net_dial(w->net, &d, new_token(w, TOKEN_DIAL_UDP)));
}

static void do_lookup(struct world *w)
{
    struct hl_endpoint e = endpoint("127.0.0.1:7");

    take_back(w, hl_net_resolve(w->net, &e, HL_SECS(2), new_token(w, TOKEN_LOOKUP)));
}

/* Text for any link, and where to. False if there is no link. */
static bool draw_message(struct world *w, struct hl_path *p, const char **text, size_t *len)
{
    static char bytes[HL_TEXT_MAX];
    hl_link link = any_link(w);

    *text = bytes;
    *len = draw(w, 4) == 0 ? 1 + draw(w, sizeof(bytes)) : 1 + draw(w, 100);
    if (link == 0)
        return false;
    memset(bytes, 'x', *len);
    bytes[*len - 1] = '\n';
    *p = w->links[link].path;
    p->link = link;
    if (p->transport == HL_UDP)
        p->remote = draw(w, 2) == 0 || w->udp_count == 0
                        ? (struct hl_addr){.family = HL_AF_INET, .port = 9, .ip = {127, 0, 0, 1}}
                        : w->udp[draw(w, w->udp_count)];
    return true;
}

static void do_send(struct world *w)
{
    struct hl_path p;
    const char *text;
    size_t len;

    if (draw_message(w, &p, &text, &len))
        take_back(w, hl_net_send(w->net, &p, new_token(w, TOKEN_SEND), text, len));
}

static void do_transmit(struct world *w)
{
    struct hl_net_transmit t = {.segment = draw(w, 3000)};
    struct hl_path p;
    const char *text;

    if (!draw_message(w, &p, &text, &t.len))
        return;
    t.path = &p;
    t.data = text;
    (void)!hl_net_transmit(w->net, &t); /* whatever the moment permits */
}

static void do_finish(struct world *w)
{
    hl_link link = any_link(w);

    cr_assert_eq(hl_net_finish(w->net, link), 0);
}

static void do_close(struct world *w)
{
    hl_link link = any_link(w);

    if (link != 0 && (!w->links[link].listener || draw(w, 40) == 0))
        cr_assert_eq(hl_net_close(w->net, link), 0);
}

static void do_cancel(struct world *w)
{
    cr_assert_eq(hl_net_cancel(w->net, w->tokens - draw(w, 4)), 0);
}

static void raw_connect(struct world *w)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd;

    if (w->tcp_count == 0 || w->raw_count == RAW_MAX)
        return;
    a.sin_port = htons(w->tcp[draw(w, w->tcp_count)].port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_geq(fd, 0);
    (void)!connect(fd, (struct sockaddr *)&a, sizeof(a));
    w->raw[w->raw_count++] = fd;
}

static void raw_talk(struct world *w)
{
    char text[3000];
    size_t i;

    if (w->raw_count == 0)
        return;
    i = draw(w, w->raw_count);
    memset(text, 'y', sizeof(text));
    text[draw(w, sizeof(text))] = '\n';
    if (draw(w, 2) == 0)
        (void)!recv(w->raw[i], text, sizeof(text), MSG_DONTWAIT);
    else
        (void)!send(w->raw[i], text, 1 + draw(w, sizeof(text)), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (draw(w, 8) == 0)
        shutdown(w->raw[i], SHUT_WR);
}

/* Gracefully, or with a reset. */
static void raw_close(struct world *w)
{
    struct linger reset = {.l_onoff = 1};
    size_t i;

    if (w->raw_count == 0)
        return;
    i = draw(w, w->raw_count);
    if (draw(w, 2) == 0)
        setsockopt(w->raw[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(w->raw[i]);
    w->raw[i] = w->raw[--w->raw_count];
}

static void do_take(struct world *w)
{
    take_some(w, draw(w, 64));
}

static void step(struct world *w)
{
    static void (*const deeds[])(struct world *) = {
        do_listen,   do_dial,  do_dial,   do_dial_udp, do_lookup, do_send,     do_send,
        do_send,     do_send,  do_finish, do_close,    do_cancel, do_transmit, do_transmit,
        raw_connect, raw_talk, raw_talk,  raw_close,   do_take,   do_take,
    };

    if (w->tokens + 1 < TOKENS_MAX)
        deeds[draw(w, sizeof(deeds) / sizeof(deeds[0]))](w);
}

/* ---- runs ---- */

static void start(struct world *w, unsigned seed)
{
    struct hl_net_config config = {.send_gap = seed % 3 == 0 ? 50 : 0,
                                   .segments = seed % 2 == 0,
                                   .no_offload = seed % 4 == 0,
                                   .framed = seed % 5 == 0,
                                   .close_patience = HL_MS(300)};

    memset(w, 0, sizeof(*w));
    w->seed = seed;
    w->random = seed;
    cr_assert_eq(hl_net_start(&config, &w->net), 0);
}

static bool all_closed(const struct world *w)
{
    for (hl_link i = 1; i <= w->top; i++) {
        if (w->links[i].open && !w->links[i].closed)
            return false;
    }
    return true;
}

/* A link that was not announced yet cannot be closed, so this is done as they come. */
static void close_all(struct world *w)
{
    for (hl_link i = 1; i <= w->top; i++) {
        if (w->links[i].open && !w->links[i].told)
            cr_assert_eq(hl_net_close(w->net, i), 0);
        w->links[i].told = w->links[i].open;
    }
}

/* Closes all there is; nothing may be left open or unanswered. */
static void settle(struct world *w)
{
    hl_time deadline = hl_clock_now() + HL_MS(AWAIT_MS);

    while (w->raw_count > 0)
        raw_close(w);
    while (w->waiting > 0 || !all_closed(w)) {
        struct pollfd p = {.fd = hl_net_fd(w->net), .events = POLLIN};

        cr_assert_lt(hl_clock_now(), deadline, "seed %u: %zu tokens unanswered, all closed: %d",
                     w->seed, w->waiting, all_closed(w));
        close_all(w);
        poll(&p, 1, 50);
        take_some(w, 1000);
    }
}

static void stop(struct world *w)
{
    hl_net_stop(w->net, draw(w, 2) == 0 ? 0 : HL_MS(5));
    for (size_t i = 0; i < w->raw_count; i++)
        close(w->raw[i]);
}

static unsigned first_seed(void)
{
    const char *given = getenv("HL_SEED");

    return given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)hl_clock_now();
}

/* A joined thread may still be listed for a moment. */
static void expect_left(unsigned seed, size_t fds, size_t threads)
{
    hl_time deadline = hl_clock_now() + HL_MS(AWAIT_MS);

    while (count_entries("/proc/self/task") > threads && hl_clock_now() < deadline)
        poll(NULL, 0, 1);
    cr_assert_eq(count_entries("/proc/self/task"), threads, "seed %u: threads", seed);
    cr_assert_eq(count_entries("/proc/self/fd"), fds, "seed %u: descriptors", seed);
}

static void run(unsigned seed, bool to_the_end)
{
    static struct world w;
    size_t fds = count_entries("/proc/self/fd");
    size_t threads = count_entries("/proc/self/task");
    uint32_t steps;

    start(&w, seed);
    steps = to_the_end ? STEPS : draw(&w, STEPS);
    for (uint32_t i = 0; i < steps; i++)
        step(&w);
    if (to_the_end)
        settle(&w);
    stop(&w);
    expect_left(seed, fds, threads);
}

Test(stress, everything_is_answered_and_closed_once)
{
    unsigned seed = first_seed();

    for (unsigned i = 0; i < ROUNDS; i++)
        run(seed + i, true);
}

Test(stress, stops_at_any_moment)
{
    unsigned seed = first_seed();

    for (unsigned i = 0; i < 10 * ROUNDS; i++)
        run(seed + i, false);
}
