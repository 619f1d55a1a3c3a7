/* SPDX-License-Identifier: MIT */
#include "feature.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct probe {
    const char *name;
    const char *purpose;
    int family, type, protocol;
    int level, option, value; /* an option that must be settable to value, level -1 = none */
    bool loopback;            /* an address must be bindable as well */
};

#define SOCK(name, family, type, protocol, purpose)                                                \
    {                                                                                              \
        name, purpose, family, type, protocol, -1, 0, 0, false                                     \
    }
#define OPTION(name, level, purpose)                                                               \
    {                                                                                              \
#name, purpose, AF_INET, SOCK_DGRAM, 0, level, name, 1, false                              \
    }

static const struct probe probes[] = {
    SOCK("AF_INET", AF_INET, SOCK_DGRAM, 0, "IPv4 peers"),
    {"AF_INET6", "IPv6 peers", AF_INET6, SOCK_DGRAM, 0, -1, 0, 0, true},
    SOCK("AF_UNIX", AF_UNIX, SOCK_STREAM, 0, "peers and scripts on this machine"),
    SOCK("AF_NETLINK", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "notices when addresses change"),
    SOCK("AF_CAN", AF_CAN, SOCK_RAW, CAN_RAW, "not used"),
    SOCK("CAN_BCM", AF_CAN, SOCK_DGRAM, CAN_BCM, "not used"),
    SOCK("AF_RDS", AF_RDS, SOCK_SEQPACKET, 0, "not used"),
    SOCK("SOCK_STREAM", AF_INET, SOCK_STREAM, 0, "TCP peers"),
    SOCK("SOCK_DGRAM", AF_INET, SOCK_DGRAM, 0, "UDP peers"),
    SOCK("SOCK_RAW", AF_INET, SOCK_RAW, IPPROTO_ICMP, "not used: needs root"),
    SOCK("SOCK_RDM", AF_INET, SOCK_RDM, 0, "not used: no common system has it"),
    SOCK("SOCK_SEQPACKET", AF_UNIX, SOCK_SEQPACKET, 0, "messages between local programs"),
    SOCK("PING", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, "/ping; sysctl net.ipv4.ping_group_range"),
    OPTION(IP_RECVERR, IPPROTO_IP, "refusals of UDP are shown"),
    OPTION(IP_PKTINFO, IPPROTO_IP, "answers leave from the address that was asked"),
    OPTION(SO_RXQ_OVFL, SOL_SOCKET, "lost datagrams are counted"),
    OPTION(UDP_GRO, IPPROTO_UDP, "datagrams arrive in runs; without it transfers are slower"),
    OPTION(UDP_SEGMENT, IPPROTO_UDP, "datagrams leave in runs; without it transfers are slower"),
    {"IP_PMTUDISC_PROBE", "finds out how large datagrams may be; without it they stay small",
     AF_INET, SOCK_DGRAM, 0, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, false},
};

static int bind_loopback6(int fd)
{
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    return bind(fd, (const struct sockaddr *)&sin6, sizeof(sin6)) ? -errno : 0;
}

static int try(const struct probe *p)
{
    int fd = socket(p->family, p->type | SOCK_CLOEXEC, p->protocol);
    int err = 0;

    if (fd < 0)
        return -errno;
    if (p->level >= 0 && setsockopt(fd, p->level, p->option, &p->value, sizeof(p->value)) != 0)
        err = -errno;
    if (err == 0 && p->loopback)
        err = bind_loopback6(fd);
    close(fd);
    return err;
}

bool hl_feature_probe(size_t i, struct hl_feature *out)
{
    if (i >= sizeof(probes) / sizeof(probes[0]))
        return false;
    *out = (struct hl_feature){probes[i].name, probes[i].purpose, try(&probes[i])};
    return true;
}

int hl_feature_find(const char *name)
{
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        if (strcmp(probes[i].name, name) == 0)
            return try(&probes[i]);
    }
    return -ENOENT;
}

bool hl_feature_has_ipv6(void)
{
    return hl_feature_find("AF_INET6") == 0;
}
