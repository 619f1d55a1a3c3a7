/* SPDX-License-Identifier: MIT */
#include "endpoint.h"
#include "err.h"

#include <criterion/criterion.h>
#include <string.h>

/* text: what hl_addr_text() must say; for names "host port service". */
struct good {
    const char *typed;
    enum hl_transport transport;
    enum hl_host_kind kind;
    const char *text;
    const char *zone;
};

static const struct good peers[] = {
    {"192.0.2.1", HL_UDP, HL_HOST_IPV4, "192.0.2.1:0", ""},
    {"192.0.2.1:4855", HL_UDP, HL_HOST_IPV4, "192.0.2.1:4855", ""},
    {"255.255.255.255:1", HL_UDP, HL_HOST_IPV4, "255.255.255.255:1", ""},
    {"0.0.0.0:65535", HL_UDP, HL_HOST_IPV4, "0.0.0.0:65535", ""},
    {"tcp://127.0.0.1:80", HL_TCP, HL_HOST_IPV4, "127.0.0.1:80", ""},
    {"udp://127.0.0.1:00080", HL_UDP, HL_HOST_IPV4, "127.0.0.1:80", ""},
    {"2001:db8::1", HL_UDP, HL_HOST_IPV6, "[2001:db8::1]:0", ""},
    {"2001:DB8:0:0:0:0:0:1", HL_UDP, HL_HOST_IPV6, "[2001:db8::1]:0", ""},
    {"[2001:db8::1]", HL_UDP, HL_HOST_IPV6, "[2001:db8::1]:0", ""},
    {"[2001:db8::1]:4855", HL_UDP, HL_HOST_IPV6, "[2001:db8::1]:4855", ""},
    {"tcp://[::1]:1", HL_TCP, HL_HOST_IPV6, "[::1]:1", ""},
    {"::", HL_UDP, HL_HOST_IPV6, "[::]:0", ""},
    {"1::", HL_UDP, HL_HOST_IPV6, "[1::]:0", ""},
    {"1:0:2:3:4:5:6:7", HL_UDP, HL_HOST_IPV6, "[1:0:2:3:4:5:6:7]:0", ""},
    {"1:0:0:2:0:0:0:3", HL_UDP, HL_HOST_IPV6, "[1:0:0:2::3]:0", ""},
    {"1:0:0:2:3:0:0:4", HL_UDP, HL_HOST_IPV6, "[1::2:3:0:0:4]:0", ""},
    {"0:0:ABCD:0123:00f0:6:0:0", HL_UDP, HL_HOST_IPV6, "[::abcd:123:f0:6:0:0]:0", ""},
    {"0:1:2:3:4:5:0:0", HL_UDP, HL_HOST_IPV6, "[0:1:2:3:4:5::]:0", ""},
    {"::1:4855", HL_UDP, HL_HOST_IPV6, "[::1:4855]:0", ""},
    {"64:ff9b::192.0.2.1", HL_UDP, HL_HOST_IPV6, "[64:ff9b::c000:201]:0", ""},
    {"::ffff:192.0.2.1", HL_UDP, HL_HOST_IPV4, "192.0.2.1:0", ""},
    {"[::ffff:c000:201]:5", HL_UDP, HL_HOST_IPV4, "192.0.2.1:5", ""},
    {"fe80::1%eth0", HL_UDP, HL_HOST_IPV6, "[fe80::1]:0", "eth0"},
    {"[fe80::1%eth0]:4855", HL_UDP, HL_HOST_IPV6, "[fe80::1]:4855", "eth0"},
    {"[fe80::1%3]:4855", HL_UDP, HL_HOST_IPV6, "[fe80::1]:4855", "3"},
    {"[fe80::1%a.b:c-d_e]:9", HL_UDP, HL_HOST_IPV6, "[fe80::1]:9", "a.b:c-d_e"},
    {"[ff02::fb%lo]:5353", HL_UDP, HL_HOST_IPV6, "[ff02::fb]:5353", "lo"},
    {"unix:/run/a", HL_UNIX_STREAM, HL_HOST_PATH, "unix:/run/a", ""},
    {"unix:relative:8", HL_UNIX_STREAM, HL_HOST_PATH, "unix:relative:8", ""},
    {"unix:@abstract", HL_UNIX_STREAM, HL_HOST_PATH, "unix:@abstract", ""},
    {"unix-stream:/a", HL_UNIX_STREAM, HL_HOST_PATH, "unix:/a", ""},
    {"unix-dgram:/a b", HL_UNIX_DGRAM, HL_HOST_PATH, "unix:/a b", ""},
    {"unix-seqpacket:@x", HL_UNIX_SEQPACKET, HL_HOST_PATH, "unix:@x", ""},
};

static void check_good(const struct good *g, const struct hl_endpoint *e, int err)
{
    char text[HL_ADDR_TEXT];

    cr_assert_eq(err, 0, "%s: %s", g->typed, hl_err_text(err));
    cr_assert_eq(e->transport, g->transport, "%s", g->typed);
    cr_assert_eq(e->kind, g->kind, "%s: kind %d", g->typed, (int)e->kind);
    cr_assert_str_eq(hl_addr_text(&e->addr, text), g->text, "%s: %s", g->typed, text);
    cr_assert_str_eq(e->zone, g->zone, "%s", g->typed);
}

Test(endpoint, literals_and_paths)
{
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
        struct hl_endpoint e;
        int err = hl_endpoint_parse(peers[i].typed, &e);

        check_good(&peers[i], &e, err);
        err = hl_endpoint_parse_listen(peers[i].typed, &e);
        check_good(&peers[i], &e, err);
    }
}

static const struct {
    const char *typed, *host;
    uint16_t port;
    const char *service;
    bool port_given, transport_given;
} names[] = {
    {"bob", "bob", 0, "", false, false},
    {"bob.local:4855", "bob.local", 4855, "", true, false},
    {"a-b.c_d.example.", "a-b.c_d.example.", 0, "", false, false},
    {"tcp://bob:1", "bob", 1, "", true, true},
    {"bob:http", "bob", 0, "http", true, false},
    {"192.0.2.1:imap2", "192.0.2.1", 0, "imap2", true, false},
    {"[::1]:ftp-data", "::1", 0, "ftp-data", true, false},
    {"b\xc3\xbc\x63her.test:7", "b\xc3\xbc\x63her.test", 7, "", true, false},
    {"10.77.0.2.example", "10.77.0.2.example", 0, "", false, false},
    {"0x7f.example", "0x7f.example", 0, "", false, false},
    {"1a", "1a", 0, "", false, false},
};

Test(endpoint, names_ports_services)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct hl_endpoint e;
        int err = hl_endpoint_parse(names[i].typed, &e);

        cr_assert_eq(err, 0, "%s: %s", names[i].typed, hl_err_text(err));
        cr_assert_str_eq(e.host, names[i].host);
        cr_assert_eq(e.port, names[i].port, "%s", names[i].typed);
        cr_assert_eq(e.addr.port, names[i].port, "%s", names[i].typed);
        cr_assert_str_eq(e.service, names[i].service);
        cr_assert_eq(e.port_given, names[i].port_given, "%s", names[i].typed);
        cr_assert_eq(e.transport_given, names[i].transport_given, "%s", names[i].typed);
    }
}

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct bad {
    const char *typed;
    int err;
} bad_peers[] = {
    {"", HL_ERR_BAD_ENDPOINT},
    {":4855", HL_ERR_BAD_ENDPOINT},
    {"tcp://", HL_ERR_BAD_ENDPOINT},
    {"tcp://:80", HL_ERR_BAD_ENDPOINT},
    {"http://a:80", HL_ERR_BAD_ENDPOINT},
    {"TCP://a:80", HL_ERR_BAD_ENDPOINT},
    {"[::1", HL_ERR_BAD_ENDPOINT},
    {"[::1]80", HL_ERR_BAD_ENDPOINT},
    {"host:80:90", HL_ERR_BAD_ENDPOINT},
    {"*:80", HL_ERR_BAD_NAME},
    /* getaddrinfo() takes this port for 4464 */
    {"10.0.0.1:70000", HL_ERR_BAD_PORT},
    {"10.0.0.1:65536", HL_ERR_BAD_PORT},
    {"10.0.0.1:4294967377", HL_ERR_BAD_PORT},
    {"10.0.0.1:000080", HL_ERR_BAD_PORT},
    {"10.0.0.1:0", HL_ERR_BAD_PORT},
    {"10.0.0.1:", HL_ERR_BAD_PORT},
    {"10.0.0.1:-1", HL_ERR_BAD_PORT},
    {"10.0.0.1:+80", HL_ERR_BAD_PORT},
    {"10.0.0.1: 80", HL_ERR_BAD_PORT},
    {"10.0.0.1:80 ", HL_ERR_BAD_PORT},
    {"10.0.0.1:0x50", HL_ERR_BAD_PORT},
    {"10.0.0.1:80x", HL_ERR_BAD_PORT},
    {"10.0.0.1:80/", HL_ERR_BAD_PORT},
    {"10.0.0.1:\xef\xbc\x98\xef\xbc\x90", HL_ERR_BAD_PORT},
    {"a:thirty-two-characters-are-too-many", HL_ERR_BAD_PORT},
    /* inet_aton() reads these as octal, hexadecimal, or fewer than four numbers */
    {"010.0.0.1", HL_ERR_BAD_IPV4},
    {"010.077.0.2:4855", HL_ERR_BAD_IPV4},
    {"10.77.2", HL_ERR_BAD_IPV4},
    {"0x7f.1", HL_ERR_BAD_IPV4},
    {"0x7f000001", HL_ERR_BAD_IPV4},
    {"0x", HL_ERR_BAD_IPV4},
    {"10.77.0.0x2", HL_ERR_BAD_IPV4},
    {"2130706433", HL_ERR_BAD_IPV4},
    {"4855", HL_ERR_BAD_IPV4},
    {"1.2.3.4.5", HL_ERR_BAD_IPV4},
    {"1.2.3.256", HL_ERR_BAD_IPV4},
    {"1.2.3.4.", HL_ERR_BAD_IPV4},
    {"bob.1", HL_ERR_BAD_NAME},
    {"[1.2.3.4]:5", HL_ERR_BAD_IPV6},
    {"[bob]:5", HL_ERR_BAD_IPV6},
    {"[]:5", HL_ERR_BAD_IPV6},
    {"1::2::3", HL_ERR_BAD_IPV6},
    {"12345::", HL_ERR_BAD_IPV6},
    {"1:2:3:4:5:6:7:8:9", HL_ERR_BAD_IPV6},
    {"::ffff:010.0.0.1", HL_ERR_BAD_IPV6},
    {":::", HL_ERR_BAD_IPV6},
    {"fe80::1", HL_ERR_NEEDS_SCOPE},
    {"[febf::1]:4855", HL_ERR_NEEDS_SCOPE},
    {"[ff02::1]:4855", HL_ERR_NEEDS_SCOPE},
    {"fe80::1%", HL_ERR_BAD_SCOPE},
    {"[fe80::1%interface-too-long]:1", HL_ERR_BAD_SCOPE},
    {"2001:db8::1%eth0", HL_ERR_BAD_SCOPE},
    {"a..b", HL_ERR_BAD_NAME},
    {".a", HL_ERR_BAD_NAME},
    {".", HL_ERR_BAD_NAME},
    {"a b", HL_ERR_BAD_NAME},
    {" a", HL_ERR_BAD_NAME},
    {"a\t", HL_ERR_BAD_NAME},
    {"a\x1b[31m", HL_ERR_BAD_NAME},
    {"\xc3\xbc b", HL_ERR_BAD_NAME},
    {"-a", HL_ERR_BAD_NAME},
    {"a-.b", HL_ERR_BAD_NAME},
    {"a/b", HL_ERR_BAD_NAME},
    {"user@host", HL_ERR_BAD_NAME},
    {LABEL63 "a.b", HL_ERR_BAD_NAME},
    {LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, HL_ERR_BAD_NAME},
    {"unix:", HL_ERR_BAD_PATH},
    {"unix:@", HL_ERR_BAD_PATH},
    {"unix:/" LABEL63 "/" LABEL63, HL_ERR_BAD_PATH},
};

Test(endpoint, what_libc_reinterprets_is_refused)
{
    for (size_t i = 0; i < sizeof(bad_peers) / sizeof(bad_peers[0]); i++) {
        struct hl_endpoint e;
        int err = hl_endpoint_parse(bad_peers[i].typed, &e);

        cr_assert_eq(err, bad_peers[i].err, "row %zu: %s", i, hl_err_text(err));
        cr_assert_eq(hl_err_class(err), HL_CLASS_USAGE);
    }
}

Test(endpoint, lengths_at_their_limits)
{
    char path[5 + HL_UNIX_PATH_MAX + 1] = "unix:";
    struct hl_endpoint e;

    cr_assert_eq(hl_endpoint_parse(LABEL63 "." LABEL63 "." LABEL63, &e), 0);
    memset(path + 5, 'p', HL_UNIX_PATH_MAX - 1);
    cr_assert_eq(hl_endpoint_parse(path, &e), 0);
    cr_assert_eq(e.addr.unix_len, HL_UNIX_PATH_MAX - 1);
    path[5 + HL_UNIX_PATH_MAX - 1] = 'p';
    cr_assert_eq(hl_endpoint_parse(path, &e), HL_ERR_BAD_PATH);
}

static const struct {
    const char *typed;
    enum hl_host_kind kind;
    uint16_t port;
    bool port_given;
    const char *service;
} listeners[] = {
    {"4855", HL_HOST_ANY, 4855, true, ""},         {"0", HL_HOST_ANY, 0, true, ""},
    {":4855", HL_HOST_ANY, 4855, true, ""},        {":0", HL_HOST_ANY, 0, true, ""},
    {"*:4855", HL_HOST_ANY, 4855, true, ""},       {"*", HL_HOST_ANY, 0, false, ""},
    {"tcp://:http", HL_HOST_ANY, 0, true, "http"}, {"tcp://8080", HL_HOST_ANY, 8080, true, ""},
    {"[::]:4855", HL_HOST_IPV6, 4855, true, ""},   {"0.0.0.0:1", HL_HOST_IPV4, 1, true, ""},
    {"localhost:0", HL_HOST_NAME, 0, true, ""},    {"unix:@", HL_HOST_PATH, 0, false, ""},
};

Test(endpoint, listeners_may_leave_the_host_out)
{
    for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
        struct hl_endpoint e;
        int err = hl_endpoint_parse_listen(listeners[i].typed, &e);

        cr_assert_eq(err, 0, "%s: %s", listeners[i].typed, hl_err_text(err));
        cr_assert_eq(e.kind, listeners[i].kind, "%s", listeners[i].typed);
        cr_assert_eq(e.port, listeners[i].port, "%s", listeners[i].typed);
        cr_assert_eq(e.port_given, listeners[i].port_given, "%s", listeners[i].typed);
        cr_assert_str_eq(e.service, listeners[i].service);
    }
}

static const struct bad bad_listeners[] = {
    {"", HL_ERR_BAD_ENDPOINT},        {"70000", HL_ERR_BAD_PORT},      {":70000", HL_ERR_BAD_PORT},
    {":", HL_ERR_BAD_PORT},           {"tcp://", HL_ERR_BAD_ENDPOINT}, {"unix:", HL_ERR_BAD_PATH},
    {"010.0.0.1:5", HL_ERR_BAD_IPV4}, {"fe80::1", HL_ERR_NEEDS_SCOPE},
};

Test(endpoint, listeners_are_checked_as_well)
{
    for (size_t i = 0; i < sizeof(bad_listeners) / sizeof(bad_listeners[0]); i++) {
        struct hl_endpoint e;

        cr_assert_eq(hl_endpoint_parse_listen(bad_listeners[i].typed, &e), bad_listeners[i].err,
                     "row %zu", i);
    }
}

Test(endpoint, text_of_random_addresses_parses_back)
{
    uint32_t seed = 0x1234567;

    for (int round = 0; round < 20000; round++) {
        struct hl_addr a = {.family = round % 2 ? HL_AF_INET : HL_AF_INET6};
        struct hl_endpoint e;
        char text[HL_ADDR_TEXT];

        for (size_t i = 0; i < (round % 2 ? 4U : 16U); i++) {
            seed = seed * 1664525U + 1013904223U;
            a.ip[i] = seed >> 30 ? (uint8_t)(seed >> 16) : 0; /* zeros are common in v6 */
        }
        a.port = (uint16_t)(1 + (seed >> 17));
        if (hl_addr_needs_scope(&a))
            continue;
        hl_addr_normalise(&a);
        hl_addr_text(&a, text);
        cr_assert_eq(hl_endpoint_parse(text, &e), 0, "%s", text);
        cr_assert(hl_addr_equal(&a, &e.addr), "%s", text);
    }
}

Test(endpoint, text_of_special_addresses)
{
    struct hl_addr a = {.family = HL_AF_INET6, .scope = 3, .port = 4855, .ip = {0xfe, 0x80}};
    char text[HL_ADDR_TEXT];

    a.ip[15] = 1;
    cr_assert_str_eq(hl_addr_text(&a, text), "[fe80::1%3]:4855");
    cr_assert_str_eq(hl_addr_text_ip(&a, text), "fe80::1%3");
    cr_assert_str_eq(hl_addr_text_zone(&a, "eth0", text), "[fe80::1%eth0]:4855");
    a = (struct hl_addr){.family = HL_AF_NONE};
    cr_assert_str_eq(hl_addr_text(&a, text), "-");
    a = (struct hl_addr){.family = HL_AF_UNIX};
    cr_assert_str_eq(hl_addr_text(&a, text), "unix:");
    a = (struct hl_addr){.family = HL_AF_UNIX, .unix_len = 4, .path = "\0a\033b"};
    cr_assert_str_eq(hl_addr_text(&a, text), "unix:@a?b");
}

Test(endpoint, kinds_of_addresses)
{
    static const struct {
        const char *ip;
        bool any, loopback, link_local, multicast;
    } rows[] = {
        {"0.0.0.0", true, false, false, false},   {"::", true, false, false, false},
        {"127.9.9.9", false, true, false, false}, {"::1", false, true, false, false},
        {"224.0.0.1", false, false, false, true}, {"239.1.2.3", false, false, false, true},
        {"ff05::1", false, false, false, true},   {"fe80::1%1", false, false, true, false},
        {"fec0::1", false, false, false, false},  {"10.0.0.1", false, false, false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hl_endpoint e;

        cr_assert_eq(hl_endpoint_parse(rows[i].ip, &e), 0, "%s", rows[i].ip);
        cr_assert_eq(hl_addr_is_any(&e.addr), rows[i].any, "%s", rows[i].ip);
        cr_assert_eq(hl_addr_is_loopback(&e.addr), rows[i].loopback, "%s", rows[i].ip);
        cr_assert_eq(hl_addr_is_link_local(&e.addr), rows[i].link_local, "%s", rows[i].ip);
        cr_assert_eq(hl_addr_is_multicast(&e.addr), rows[i].multicast, "%s", rows[i].ip);
    }
}
