/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <errno.h>
#include <string.h>

static bool is_ip(const struct hl_addr *a)
{
    return a->family != HL_AF_UNIX;
}

static void pack(struct hl_route_ip *to, const struct hl_addr *from)
{
    *to = (struct hl_route_ip){
        .scope = from->scope,
        .port = from->port,
        .family = from->family,
    };
    memcpy(to->ip, from->ip, from->family == HL_AF_INET ? 4 : sizeof to->ip);
}

static void unpack(struct hl_addr *to, const struct hl_route_ip *from)
{
    memset(to, 0, sizeof *to);
    to->family = from->family;
    to->port = from->port;
    to->scope = from->scope;
    memcpy(to->ip, from->ip, sizeof from->ip);
}

int hl_route_set(const struct hl_env *env, struct hl_route *r, const struct hl_path *path)
{
    struct hl_route new = {
        .link = path->link,
        .transport = (uint8_t)path->transport,
        .set = true,
    };

    if (is_ip(&path->remote) && is_ip(&path->local)) {
        pack(&new.ip[0], &path->remote);
        pack(&new.ip[1], &path->local);
    } else {
        new.on_heap = true;
        new.path = hl_env_alloc(env, sizeof *new.path);
        if (!new.path)
            return -ENOMEM;
        *new.path = *path;
    }
    hl_route_clear(env, r);
    *r = new;
    return 0;
}

void hl_route_clear(const struct hl_env *env, struct hl_route *r)
{
    if (r->on_heap)
        hl_env_free(env, r->path);
    memset(r, 0, sizeof *r);
}

void hl_route_move(const struct hl_env *env, struct hl_route *to, struct hl_route *from)
{
    hl_route_clear(env, to);
    *to = *from;
    memset(from, 0, sizeof *from);
}

void hl_route_path(const struct hl_route *r, struct hl_path *out)
{
    if (r->on_heap) {
        *out = *r->path;
        return;
    }
    out->link = r->link;
    out->transport = (enum hl_transport)r->transport;
    unpack(&out->remote, &r->ip[0]);
    unpack(&out->local, &r->ip[1]);
}

static enum hl_route_change compare_ip(const struct hl_route_ip *a, const struct hl_addr *b)
{
    size_t len = a->family == HL_AF_INET ? 4 : sizeof a->ip;

    if (a->family != b->family || a->scope != b->scope || memcmp(a->ip, b->ip, len) != 0)
        return HL_ROUTE_NEW;
    return a->port == b->port ? HL_ROUTE_SAME : HL_ROUTE_PORT;
}

enum hl_route_change hl_route_compare(const struct hl_route *r, const struct hl_path *path)
{
    if (!r->set || r->transport != path->transport)
        return HL_ROUTE_NEW;
    if (hl_transport_is_stream(path->transport))
        return r->link == path->link ? HL_ROUTE_SAME : HL_ROUTE_NEW;
    if (r->on_heap)
        return hl_addr_equal(&r->path->remote, &path->remote) ? HL_ROUTE_SAME : HL_ROUTE_NEW;
    return is_ip(&path->remote) ? compare_ip(&r->ip[0], &path->remote) : HL_ROUTE_NEW;
}
