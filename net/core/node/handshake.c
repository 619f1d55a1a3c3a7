/* SPDX-License-Identifier: MIT */
#include "handshake.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    NAME_LEN = 5, /* Hullo */
    PROLOGUE_LEN = NAME_LEN + 1 + HL_PACKET_INITIAL_HEADER,
};

void hl_identity_init(struct hl_identity *id, const uint8_t secret[HL_KEY_SIZE])
{
    memcpy(id->secret, secret, HL_KEY_SIZE);
    hl_crypt_public(id->key, secret);
    hl_cookie_keys_init(&id->mac, id->key);
    hl_cookie_keys_init(&id->mac_stranger, NULL);
}

void hl_identity_wipe(struct hl_identity *id)
{
    hl_crypt_wipe(id, sizeof *id);
}

static void put_instance(uint8_t *out, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t get_instance(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

/* A pattern, its prologue and the keys both sides start with. */
static void begin(struct hl_handshake *h, const struct hl_identity *id, const uint8_t *header,
                  const struct hl_noise_keys *keys, bool initiator)
{
    uint8_t prologue[PROLOGUE_LEN] = {'H', 'u', 'l', 'l', 'o', HL_PACKET_VERSION};
    struct hl_noise_keys all = *keys;

    memcpy(prologue + NAME_LEN + 1, header, HL_PACKET_INITIAL_HEADER);
    all.prologue = (struct hl_bytes){prologue, sizeof prologue};
    all.s = id->secret;
    all.s_public = id->key;
    hl_noise_init(&h->noise, h->xx ? HL_NOISE_XXPSK3 : HL_NOISE_IKPSK2, initiator, &all);
}

/* Writes the next message to out; payload_len bytes, the instances first, zeros behind. */
static int write_message(struct hl_handshake *h, const struct hl_env *env,
                         const struct hl_instances *say, size_t payload_len, uint8_t *out)
{
    uint8_t payload[HL_PACKET_PAYLOAD_XX] = {0};
    uint8_t e_secret[HL_KEY_SIZE];
    int len;

    put_instance(payload, say->writer);
    put_instance(payload + 8, say->reader);
    env->random(env->user, e_secret, sizeof e_secret);
    len = hl_noise_write(&h->noise, e_secret, (struct hl_bytes){payload, payload_len}, out,
                         HL_PACKET_INITIAL);
    hl_crypt_wipe(e_secret, sizeof e_secret);
    return len;
}

static int read_message(struct hl_handshake *h, const struct hl_packet *p,
                        struct hl_instances *said)
{
    uint8_t payload[HL_PACKET_PAYLOAD_XX + HL_PACKET_SEALED_KEY];
    int len = hl_noise_read(&h->noise, p->body, payload, sizeof payload);

    if (len < HL_PACKET_INSTANCES)
        return -EBADMSG;
    said->writer = get_instance(payload);
    said->reader = get_instance(payload + 8);
    return 0;
}

int hl_handshake_initial(struct hl_handshake *h, const struct hl_env *env,
                         const struct hl_identity *id, const struct hl_handshake_with *with,
                         uint8_t *out)
{
    static const struct hl_instances nothing = {0, 0};
    const struct hl_noise_keys keys = {.rs = with->key, .psk = with->psk};
    struct hl_packet p = {.sender = with->index};
    size_t header;
    int len;

    *h = (struct hl_handshake){.own = with->index, .xx = !with->key};
    p.type = h->xx ? HL_PACKET_INITIAL_XX : HL_PACKET_INITIAL_IK;
    header = hl_packet_header(out, &p);
    begin(h, id, out, &keys, true);
    /* Whoever answers an INITIAL_XX learns nothing from it but that somebody asks. */
    len = write_message(h, env, h->xx ? &nothing : &with->instances,
                        h->xx ? HL_PACKET_PAYLOAD_XX : HL_PACKET_PAYLOAD_IK, out + header);
    assert(len < 0 || len == HL_PACKET_NOISE_INITIAL);
    return len < 0 ? len : 0;
}

int hl_handshake_take_initial(struct hl_handshake *h, const struct hl_identity *id,
                              const struct hl_packet *p, const uint8_t *psk,
                              struct hl_instances *said)
{
    const struct hl_noise_keys keys = {.psk = psk};
    int err;

    *h = (struct hl_handshake){.theirs = p->sender, .xx = p->type == HL_PACKET_INITIAL_XX};
    begin(h, id, p->all.at, &keys, false);
    err = read_message(h, p, said);
    if (err)
        hl_crypt_wipe(h, sizeof *h);
    return err;
}

int hl_handshake_response(struct hl_handshake *h, const struct hl_env *env,
                          const struct hl_instances *say, uint8_t *out)
{
    const struct hl_packet p = {
        .type = h->xx ? HL_PACKET_RESPONSE_XX : HL_PACKET_RESPONSE_IK,
        .sender = h->own,
        .receiver = h->theirs,
    };
    size_t header = hl_packet_header(out, &p);
    int len = write_message(h, env, say, HL_PACKET_INSTANCES, out + header);
    struct hl_cookie_keys mac;

    if (len < 0)
        return len;
    hl_cookie_keys_init(&mac, hl_handshake_remote(h));
    len += (int)header + HL_PACKET_MACS;
    hl_cookie_stamp(out, (size_t)len, &mac, NULL);
    return len;
}

int hl_handshake_take_response(struct hl_handshake *h, const struct hl_packet *p,
                               struct hl_instances *said)
{
    int err;

    if (h->xx != (p->type == HL_PACKET_RESPONSE_XX))
        return -EBADMSG;
    err = read_message(h, p, said);
    if (!err)
        h->theirs = p->sender;
    return err;
}

int hl_handshake_finish(struct hl_handshake *h, const struct hl_env *env,
                        const struct hl_instances *say, uint8_t *out)
{
    const struct hl_packet p = {
        .type = HL_PACKET_FINISH_XX,
        .sender = h->own,
        .receiver = h->theirs,
    };
    size_t header = hl_packet_header(out, &p);
    int len = write_message(h, env, say, HL_PACKET_INSTANCES, out + header);
    struct hl_cookie_keys mac;

    if (len < 0)
        return len;
    hl_cookie_keys_init(&mac, hl_handshake_remote(h));
    hl_cookie_stamp(out, HL_PACKET_FINISH, &mac, NULL);
    return 0;
}

int hl_handshake_take_finish(struct hl_handshake *h, const struct hl_packet *p,
                             struct hl_instances *said)
{
    return p->sender == h->theirs ? read_message(h, p, said) : -EBADMSG;
}

void hl_handshake_slot(struct hl_handshake *h, hl_time now, bool initiator, struct hl_slot *out)
{
    struct hl_noise_split keys;

    hl_noise_split(&h->noise, &keys);
    *out = (struct hl_slot){
        .born = now,
        .own = h->own,
        .theirs = h->theirs,
        .initiator = initiator,
    };
    memcpy(out->send, keys.send, sizeof out->send);
    memcpy(out->recv, keys.recv, sizeof out->recv);
    hl_crypt_wipe(&keys, sizeof keys);
    hl_crypt_wipe(h, sizeof *h);
}
