/* SPDX-License-Identifier: MIT */
/* Envelopes on their way to the network. What it has no room for waits here, in order. Delivery's
 * window bounds what our user says; answers of which a peer takes none are its own fault. */
#include "messenger_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARCELS_MAX = 4 << 20, /* bytes that wait for one contact: the window, and as much thrice */
};

static bool keep(struct hl_party *p, uint64_t token, const struct hl_bytes *envelope)
{
    struct hl_parcel *parcel = malloc(sizeof *parcel + envelope->len);

    if (!parcel)
        return false;
    *parcel = (struct hl_parcel){.token = token, .len = envelope->len};
    memcpy(parcel->bytes, envelope->at, envelope->len);
    *p->parcels_last = parcel;
    p->parcels_last = &parcel->next;
    p->parcel_bytes += sizeof *parcel + parcel->len;
    return true;
}

void hl_sender_send(struct hl_messenger *m, struct hl_party *p, uint64_t token,
                    const struct hl_bytes *envelope)
{
    int err = HL_ERR_BUSY;

    if (p->parcel_bytes > PARCELS_MAX) {
        hl_manners_bad(m, p, -ENOBUFS);
        return;
    }
    if (p->reach == HL_REACH_UP && !p->parcels)
        err = hl_secure_send(m->secure, p->peer, HL_STREAM_CHAT, token, envelope);
    /* Without memory the order is lost: the session ends, and the next one begins anew. */
    if (err != 0 && !((err == HL_ERR_BUSY || err == -ENOMEM) && keep(p, token, envelope))) {
        (void)!hl_secure_close(m->secure, p->peer);
        p->met = false;
    }
}

static void drop_first(struct hl_party *p)
{
    struct hl_parcel *parcel = p->parcels;

    p->parcels = parcel->next;
    if (!p->parcels)
        p->parcels_last = &p->parcels;
    p->parcel_bytes -= sizeof *parcel + parcel->len;
    free(parcel);
}

void hl_sender_flush(struct hl_messenger *m, struct hl_party *p)
{
    while (p->parcels && p->reach == HL_REACH_UP) {
        const struct hl_bytes envelope = {p->parcels->bytes, p->parcels->len};

        if (hl_secure_send(m->secure, p->peer, HL_STREAM_CHAT, p->parcels->token, &envelope) != 0)
            return;
        drop_first(p);
    }
}

void hl_sender_drop(struct hl_party *p)
{
    while (p->parcels)
        drop_first(p);
}
