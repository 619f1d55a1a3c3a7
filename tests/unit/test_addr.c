/* SPDX-License-Identifier: MIT */
#include "addr.h"
#include "err.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static struct hl_addr parsed(const char *text)
{
    struct hl_endpoint e;

    cr_assert_eq(hl_endpoint_parse_listen(text, &e), 0, "%s", text);
    return e.addr;
}

static const char *const texts[] = {
    "192.0.2.1:4855", "0.0.0.0:1", "[2001:db8::1]:4855", "[::]:1", "unix:/run/x", "unix:@name",
};

Test(addr, there_and_back)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (int mapped = 0; mapped < 2; mapped++) {
            struct hl_addr a = parsed(texts[i]);
            struct hl_addr b;
            struct sockaddr_storage ss;
            socklen_t len;

            cr_assert_eq(hl_addr_to_sockaddr(&a, mapped, &ss, &len), 0);
            if (a.family == HL_AF_INET)
                cr_assert_eq(ss.ss_family, mapped ? AF_INET6 : AF_INET);
            cr_assert_eq(hl_addr_from_sockaddr(&b, &ss, len), 0);
            cr_assert(hl_addr_equal(&a, &b), "%s", texts[i]);
        }
    }
}

Test(addr, any_address_in_both_shapes)
{
    struct hl_addr any = {.family = HL_AF_NONE, .port = 4855};
    struct sockaddr_storage ss;
    socklen_t len;
    struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ss;

    cr_assert_eq(hl_addr_to_sockaddr(&any, false, &ss, &len), 0);
    cr_assert(ss.ss_family == AF_INET && len == sizeof(struct sockaddr_in));
    cr_assert_eq(hl_addr_to_sockaddr(&any, true, &ss, &len), 0);
    cr_assert(ss.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr));
    cr_assert_eq(sin6->sin6_port, htons(4855));
}

Test(addr, unix_lengths_are_what_the_kernel_expects)
{
    static const struct {
        const char *text;
        size_t path_bytes;
    } rows[] = {{"unix:/a", 3}, {"unix:@ab", 3}, {"unix:@", 0}};
    struct sockaddr_storage ss;
    socklen_t len;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hl_addr a = parsed(rows[i].text);

        cr_assert_eq(hl_addr_to_sockaddr(&a, false, &ss, &len), 0);
        cr_assert_eq(len, offsetof(struct sockaddr_un, sun_path) + rows[i].path_bytes, "row %zu",
                     i);
    }
}

Test(addr, the_kernel_names_an_unnamed_socket)
{
    struct hl_addr a = parsed("unix:@");
    struct sockaddr_storage ss;
    socklen_t len;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(hl_addr_to_sockaddr(&a, false, &ss, &len), 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
    len = sizeof(ss);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
    cr_assert_eq(hl_addr_from_sockaddr(&a, &ss, len), 0);
    cr_assert(a.unix_len == 6 && a.path[0] == '\0'); /* five hexadecimal digits, unix(7) */
    close(fd);
}

Test(addr, foreign_and_short_addresses_are_refused)
{
    struct sockaddr_storage ss = {.ss_family = AF_NETLINK};
    struct hl_addr a;

    cr_assert_eq(hl_addr_from_sockaddr(&a, &ss, sizeof(ss)), -EAFNOSUPPORT);
    cr_assert_eq(a.family, HL_AF_NONE);
    ss.ss_family = AF_INET6;
    cr_assert_eq(hl_addr_from_sockaddr(&a, &ss, sizeof(struct sockaddr_in)), -EAFNOSUPPORT);
    cr_assert_eq(hl_addr_from_sockaddr(&a, &ss, 0), -EAFNOSUPPORT);
    a.family = 77;
    cr_assert_eq(hl_addr_to_sockaddr(&a, true, &ss, &(socklen_t){0}), -EAFNOSUPPORT);
}

Test(addr, zones_by_name_and_number)
{
    static const char *const bad[] = {
        "nosuch", "", "0", "1x", "-1", "+1", " 1", "99999999999999999999", "4294967297"};
    uint32_t index;
    struct hl_endpoint e;
    struct hl_addr a;
    char text[HL_ADDR_TEXT];

    cr_assert_eq(hl_addr_scope_parse("lo", &index), 0);
    cr_assert_eq(index, if_nametoindex("lo"));
    cr_assert_eq(hl_addr_scope_parse("1", &index), 0);
    cr_assert_eq(index, 1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_eq(hl_addr_scope_parse(bad[i], &index), HL_ERR_BAD_SCOPE, "row %zu", i);

    cr_assert_eq(hl_endpoint_parse("[fe80::1%lo]:5", &e), 0);
    cr_assert_eq(hl_addr_resolve_scope(&e, &a), 0);
    cr_assert_str_eq(hl_addr_format(&a, text), "[fe80::1%lo]:5");
    cr_assert_eq(hl_endpoint_parse("[fe80::1%nosuch]:5", &e), 0);
    cr_assert_eq(hl_addr_resolve_scope(&e, &a), HL_ERR_BAD_SCOPE);
    e.zone[0] = '\0';
    cr_assert_eq(hl_addr_resolve_scope(&e, &a), HL_ERR_NEEDS_SCOPE);
}

Test(addr, an_interface_that_is_gone_is_shown_by_number)
{
    struct hl_addr a = {.family = HL_AF_INET6, .scope = 999999, .port = 5, .ip = {0xfe, 0x80}};
    char text[HL_ADDR_TEXT];

    cr_assert_str_eq(hl_addr_format(&a, text), "[fe80::%999999]:5");
}

Test(addr, mapped_v4_is_v4)
{
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
    struct sockaddr_storage ss = {0};
    struct hl_addr a;
    char text[HL_ADDR_TEXT];

    cr_assert_eq(inet_pton(AF_INET6, "::ffff:192.0.2.7", &sin6.sin6_addr), 1);
    memcpy(&ss, &sin6, sizeof(sin6));
    cr_assert_eq(hl_addr_from_sockaddr(&a, &ss, sizeof(sin6)), 0);
    cr_assert_str_eq(hl_addr_format(&a, text), "192.0.2.7:7");
    cr_assert(hl_addr_equal(
        &a, &(struct hl_addr){.family = HL_AF_INET, .port = 7, .ip = {192, 0, 2, 7}}));
}
