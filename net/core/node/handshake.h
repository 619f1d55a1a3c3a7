/* SPDX-License-Identifier: MIT */
/* The packets of a handshake: what goes into INITIAL, RESPONSE and FINISH, and what comes out of
 * them (net/PROTOCOL.md section 2.1). Nothing here waits, counts or remembers addresses: call.c
 * and guest.h do. Reading a packet that is refused leaves the handshake as it was. */
#ifndef HL_HANDSHAKE_H
#define HL_HANDSHAKE_H

#include "cookie.h"
#include "noise.h"
#include "packet.h"
#include "slot.h"

/* Who we are; immutable. */
struct hl_identity {
    uint8_t secret[HL_KEY_SIZE];
    uint8_t key[HL_KEY_SIZE];           /* public */
    struct hl_cookie_keys mac;          /* of packets to us by who knows our key */
    struct hl_cookie_keys mac_stranger; /* by who does not */
};

void hl_identity_init(struct hl_identity *id, const uint8_t secret[HL_KEY_SIZE]);
void hl_identity_wipe(struct hl_identity *id);

/* Instances, as the writer of a handshake message knows them; 0 = not known. */
struct hl_instances {
    uint64_t writer, reader;
};

struct hl_handshake {
    struct hl_noise noise;
    uint32_t own, theirs; /* session indices */
    bool xx;
};

/* What the initiator starts with. */
struct hl_handshake_with {
    const uint8_t *key; /* the peer's: IK; NULL: XX */
    const uint8_t *psk; /* or NULL */
    uint32_t index;     /* of the session to be */
    struct hl_instances instances;
};

/* Writes INITIAL, HL_PACKET_INITIAL bytes without macs. 0 or -EBADMSG (a hopeless key). */
int hl_handshake_initial(struct hl_handshake *h, const struct hl_env *env,
                         const struct hl_identity *id, const struct hl_handshake_with *with,
                         uint8_t *out) __attribute__((warn_unused_result));

/* The responder begins with an INITIAL. psk counts for XX; for IK it is given before the answer,
 * when the key is known (hl_noise_set_psk()). 0 or -EBADMSG. */
int hl_handshake_take_initial(struct hl_handshake *h, const struct hl_identity *id,
                              const struct hl_packet *p, const uint8_t *psk,
                              struct hl_instances *said) __attribute__((warn_unused_result));
/* Writes RESPONSE with its macs; own must be set. Its length, or -EBADMSG. */
int hl_handshake_response(struct hl_handshake *h, const struct hl_env *env,
                          const struct hl_instances *say, uint8_t *out)
    __attribute__((warn_unused_result));

/* The initiator reads RESPONSE. 0 or -EBADMSG. IK is done then, XX has FINISH to write. */
int hl_handshake_take_response(struct hl_handshake *h, const struct hl_packet *p,
                               struct hl_instances *said) __attribute__((warn_unused_result));
/* Writes FINISH with its macs, HL_PACKET_FINISH bytes. 0 or -EBADMSG. */
int hl_handshake_finish(struct hl_handshake *h, const struct hl_env *env,
                        const struct hl_instances *say, uint8_t *out)
    __attribute__((warn_unused_result));
int hl_handshake_take_finish(struct hl_handshake *h, const struct hl_packet *p,
                             struct hl_instances *said) __attribute__((warn_unused_result));

/* The transport keys; the handshake is done and leaves no trace. */
void hl_handshake_slot(struct hl_handshake *h, hl_time now, bool initiator, struct hl_slot *out);

/* The peer's static key, NULL while unknown. */
static inline const uint8_t *hl_handshake_remote(const struct hl_handshake *h)
{
    return hl_noise_remote(&h->noise);
}

#endif
