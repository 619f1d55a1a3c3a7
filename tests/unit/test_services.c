/* SPDX-License-Identifier: MIT */
#include "err.h"
#include "services.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static const struct {
    const char *name;
    enum hl_protocol proto;
    int port; /* 0 = not found */
} rows[] = {
    {"http", HL_PROTO_TCP, 80},     {"HTTP", HL_PROTO_ANY, 80},   {"nntp", HL_PROTO_TCP, 119},
    {"ftp-data", HL_PROTO_TCP, 20}, {"ftp", HL_PROTO_TCP, 21},    {"smtp", HL_PROTO_ANY, 25},
    {"pop3", HL_PROTO_TCP, 110},    {"imap4", HL_PROTO_TCP, 143}, {"telnet", HL_PROTO_TCP, 23},
    {"gopher", HL_PROTO_ANY, 70},   {"domain", HL_PROTO_UDP, 53}, {"tftp", HL_PROTO_UDP, 69},
    {"tftp", HL_PROTO_TCP, 0},      {"tftp", HL_PROTO_ANY, 69},   {"80", HL_PROTO_UDP, 80},
    {"65535", HL_PROTO_ANY, 65535}, {"70000", HL_PROTO_ANY, 0},   {"0", HL_PROTO_ANY, 0},
    {"nosuch", HL_PROTO_ANY, 0},    {"", HL_PROTO_ANY, 0},        {"-1", HL_PROTO_ANY, 0},
    {"80x", HL_PROTO_ANY, 0},       {"0x50", HL_PROTO_ANY, 0},    {"http", HL_PROTO_UDP, 0},
};

static const struct {
    uint16_t port;
    enum hl_protocol proto;
    const char *name; /* "" = not found */
} ports[] = {
    {53, HL_PROTO_UDP, "domain"}, {53, HL_PROTO_ANY, "domain"}, {69, HL_PROTO_TCP, ""},
    {69, HL_PROTO_UDP, "tftp"},   {80, HL_PROTO_TCP, "http"},   {23, HL_PROTO_ANY, "telnet"},
    {4855, HL_PROTO_ANY, ""},
};

static void check_tables(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t port = 0;
        int err = hl_service_port(rows[i].name, rows[i].proto, &port);

        cr_assert_eq(err, rows[i].port ? 0 : HL_ERR_BAD_PORT, "row %zu: %s", i, hl_err_text(err));
        if (!err)
            cr_assert_eq(port, rows[i].port, "row %zu: %d", i, port);
    }
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        char name[HL_SERVICE_MAX];
        int err = hl_service_name(ports[i].port, ports[i].proto, name);

        cr_assert_eq(err, *ports[i].name ? 0 : HL_ERR_NOT_FOUND, "port %d", ports[i].port);
        cr_assert_str_eq(name, ports[i].name);
    }
}

Test(services, with_the_system_s_database)
{
    if (access("/etc/services", R_OK) != 0)
        cr_skip("no /etc/services here");
    check_tables();
}

Test(services, without_it_the_classics_remain)
{
    if (access("/etc/services", R_OK) == 0 &&
        (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
         mount("/dev/null", "/etc/services", NULL, MS_BIND, NULL) != 0))
        cr_skip("hiding /etc/services needs root");
    check_tables();
}

Test(services, protocols_of_transports)
{
    cr_assert_eq(hl_service_protocol(HL_UDP), HL_PROTO_UDP);
    cr_assert_eq(hl_service_protocol(HL_TCP), HL_PROTO_TCP);
    cr_assert_eq(hl_service_protocol(HL_UNIX_STREAM), HL_PROTO_ANY);
}
