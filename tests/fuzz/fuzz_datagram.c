/* SPDX-License-Identifier: MIT */
/* Hostile datagrams for a node with two live sessions and a handshake under way. The input is a
 * script of steps: raw bytes from anywhere, true datagrams with some bytes changed, time, and the
 * owner's doings. Nothing but true messages may be shown, once each and in order, and nobody who
 * does not belong here may be sent more than he sent.
 *
 * The handshakes are done once: their cost would leave little time for anything else. All that the
 * nodes hold lies in an arena, which is put back as it was before each script. */
#include "fuzz.h"
#include "node.h"
#include "whole.h"

#include <sanitizer/asan_interface.h>

/* ---- the arena ---- */

enum {
    ARENA = 1 << 20,
    BLOCKS = 4096,
    GAP = 32,
};

struct block {
    size_t at, size;
    bool live;
};

static _Alignas(16) uint8_t arena[ARENA], arena_then[ARENA];
static struct block blocks[BLOCKS], blocks_then[BLOCKS];
static size_t used, used_then;
static unsigned count, count_then;
static uint64_t random_state = 88172645463325252U, random_then;

static void *resize(void *user, void *at, size_t size)
{
    struct block *old = NULL;
    uint8_t *new = NULL;

    (void)user;
    for (unsigned i = count; at && i-- > 0;)
        if (arena + blocks[i].at == at)
            old = &blocks[i];
    FUZZ_CHECK(!at || (old && old->live));
    if (size) {
        if (count == BLOCKS || used + size + 2 * GAP > ARENA)
            return NULL;
        blocks[count] = (struct block){.at = used, .size = size, .live = true};
        new = arena + used;
        used += (size + GAP + 15) / 16 * 16;
        ASAN_UNPOISON_MEMORY_REGION(new, size);
        if (old)
            memcpy(new, at, old->size < size ? old->size : size);
        count++;
    }
    if (old) {
        old->live = false;
        ASAN_POISON_MEMORY_REGION(at, old->size);
    }
    return new;
}

static void draw(void *user, void *out, size_t len)
{
    uint8_t *p = out;

    (void)user;
    for (size_t i = 0; i < len; i++) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        p[i] = (uint8_t)(random_state >> 32);
    }
}

static void keep(void)
{
    ASAN_UNPOISON_MEMORY_REGION(arena, ARENA);
    memcpy(arena_then, arena, ARENA);
    memcpy(blocks_then, blocks, sizeof blocks);
    used_then = used;
    count_then = count;
    random_then = random_state;
}

static void put_back(void)
{
    ASAN_UNPOISON_MEMORY_REGION(arena, ARENA);
    memcpy(arena, arena_then, used > used_then ? used : used_then);
    memcpy(blocks, blocks_then, sizeof blocks[0] * count_then);
    used = used_then;
    count = count_then;
    random_state = random_then;
    ASAN_POISON_MEMORY_REGION(arena, ARENA);
    for (unsigned i = 0; i < count; i++)
        if (blocks[i].live)
            ASAN_UNPOISON_MEMORY_REGION(arena + blocks[i].at, blocks[i].size);
}

/* ---- the nodes ---- */

static const struct hl_env env = {.resize = resize, .random = draw};

enum {
    NODES = 3, /* 0 is attacked; 1 has a session with it, 2 is being called by it */
    CAUGHT = 64,
};

struct caught {
    uint8_t *bytes;
    size_t len;
};

static struct hl_node *nodes[NODES];
static hl_time now, now_then;
static struct caught caught[CAUGHT]; /* true datagrams for node 0 that wait */
static unsigned caught_count;
static unsigned said, shown;             /* messages of 1 to 0 */
static uint64_t foreign_in, foreign_out; /* bytes from and to addresses of nobody */
static uint8_t buf[HL_NODE_BATCH];

static struct hl_path path_of(uint8_t host)
{
    struct hl_path p = {.link = 1, .transport = HL_UDP};

    p.remote = (struct hl_addr){.family = HL_AF_INET, .port = 4855};
    memcpy(p.remote.ip, (uint8_t[]){192, 0, 2, host}, 4);
    return p;
}

static void give(unsigned to, const struct hl_path *from, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    memcpy(copy, bytes, len);
    hl_node_recv(nodes[to], now, from, copy, len);
    for (struct hl_node_event ev; hl_node_event(nodes[to], now, &ev);) {
        unsigned number;

        if (to != 0 || ev.kind != HL_NODE_FLOW || ev.flow.kind != HL_FLOW_MESSAGE)
            continue;
        FUZZ_CHECK(ev.peer == 1 && ev.flow.len == sizeof number);
        memcpy(&number, ev.flow.data, sizeof number);
        FUZZ_CHECK(number == shown++ && number < said);
    }
    free(copy);
}

/* One after another, as the owner would; what goes to node 0 is caught first. */
static void flush(void)
{
    for (unsigned i = 0, quiet = 0; quiet < NODES; i = (i + 1) % NODES) {
        struct hl_transmit t;
        struct hl_path from = path_of((uint8_t)i);
        unsigned to;

        if (!hl_node_poll(nodes[i], now, buf, sizeof buf, &t)) {
            quiet++;
            continue;
        }
        quiet = 0;
        to = t.path.remote.ip[3];
        for (size_t at = 0, len; at < t.len; at += len) {
            len = t.segment && t.len - at > t.segment ? t.segment : t.len - at;
            if (to >= NODES) {
                foreign_out += len;
                continue;
            }
            if (to == 0 && caught_count < CAUGHT) {
                caught[caught_count].bytes = malloc(len);
                memcpy(caught[caught_count].bytes, t.data + at, len);
                caught[caught_count++].len = len;
            } else if (to != 0) {
                give(to, &from, t.data + at, len);
            }
        }
    }
}

static void deliver(unsigned i, const struct hl_path *from)
{
    struct caught c = caught[i];

    memmove(&caught[i], &caught[i + 1], (--caught_count - i) * sizeof c);
    give(0, from, c.bytes, c.len);
    free(c.bytes);
}

static void say(void)
{
    const struct hl_command c = {.kind = HL_CMD_SEND,
                                 .peer = 1,
                                 .stream = HL_STREAM_CHAT,
                                 .data = (const uint8_t *)&said,
                                 .len = sizeof said};

    if (hl_node_command(nodes[1], now, &c) == 0)
        said++;
}

static void set_up(void)
{
    now = HL_SECS(1000);
    for (unsigned i = 0; i < NODES; i++) {
        struct hl_node_config config = {.env = &env, .datagram = 1452};

        draw(NULL, config.secret, sizeof config.secret);
        FUZZ_CHECK(hl_node_new(&config, now, &nodes[i]) == 0);
    }
    for (unsigned i = 1; i < NODES; i++) {
        struct hl_command to = {.kind = HL_CMD_PEER, .peer = i, .key = hl_node_key(nodes[i])};
        struct hl_command from = {.kind = HL_CMD_PEER, .peer = 1, .key = hl_node_key(nodes[0])};

        FUZZ_CHECK(hl_node_command(nodes[0], now, &to) == 0);
        FUZZ_CHECK(hl_node_command(nodes[i], now, &from) == 0);
        to = (struct hl_command){.kind = HL_CMD_PATH, .peer = i, .path = path_of((uint8_t)i)};
        FUZZ_CHECK(hl_node_command(nodes[0], now, &to) == 0);
        for (unsigned rounds = 0; i == 1 && rounds < 10; rounds++) {
            struct hl_path home = path_of(1);

            flush();
            while (caught_count)
                deliver(0, &home);
            now += HL_MS(1);
        }
    }
    flush();
    FUZZ_CHECK(nodes[0]->sessions == 1 && caught_count > 0);
    now_then = now;
    keep();
}

/* ---- the script ---- */

struct script {
    const uint8_t *at;
    size_t left;
};

static uint8_t next(struct script *s)
{
    if (s->left == 0)
        return 0;
    s->left--;
    return *s->at++;
}

static struct hl_path somewhere(struct script *s)
{
    uint8_t host = next(s);
    struct hl_path p = path_of(host);

    if (host & 0x80) {
        p.remote.family = HL_AF_INET6;
        p.remote.ip[4] = next(s);
    }
    return p;
}

/* Bytes that the script holds itself. */
static void step_raw(struct script *s)
{
    struct hl_path from = somewhere(s);
    size_t len = next(s);

    len = len < s->left ? len : s->left;
    if (from.remote.ip[3] >= NODES)
        foreign_in += len;
    give(0, &from, s->at, len);
    s->at += len;
    s->left -= len;
}

/* A true datagram, changed. */
static void step_changed(struct script *s)
{
    struct hl_path from = somewhere(s);
    unsigned which = next(s);
    unsigned changes = next(s) % 4;
    struct caught *c;
    uint8_t *copy;
    size_t len;

    if (caught_count == 0)
        return;
    c = &caught[which % caught_count];
    copy = malloc(c->len);
    memcpy(copy, c->bytes, c->len);
    len = c->len;
    while (changes-- > 0) {
        size_t at = next(s) % len;

        copy[at] ^= next(s);
    }
    if (next(s) & 1)
        len -= next(s) % len;
    if (from.remote.ip[3] >= NODES)
        foreign_in += len;
    give(0, &from, copy, len);
    free(copy);
}

static void step_true(struct script *s)
{
    unsigned which = next(s);
    struct hl_path from = path_of(1);

    if (next(s) & 1)
        from = somewhere(s);
    if (caught_count == 0)
        return;
    if (from.remote.ip[3] >= NODES)
        foreign_in += caught[which % caught_count].len;
    deliver(which % caught_count, &from);
}

static void step_owner(struct script *s)
{
    struct hl_command c = {.kind = (enum hl_command_kind)(next(s) % (HL_CMD_KEEPALIVE + 1)),
                           .peer = next(s) % 4,
                           .stream = next(s) % 8,
                           .code = next(s) % 16,
                           .on = next(s) & 1,
                           .interval = HL_MS(next(s)),
                           .path = path_of(1 + next(s) % 2),
                           .data = s->at,
                           .len = s->left < 20 ? s->left : 20};

    if (c.kind != HL_CMD_PAIRING && c.kind != HL_CMD_TOO_BIG)
        (void)!hl_node_command(nodes[0], now, &c);
}

static void run(struct script *s)
{
    while (s->left) {
        switch (next(s) % 6) {
        case 0:
            step_raw(s);
            break;
        case 1:
            step_changed(s);
            break;
        case 2:
            step_true(s);
            break;
        case 3:
            now += HL_MS(1) << next(s) % 18;
            break;
        case 4:
            say();
            break;
        case 5:
            step_owner(s);
            break;
        }
        flush();
        FUZZ_CHECK(foreign_out <= foreign_in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static bool ready;
    struct script s = {data, len};

    if (!ready) {
        set_up();
        ready = true;
    } else {
        put_back();
    }
    while (caught_count)
        free(caught[--caught_count].bytes);
    now = now_then;
    said = shown = 0;
    foreign_in = foreign_out = 0;
    run(&s);
    return 0;
}
