/* SPDX-License-Identifier: MIT */
#include "slot.h"
#include "rules.h"
#include "wrong.h"

void hl_slot_wipe(struct hl_slot *s)
{
    if (HL_WRONG(KEYS_KEPT))
        s->own = 0;
    else
        hl_crypt_wipe(s, sizeof *s);
}

bool hl_slot_seals(const struct hl_slot *s, hl_time now)
{
    return hl_slot_used(s) && now - s->born < HL_SLOT_SEND && s->sealed < HL_SLOT_PACKETS;
}

bool hl_slot_opens(const struct hl_slot *s, hl_time now)
{
    return hl_slot_used(s) && now - s->born < HL_SLOT_LIFE;
}

bool hl_slot_stale(const struct hl_slot *s, hl_time now)
{
    /* So early before the end that a handshake fits in. */
    if (s->sealed >= HL_SLOT_PACKETS / 2)
        return true;
    return now - s->born >= (s->initiator ? HL_SLOT_REKEY : HL_SLOT_REKEY_ANY);
}

size_t hl_slot_seal(struct hl_slot *s, uint64_t number, uint8_t *out, size_t len)
{
    const struct hl_packet p = {
        .type = HL_PACKET_DATA,
        .receiver = s->theirs,
        .number = HL_WRONG(NUMBERS_AGAIN) ? s->sealed : number,
    };
    size_t header = hl_packet_header(out, &p);

    hl_crypt_seal(s->send, p.number, (struct hl_bytes){out, header}, out + header, len);
    s->sealed++;
    return header + len + HL_TAG_SIZE;
}

bool hl_slot_open(const struct hl_slot *s, const struct hl_packet *p, uint8_t *bytes,
                  struct hl_bytes *frames)
{
    uint8_t *body = bytes + p->header.len;

    if (!hl_crypt_open(s->recv, p->number, p->header, p->body, body))
        return false;
    *frames = (struct hl_bytes){body, p->body.len - HL_TAG_SIZE};
    return true;
}
