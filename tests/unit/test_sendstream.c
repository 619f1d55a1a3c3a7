/* SPDX-License-Identifier: MIT */
#include "err.h"
#include "memory.h"
#include "recvstream.h"
#include "sendstream.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct memory memory;
static struct hl_sendstream s;
static uint8_t text[6 << 20]; /* byte i of a byte stream */
static uint8_t seen[6 << 20];

static void setup(void)
{
    memory_init(&memory);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7 + i / 251);
    hl_sendstream_init(&s, 2, false);
}

static void teardown(void)
{
    hl_sendstream_fini(&s, &memory.env);
    if (memory.blocks)
        abort();
}

TestSuite(sendstream, .init = setup, .fini = teardown);

static void messages(void)
{
    hl_sendstream_fini(&s, &memory.env);
    hl_sendstream_init(&s, 1, true);
}

/* Sends at most max bytes of what is due; the piece is what was sent. */
static struct hl_sendpiece leave(size_t max)
{
    struct hl_sendpiece piece;

    cr_assert(hl_sendstream_next(&s, &piece));
    cr_assert_geq(piece.offset, s.una);
    cr_assert_leq(piece.offset + piece.len, s.end);
    if (piece.len > max) {
        piece.len = max;
        piece.fin = false;
    }
    hl_sendstream_copy(&s, piece.offset, piece.len, seen + piece.offset);
    hl_sendstream_sent(&s, &memory.env, &piece);
    return piece;
}

static bool idle(void)
{
    struct hl_sendpiece piece;
    bool none = !hl_sendstream_next(&s, &piece);

    cr_assert_eq(none, !hl_sendstream_ready(&s));
    return none;
}

static void acked(uint64_t offset, size_t len)
{
    const struct hl_sendpiece piece = {.offset = offset, .len = len};

    hl_sendstream_acked(&s, &memory.env, &piece);
}

static void lost(uint64_t offset, size_t len)
{
    const struct hl_sendpiece piece = {.offset = offset, .len = len};

    hl_sendstream_lost(&s, &memory.env, &piece);
}

static ptrdiff_t write_some(size_t len, bool fin)
{
    return hl_sendstream_write(&s, &memory.env, text + s.end, len, fin);
}

/* ---- bytes ---- */

Test(sendstream, bytes_leave_in_order_and_are_let_go)
{
    struct hl_sendpiece piece;

    cr_assert(idle());
    cr_assert_eq(write_some(1000, false), 1000);
    piece = leave(600);
    cr_assert(piece.offset == 0 && piece.len == 600);
    piece = leave(600);
    cr_assert(piece.offset == 600 && piece.len == 400);
    cr_assert(idle());
    cr_assert_not(hl_sendstream_empty(&s));
    acked(0, 600);
    acked(600, 400);
    cr_assert(hl_sendstream_empty(&s));
    cr_assert_eq(memcmp(seen, text, 1000), 0);
    hl_sendstream_compact(&s, &memory.env);
    cr_assert_eq(memory.blocks, 0);
    cr_assert_eq(hl_sendstream_memory(&s), 0);
}

Test(sendstream, what_is_lost_goes_first)
{
    struct hl_sendpiece piece;

    write_some(5000, false);
    for (int i = 0; i < 4; i++)
        leave(1000);
    lost(1000, 1000);
    piece = leave(400);
    cr_assert(piece.offset == 1000 && piece.len == 400);
    piece = leave(SIZE_MAX);
    cr_assert(piece.offset == 1400 && piece.len == 600);
    piece = leave(SIZE_MAX);
    cr_assert(piece.offset == 4000 && piece.len == 1000);
    cr_assert(idle());
}

Test(sendstream, what_is_acknowledged_is_not_lost)
{
    struct hl_sendpiece piece;

    write_some(5000, false);
    leave(5000);
    acked(1000, 1000);
    acked(3000, 500);
    lost(0, 5000);
    piece = leave(SIZE_MAX);
    cr_assert(piece.offset == 0 && piece.len == 1000);
    acked(0, 1000);
    cr_assert_eq(s.una, 2000);
    acked(2000, 500); /* a copy that was late: the rest of its range is still lost */
    piece = leave(SIZE_MAX);
    cr_assert(piece.offset == 2500 && piece.len == 500);
    piece = leave(SIZE_MAX);
    cr_assert(piece.offset == 3500 && piece.len == 1500);
    cr_assert(idle());
}

Test(sendstream, an_acknowledgement_may_span_others)
{
    write_some(100, false);
    leave(SIZE_MAX);
    acked(10, 10);
    acked(30, 10);
    acked(0, 35);
    cr_assert_eq(s.una, 40);
}

Test(sendstream, a_repeat_leaves_out_what_is_there)
{
    struct hl_sendpiece piece;

    write_some(3000, false);
    leave(2000);
    acked(500, 500);
    cr_assert(hl_sendstream_repeat(&s, 0, &piece));
    cr_assert(piece.offset == 0 && piece.len == 500);
    cr_assert(hl_sendstream_repeat(&s, 500, &piece));
    cr_assert(piece.offset == 1000 && piece.len == 2000);
    cr_assert_not(hl_sendstream_repeat(&s, 3000, &piece));
}

Test(sendstream, the_peer_sets_a_limit)
{
    struct hl_sendpiece piece;

    write_some(HL_WINDOW_INITIAL + 10, true);
    piece = leave(SIZE_MAX);
    cr_assert_eq(piece.len, HL_WINDOW_INITIAL);
    cr_assert_not(piece.fin);
    cr_assert(idle());
    s.limit += 5;
    piece = leave(SIZE_MAX);
    cr_assert(piece.len == 5 && !piece.fin);
    s.limit += 100;
    piece = leave(SIZE_MAX);
    cr_assert(piece.len == 5 && piece.fin);
}

Test(sendstream, the_end_may_come_alone_and_be_lost)
{
    struct hl_sendpiece piece;
    uint64_t token = 0;

    write_some(10, false);
    leave(SIZE_MAX);
    s.fin_token = 7;
    cr_assert_eq(write_some(0, true), 0);
    piece = leave(SIZE_MAX);
    cr_assert(piece.offset == 10 && piece.len == 0 && piece.fin);
    cr_assert(idle());
    hl_sendstream_lost(&s, &memory.env, &piece);
    piece = leave(SIZE_MAX);
    cr_assert(piece.len == 0 && piece.fin);
    hl_sendstream_acked(&s, &memory.env, &piece);
    cr_assert_not(hl_sendstream_token(&s, &token));
    acked(0, 10);
    cr_assert(hl_sendstream_token(&s, &token));
    cr_assert_eq(token, 7);
    cr_assert_not(hl_sendstream_token(&s, &token));
    cr_assert(hl_sendstream_empty(&s));
}

Test(sendstream, a_full_stream_tells_when_half_is_free)
{
    s.limit = UINT32_MAX;
    cr_assert_eq(write_some(HL_SENDSTREAM_BYTES - 10, false), HL_SENDSTREAM_BYTES - 10);
    cr_assert_not(hl_sendstream_writable(&s));
    cr_assert_eq(write_some(20, true), 10);
    cr_assert_eq(s.fin, HL_SEND_NONE);
    cr_assert_eq(write_some(20, true), 0);
    leave(SIZE_MAX);
    acked(0, HL_SENDSTREAM_BYTES / 2 - 1);
    cr_assert_not(hl_sendstream_writable(&s));
    acked(0, HL_SENDSTREAM_BYTES / 2);
    cr_assert(hl_sendstream_writable(&s));
    cr_assert_not(hl_sendstream_writable(&s));
    cr_assert_eq(memcmp(seen, text, HL_SENDSTREAM_BYTES), 0);
}

Test(sendstream, a_reset_forgets_the_bytes)
{
    write_some(1000, true);
    leave(300);
    hl_sendstream_give_up(&s, &memory.env, 9);
    cr_assert(idle());
    cr_assert_eq(s.nxt, 300);
    cr_assert_eq(memory.blocks, 0);
    acked(0, 300);
    lost(0, 300);
    cr_assert(idle());
}

/* ---- messages ---- */

static int put(size_t len, uint64_t token)
{
    return hl_sendstream_message(&s, &memory.env, text, len, token);
}

Test(sendstream, tokens_come_back_when_a_message_is_there_whole)
{
    uint64_t token = 0;

    messages();
    cr_assert_eq(put(10, 1), 0);
    cr_assert_eq(put(10, 0), 0);
    cr_assert_eq(put(100, 3), 0);
    leave(SIZE_MAX);
    acked(11, 11);
    cr_assert_not(hl_sendstream_token(&s, &token));
    acked(0, 10);
    cr_assert_not(hl_sendstream_token(&s, &token));
    acked(10, 1);
    cr_assert(hl_sendstream_token(&s, &token));
    cr_assert_eq(token, 1);
    cr_assert_not(hl_sendstream_token(&s, &token));
    acked(22, 102);
    cr_assert(hl_sendstream_token(&s, &token));
    cr_assert_eq(token, 3);
    cr_assert(hl_sendstream_empty(&s));
}

Test(sendstream, a_message_is_kept_until_all_of_it_is_there)
{
    messages();
    put(10, 0);
    put(1000, 0);
    put(10, 0);
    leave(SIZE_MAX);
    acked(0, 500);
    cr_assert_eq(s.head, 11);
    acked(500, 513);
    cr_assert_eq(s.head, 11 + 1002);
}

Test(sendstream, too_much_waits)
{
    size_t count = 0;

    messages();
    while (put(HL_SENDSTREAM_MESSAGES / 16, 0) == 0)
        count++;
    cr_assert_eq(count, 15);
    cr_assert_eq(put(HL_SENDSTREAM_MESSAGES / 16, 0), HL_ERR_BUSY);
    s.limit = UINT32_MAX;
    leave(SIZE_MAX);
    cr_assert_not(hl_sendstream_writable(&s));
    acked(0, s.end);
    cr_assert(hl_sendstream_writable(&s));
}

Test(sendstream, too_many_tokens_wait)
{
    messages();
    for (uint64_t i = 1; i <= HL_SENDSTREAM_TOKENS; i++)
        cr_assert_eq(put(1, i), 0);
    cr_assert_eq(put(1, 0), HL_ERR_BUSY);
}

Test(sendstream, another_life_gets_whole_messages)
{
    struct hl_sendstream next;
    uint64_t token = 0;

    messages();
    hl_sendstream_init(&next, 1, true);
    put(10, 1);
    put(1000, 2);
    put(5000, 0);
    put(20, 4);
    leave(2000);
    acked(0, 300); /* the first whole, the second in part */
    cr_assert_eq(hl_sendstream_inherit(&next, &memory.env, &s), 0);
    cr_assert_eq(next.end, 1002 + 5002 + 21);
    cr_assert(hl_sendstream_token(&next, &token));
    cr_assert_eq(token, 1);
    cr_assert_not(hl_sendstream_token(&next, &token));
    next.una = next.head = 1002;
    cr_assert(hl_sendstream_token(&next, &token));
    cr_assert_eq(token, 2);
    hl_sendstream_copy(&next, 1002 + 2, 5000, seen);
    cr_assert_eq(memcmp(seen, text, 5000), 0);
    hl_sendstream_fini(&next, &memory.env);
}

/* ---- against the obvious ---- */

enum {
    SIZE = 40000,
    PIECES = 64,
};

static uint64_t state;

static uint64_t below(uint64_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % n;
}

/* Pieces fly, land and get lost at random; what came to lie at the peer is what was written. */
static void random_walk(uint64_t seed, long allowed)
{
    struct hl_sendpiece fly[PIECES];
    unsigned flying = 0;
    bool fin = false;

    state = seed;
    memset(seen, 0, SIZE);
    for (unsigned steps = 0; !(fin && hl_sendstream_empty(&s)); steps++) {
        cr_assert_lt(steps, 200000, "seed %u: stuck", (unsigned)seed);
        if (s.end < SIZE && below(3) == 0) {
            size_t len = below(SIZE - s.end) + 1;

            memory.allowed = -1;
            cr_assert_eq(write_some(len, s.end + len == SIZE), (ptrdiff_t)len);
            fin = s.end == SIZE;
        }
        memory.allowed = allowed;
        if (flying < PIECES && !idle() && below(2))
            fly[flying++] = leave(below(900) + 1);
        if (flying && (below(2) || flying == PIECES)) {
            unsigned i = (unsigned)below(flying);

            if (below(3) == 0)
                hl_sendstream_lost(&s, &memory.env, &fly[i]);
            else
                hl_sendstream_acked(&s, &memory.env, &fly[i]);
            fly[i] = fly[--flying];
        }
    }
    cr_assert_eq(s.una, SIZE);
    cr_assert_eq(memcmp(seen, text, SIZE), 0, "seed %u", (unsigned)seed);
}

Test(sendstream, random_loss_and_order)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        hl_sendstream_fini(&s, &memory.env);
        hl_sendstream_init(&s, 2, false);
        random_walk(seed, -1);
    }
}

/* Without memory for ranges more is sent again than must be, and nothing is forgotten. */
Test(sendstream, random_loss_without_memory)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        hl_sendstream_fini(&s, &memory.env);
        hl_sendstream_init(&s, 2, false);
        random_walk(seed, 0);
    }
}

Test(sendstream, without_memory_nothing_is_taken)
{
    memory.allowed = 0;
    cr_assert_eq(write_some(100, true), -ENOMEM);
    cr_assert(idle());
    messages();
    memory.allowed = 0;
    cr_assert_eq(put(10, 1), -ENOMEM);
    memory.allowed = 1; /* the bytes have room, the token has not */
    cr_assert_eq(put(10, 1), -ENOMEM);
    cr_assert(idle());
    memory.allowed = -1;
    cr_assert_eq(put(10, 1), 0);
}
