/* SPDX-License-Identifier: MIT */
/* A messenger whose contact has another key now, and a peer without a messenger that has it: which
 * asks for all that the old key was told. */
#include "envelope.h"
#include "err.h"
#include "homes.h"
#include "secure.h"

#include <stdio.h>
#include <string.h>

enum {
    EVERYTHING = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
    SAID = 3, /* to the old key */
};

static char home[HOME_PATH];
static struct front a;

/* The peer: answers whoever calls. */
static struct {
    struct hl_secure *s;
    uint16_t port;
    uint32_t peer;
    bool up;
    uint64_t entries, none; /* that it was sent; numbers that it was told not to be */
} raw;

static void raw_start(unsigned number, uint16_t port)
{
    struct hl_secure_config config = {.pairing = true, .owner_repeats = true};
    struct hl_endpoint e;
    struct hl_addr bound;
    char text[32];
    hl_link link;

    memset(&raw, 0, sizeof raw);
    home_secret(config.secret, number);
    cr_assert_eq(hl_secure_start(&config, &raw.s), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    cr_assert_eq(hl_endpoint_parse_listen(text, &e), 0);
    cr_assert_eq(hl_net_listen(hl_secure_net(raw.s), &e, &link, &bound), 0);
    raw.port = bound.port;
}

static void raw_say(const struct hl_envelope *e)
{
    uint8_t bytes[64];
    const struct hl_bytes envelope = {bytes, hl_envelope_put(bytes, sizeof bytes, e)};

    cr_assert_gt(envelope.len, 0);
    cr_assert_eq(hl_secure_send(raw.s, raw.peer, HL_STREAM_CHAT, 0, &envelope), 0);
}

/* Takes what there is. True, for conditions. */
static bool raw_take(void)
{
    struct hl_secure_event ev;
    struct hl_envelope e;

    while (hl_secure_next(raw.s, &ev)) {
        if (ev.kind == HL_SEC_UP) {
            raw.up = true;
            raw.peer = ev.peer;
            raw_say(&(struct hl_envelope){.kind = HL_ENVELOPE_HELLO, .seq = 1});
        }
        if (ev.kind != HL_SEC_MESSAGE || hl_envelope_get(&e, ev.data, ev.len) != 0)
            continue;
        raw.none += e.kind == HL_ENVELOPE_NONE ? e.count : 0;
        raw.entries += e.kind == HL_ENVELOPE_ENTRY;
    }
    return true;
}

static void set_up(void)
{
    home_make(home);
    front_open(&a, home, 1, EVERYTHING);
}

static void tear_down(void)
{
    front_close(&a, 0);
    if (raw.s)
        hl_secure_stop(raw.s, 0);
    home_remove(home);
}

TestSuite(messenger_key, .init = set_up, .fini = tear_down, .timeout = 100);

/* It has what it was sent first in this session, count entries of it; the last has that id. */
static void receipt(uint64_t seq, unsigned last)
{
    struct hl_envelope e = {.kind = HL_ENVELOPE_RECEIPT, .seq = seq};

    front_id(e.id, last);
    raw_say(&e);
}

static void accept_new_key(uint64_t to)
{
    struct hl_ctl accept = {.kind = HL_CTL_CONTACT_ACCEPT, .contact = to, .has_key = true};

    memcpy(accept.key, front_contact(&a, to)->new_key, sizeof accept.key);
    cr_assert_eq(front_ask(&a, &accept), 0);
}

Test(messenger_key, what_the_old_key_was_told_is_not_to_be_had)
{
    struct hl_envelope again = {.kind = HL_ENVELOPE_AGAIN, .seq = 1, .count = SAID};
    char typed[32];
    uint64_t to;

    raw_start(20, 0);
    snprintf(typed, sizeof typed, "127.0.0.1:%u", raw.port);
    to = front_open_peer_within(&a, typed, HL_SECS(2));
    for (unsigned n = 1; n <= SAID; n++)
        front_submit(&a, to, n, "secret");
    FRONTS_UNTIL(raw_take() && raw.entries == SAID, &a);
    receipt(SAID, SAID);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == SAID, &a);
    hl_secure_stop(raw.s, 0);
    raw_start(21, raw.port);
    FRONTS_UNTIL(raw_take() && (front_contact(&a, to)->flags & HL_CTL_C_CHANGED), &a);
    accept_new_key(to);
    raw.up = false; /* not as the probe that its key was seen by */
    FRONTS_UNTIL(raw_take() && raw.up && front_contact(&a, to)->reach == HL_REACH_UP, &a);
    raw_say(&again);
    FRONTS_UNTIL(raw_take() && raw.none == SAID, &a);
    cr_assert_eq(raw.entries, 0);
    front_submit(&a, to, SAID + 1, "for you");
    FRONTS_UNTIL(raw_take() && raw.entries == 1, &a);
}
