/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include "sock.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct hl_wire *hl_wire_new(int fd, hl_link link, enum hl_transport transport, bool listener)
{
    struct hl_wire *w = calloc(1, sizeof(*w));
    socklen_t len = sizeof(w->family);

    if (!w)
        return NULL;
    w->fd = fd;
    w->listener = listener;
    w->path.link = link;
    w->path.transport = transport;
    atomic_init(&w->refs, 1);
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &w->family, &len);
    (void)!hl_sock_name(fd, &w->path.local); /* stays HL_AF_NONE if there is none */
    if (!listener)
        (void)!hl_sock_peer(fd, &w->path.remote);
    return w;
}

struct hl_wire *hl_wire_ref(struct hl_wire *w)
{
    atomic_fetch_add(&w->refs, 1);
    return w;
}

void hl_wire_unref(struct hl_wire *w)
{
    if (atomic_fetch_sub(&w->refs, 1) != 1)
        return;
    close(w->fd);
    if (w->listener || w->path.transport == HL_UNIX_DGRAM)
        hl_sock_unlink_if_ours(&w->path.local);
    free(w);
}

bool hl_wire_end(struct hl_wire *w, unsigned sides, int err)
{
    unsigned both = HL_WIRE_IN | HL_WIRE_OUT;
    unsigned before;
    int none = 0;

    if (err != 0)
        atomic_compare_exchange_strong(&w->err, &none, err);
    before = atomic_fetch_or(&w->done, sides);
    return before != both && (before | sides) == both;
}
