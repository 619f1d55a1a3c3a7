/* SPDX-License-Identifier: MIT */
#include "memory.h"
#include "route.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct hl_path udp(uint8_t family, uint8_t host, uint16_t port)
{
    struct hl_path p = {.link = 3, .transport = HL_UDP};

    p.remote = (struct hl_addr){.family = family, .port = port, .scope = family == HL_AF_INET6};
    p.remote.ip[family == HL_AF_INET ? 3 : 15] = host;
    p.local = (struct hl_addr){.family = family, .port = 4855, .ip = {10}};
    return p;
}

static struct hl_path named(hl_link link, enum hl_transport transport, const char *name)
{
    struct hl_path p = {.link = link, .transport = transport};

    p.remote.family = HL_AF_UNIX;
    p.remote.unix_len = (uint8_t)strlen(name);
    memcpy(p.remote.path, name, strlen(name));
    return p;
}

Test(route, keeps_a_path)
{
    const struct hl_path paths[] = {udp(HL_AF_INET, 1, 5),
                                    udp(HL_AF_INET6, 1, 5),
                                    named(4, HL_UNIX_STREAM, "/tmp/socket"),
                                    {.link = 9, .transport = HL_TCP}};
    struct memory m;
    struct hl_route r = {.set = false}, moved = {.set = false};

    memory_init(&m);
    cr_assert_leq(sizeof r, 56);
    for (unsigned i = 0; i < 4; i++) {
        struct hl_path back;

        cr_assert_eq(hl_route_set(&m.env, &r, &paths[i]), 0);
        hl_route_path(&r, &back);
        cr_assert(back.link == paths[i].link && back.transport == paths[i].transport);
        cr_assert(hl_addr_equal(&back.remote, &paths[i].remote));
        cr_assert(hl_addr_equal(&back.local, &paths[i].local));
        hl_route_move(&m.env, &moved, &r);
        cr_assert(moved.set && !r.set);
    }
    hl_route_clear(&m.env, &moved);
    cr_assert_eq(m.blocks, 0);
    m.allowed = 0;
    cr_assert_eq(hl_route_set(&m.env, &r, &paths[2]), -ENOMEM);
    cr_assert_not(r.set);
}

Test(route, tells_a_port_from_a_host)
{
    const struct {
        struct hl_path a, b;
        enum hl_route_change change;
    } rows[] = {
        {udp(HL_AF_INET, 1, 5), udp(HL_AF_INET, 1, 5), HL_ROUTE_SAME},
        {udp(HL_AF_INET, 1, 5), udp(HL_AF_INET, 1, 6), HL_ROUTE_PORT},
        {udp(HL_AF_INET, 1, 5), udp(HL_AF_INET, 2, 5), HL_ROUTE_NEW},
        {udp(HL_AF_INET, 1, 5), udp(HL_AF_INET6, 1, 5), HL_ROUTE_NEW},
        {udp(HL_AF_INET6, 1, 5), udp(HL_AF_INET6, 1, 9), HL_ROUTE_PORT},
        {udp(HL_AF_INET6, 1, 5), named(3, HL_UDP, "x"), HL_ROUTE_NEW},
        {named(1, HL_UNIX_DGRAM, "x"), named(2, HL_UNIX_DGRAM, "x"), HL_ROUTE_SAME},
        {named(1, HL_UNIX_DGRAM, "x"), named(1, HL_UNIX_DGRAM, "y"), HL_ROUTE_NEW},
        {named(1, HL_UNIX_STREAM, "x"), named(2, HL_UNIX_STREAM, "x"), HL_ROUTE_NEW},
        {{.link = 1, .transport = HL_TCP}, {.link = 1, .transport = HL_TCP}, HL_ROUTE_SAME},
        {{.link = 1, .transport = HL_TCP}, {.link = 1, .transport = HL_UDP}, HL_ROUTE_NEW},
    };
    struct memory m;
    struct hl_route r = {.set = false};

    memory_init(&m);
    cr_assert_eq(hl_route_compare(&r, &rows[0].a), HL_ROUTE_NEW);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(hl_route_set(&m.env, &r, &rows[i].a), 0);
        cr_assert_eq(hl_route_compare(&r, &rows[i].b), rows[i].change, "row %u", i);
    }
    hl_route_clear(&m.env, &r);
    cr_assert_eq(m.blocks, 0);
}
