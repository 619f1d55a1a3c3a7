/* SPDX-License-Identifier: MIT */
/* Whoever steals a node's secret key can pose as that node. It must not help him to pose as others
 * to it (key compromise impersonation): of all that he can say nothing is shown and nobody is up.
 *
 * The thief speaks Noise by himself, since hl_noise would not say what he has no key for. */
#include "nodes.h"
#include "whole.h"

/* ---- Noise of a liar ---- */

struct liar {
    uint8_t h[32], ck[32], k[32];
    uint64_t n;
};

static void mix_hash(struct liar *l, const uint8_t *data, size_t len)
{
    hl_crypt_sha256(l->h, (struct hl_bytes){l->h, 32}, (struct hl_bytes){data, len});
}

static void mix_key(struct liar *l, const uint8_t input[32])
{
    uint8_t out[2][HL_HASH_SIZE];

    hl_crypt_hkdf(out, 2, l->ck, (struct hl_bytes){input, 32});
    memcpy(l->ck, out[0], 32);
    memcpy(l->k, out[1], 32);
    l->n = 0;
}

static void mix_psk(struct liar *l)
{
    static const uint8_t zeros[32];
    uint8_t out[3][HL_HASH_SIZE];

    hl_crypt_hkdf(out, 3, l->ck, (struct hl_bytes){zeros, 32});
    memcpy(l->ck, out[0], 32);
    mix_hash(l, out[1], 32);
    memcpy(l->k, out[2], 32);
    l->n = 0;
}

static size_t seal(struct liar *l, const uint8_t *text, size_t len, uint8_t *out)
{
    memcpy(out, text, len);
    hl_crypt_seal(l->k, l->n++, (struct hl_bytes){l->h, 32}, out, len);
    mix_hash(l, out, len + HL_TAG_SIZE);
    return len + HL_TAG_SIZE;
}

/* ---- the thief ---- */

struct thief {
    struct nodes *w; /* host 0 is the contact, host 1 the victim */
    const uint8_t *contact;
    const uint8_t *victim, *stolen; /* public and secret key of the victim */
    struct hl_path at;
    struct liar liar;
    uint8_t e[32], e_public[32];
    uint8_t initial[HL_PACKET_INITIAL]; /* a true one of the contact's, overheard */
    uint32_t guest;                     /* index of the victim's in its last RESPONSE */
    uint32_t call;                      /* and in its INITIAL */
    uint8_t call_mac1[HL_MAC_SIZE];
    uint8_t re[32];
    uint64_t number;
};

static bool overhear(struct nodes *w, unsigned from, const struct hl_path *path,
                     const uint8_t *bytes, size_t len)
{
    struct thief *t = w->user;
    struct hl_packet p;

    (void)path;
    if (hl_packet_decode(bytes, len, &p) != HL_PACKET_GOOD)
        return true;
    if (from == 0) {
        memcpy(t->initial, bytes, sizeof t->initial);
    } else if (p.type == HL_PACKET_RESPONSE_IK) {
        t->guest = p.sender;
        memcpy(t->re, p.body.at, 32);
        /* What he can follow of it: its ephemeral key. */
        mix_hash(&t->liar, t->re, 32);
        mix_key(&t->liar, t->re);
    } else if (p.type == HL_PACKET_INITIAL_IK) {
        t->call = p.sender;
        memcpy(t->call_mac1, hl_packet_mac1(&p), HL_MAC_SIZE);
    }
    return true; /* he has cut the line */
}

static void stamp_and_send(struct thief *t, uint8_t *packet, size_t len)
{
    struct hl_cookie_keys keys;

    hl_cookie_keys_init(&keys, t->victim);
    hl_cookie_stamp(packet, len, &keys, NULL);
    nodes_recv(t->w, 1, &t->at, packet, len);
}

/* "I am your contact": with the victim's own secret he can say it convincingly. */
static void say_initial(struct thief *t)
{
    static const char name[] = "Noise_IKpsk2_25519_ChaChaPoly_SHA256";
    const struct hl_packet p = {.type = HL_PACKET_INITIAL_IK, .sender = 0x01020304};
    uint8_t packet[HL_PACKET_INITIAL], prologue[14] = "Hullo\x01";
    uint8_t payload[HL_PACKET_PAYLOAD_IK] = {1};
    uint8_t dh[32];
    uint8_t *at = packet + hl_packet_header(packet, &p);
    struct liar *l = &t->liar;

    memcpy(prologue + 6, packet, 8);
    hl_crypt_sha256(l->h, (struct hl_bytes){(const uint8_t *)name, sizeof name - 1},
                    (struct hl_bytes){NULL, 0});
    memcpy(l->ck, l->h, 32);
    mix_hash(l, prologue, sizeof prologue);
    mix_hash(l, t->victim, 32);
    nodes_random(&t->w->memory, t->e, 32);
    hl_crypt_public(t->e_public, t->e);
    memcpy(at, t->e_public, 32);
    mix_hash(l, t->e_public, 32);
    mix_key(l, t->e_public);
    cr_assert(hl_crypt_dh(dh, t->e, t->victim));
    mix_key(l, dh);
    at += 32;
    at += seal(l, t->contact, 32, at);
    cr_assert(hl_crypt_dh(dh, t->stolen, t->contact)); /* the stolen one does for the contact's */
    mix_key(l, dh);
    seal(l, payload, sizeof payload, at);
    stamp_and_send(t, packet, sizeof packet);
}

static void say_replay(struct thief *t)
{
    nodes_recv(t->w, 1, &t->at, t->initial, sizeof t->initial);
}

/* What keys may the victim have? All that he can work out in place of the DH that he cannot. */
static void say_data(struct thief *t)
{
    static const uint8_t zeros[32];
    uint8_t guesses[4][32] = {{0}};

    (void)!hl_crypt_dh(guesses[0], t->stolen, t->re);
    (void)!hl_crypt_dh(guesses[1], t->e, t->re);
    (void)!hl_crypt_dh(guesses[2], t->stolen, t->contact);
    for (unsigned i = 0; i < 4; i++) {
        struct liar l = t->liar;
        uint8_t keys[2][HL_HASH_SIZE];
        uint8_t dh[32];

        (void)!hl_crypt_dh(dh, t->e, t->re);
        mix_key(&l, dh);
        mix_key(&l, i < 3 ? guesses[i] : zeros);
        mix_psk(&l);
        hl_crypt_hkdf(keys, 2, l.ck, (struct hl_bytes){NULL, 0});
        for (unsigned k = 0; k < 2; k++) {
            /* STREAM, chat, offset 0, to the end: the message "boo" */
            static const uint8_t frames[] = {0x08, 0x01, 0x00, 0x03, 'b', 'o', 'o'};
            struct hl_slot slot = {.own = 1, .theirs = t->guest};
            uint8_t packet[HL_PACKET_OVERHEAD + sizeof frames];

            memcpy(slot.send, keys[k], 32);
            memcpy(packet + HL_PACKET_DATA_HEADER, frames, sizeof frames);
            nodes_recv(t->w, 1, &t->at, packet,
                       hl_slot_seal(&slot, t->number++, packet, sizeof frames));
        }
    }
}

static void say_answer(struct thief *t, enum hl_packet_type type, uint32_t receiver, size_t len)
{
    const struct hl_packet p = {.type = type, .sender = 5, .receiver = receiver};
    uint8_t packet[HL_PACKET_INITIAL];

    nodes_random(&t->w->memory, packet, sizeof packet);
    (void)hl_packet_header(packet, &p);
    memcpy(packet + HL_PACKET_ANSWER_HEADER, t->e_public, 32);
    stamp_and_send(t, packet, len);
}

static void say_response(struct thief *t)
{
    say_answer(t, HL_PACKET_RESPONSE_IK, t->call, HL_PACKET_RESPONSE_IK_LEN);
}

static void say_finish(struct thief *t)
{
    say_answer(t, HL_PACKET_FINISH_XX, t->guest, HL_PACKET_FINISH);
}

/* This he can forge, for the contact's key is no secret; it makes the victim ask again. */
static void say_cookie(struct thief *t)
{
    uint8_t macs[HL_PACKET_MACS] = {0}, cookie[HL_COOKIE_SIZE] = {0}, nonce[HL_XNONCE_SIZE] = {0};
    uint8_t reply[HL_COOKIE_REPLY_SIZE];
    const struct hl_cookie_asked asked = {macs, sizeof macs, t->call};
    struct hl_cookie_keys keys;
    struct hl_path from = nodes_path(t->w->hosts[0].addr);

    memcpy(macs, t->call_mac1, HL_MAC_SIZE);
    hl_cookie_keys_init(&keys, t->contact);
    hl_cookie_reply(&asked, &keys, nonce, cookie, reply);
    nodes_recv(t->w, 1, &from, reply, sizeof reply);
}

static void (*const words[])(struct thief *t) = {say_initial,  say_replay, say_data,
                                                 say_response, say_finish, say_cookie};

enum {
    WORDS = sizeof words / sizeof words[0],
    SENTENCE = 4,
};

static void start(struct thief *t)
{
    struct nodes *w = nodes_new(2, false);

    *t = (struct thief){.w = w, .at = nodes_path(nodes_addr(66, 66))};
    t->contact = hl_node_key(w->hosts[0].node);
    t->victim = hl_node_key(w->hosts[1].node);
    t->stolen = w->hosts[1].secret;
    hl_crypt_public(t->e_public, t->stolen);
    memcpy(t->re, t->e_public, 32);
    w->tap = overhear;
    w->user = t;
    nodes_know(w, 0, 1, true);
    nodes_know(w, 1, 0, true);
    cr_assert_eq(nodes_say(w, 1, 1, "for my contact only"), 0);
    nodes_call(w, 0, 1);
    nodes_call(w, 1, 0);
    nodes_poll(w, 0);
    nodes_poll(w, 1);
    cr_assert(t->initial[0] == HL_PACKET_INITIAL_IK && t->call);
}

Test(thief, cannot_pose_as_a_contact, .timeout = 100)
{
    unsigned sentences = 0;

    for (unsigned code = 0; code < WORDS * WORDS * WORDS * WORDS; code++) {
        struct thief t;
        unsigned rest = code;

        start(&t);
        for (unsigned i = 0; i < SENTENCE; i++, rest /= WORDS) {
            words[rest % WORDS](&t);
            t.w->now += HL_MS(100);
            nodes_poll(t.w, 1);
        }
        cr_assert_eq(t.w->hosts[1].count, 0, "sentence %u: something is shown", code);
        cr_assert_eq(nodes_stats(t.w, 1).sessions_now, 0, "sentence %u: a session", code);
        cr_assert_not(nodes_info(t.w, 1, 1).up);
        sentences++;
        nodes_free(t.w);
    }
    printf("%u sentences\n", sentences);
}

/* He is no bad speaker: with the contact's own secret the same words are believed. */
Test(thief, who_has_the_contacts_key_is_the_contact)
{
    struct thief t;
    uint8_t dh[32];
    uint8_t keys[2][HL_HASH_SIZE];
    static const uint8_t frames[] = {0x08, 0x01, 0x00, 0x03, 'b', 'o', 'o'};
    struct hl_slot slot = {.own = 1};
    uint8_t packet[HL_PACKET_OVERHEAD + sizeof frames];

    start(&t);
    say_initial(&t);
    cr_assert(hl_crypt_dh(dh, t.e, t.re));
    mix_key(&t.liar, dh);
    cr_assert(hl_crypt_dh(dh, t.w->hosts[0].secret, t.re));
    mix_key(&t.liar, dh);
    mix_psk(&t.liar);
    hl_crypt_hkdf(keys, 2, t.liar.ck, (struct hl_bytes){NULL, 0});
    memcpy(slot.send, keys[0], 32);
    slot.theirs = t.guest;
    memcpy(packet + HL_PACKET_DATA_HEADER, frames, sizeof frames);
    nodes_recv(t.w, 1, &t.at, packet, hl_slot_seal(&slot, 0, packet, sizeof frames));
    cr_assert_eq(nodes_heard(t.w, 1, "boo"), 1);
    nodes_free(t.w);
}
