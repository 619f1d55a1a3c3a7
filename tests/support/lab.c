/* SPDX-License-Identifier: MIT */
#include "lab.h"

#include "peer.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The temporary file can go as soon as it is mounted. */
static bool replace(const char *path, const char *text)
{
    char name[] = "/tmp/hullo-lab-XXXXXX";
    int fd = mkstemp(name);
    bool done;

    if (fd < 0)
        return false;
    done = dprintf(fd, "%s\n", text) > 0 && fchmod(fd, 0644) == 0 &&
           mount(name, path, NULL, MS_BIND, NULL) == 0;
    close(fd);
    unlink(name);
    return done;
}

void lab_enter(const char *name_server, const char *hosts)
{
    char resolv[64];

    snprintf(resolv, sizeof(resolv), "nameserver %s", name_server);
    /* The mount fails in a chroot as well, where / is no mount point. */
    if (!own_netns() || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        cr_skip("namespaces are not permitted here");
    cr_assert(replace("/etc/resolv.conf", resolv));
    cr_assert(replace("/etc/hosts", hosts));
    cr_assert(replace("/etc/nsswitch.conf", "hosts: files dns\nservices: files"));
    /* The source address 10.200.0.1 keeps the resolver from preferring 10.77.0.2 as the nearest.
     * Behind the hole nobody answers, and without ARP nobody notices. */
    cr_assert_eq(shell("ip addr add 10.200.0.1/32 dev lo && ip addr add 10.77.0.2/32 dev lo && "
                       "ip route replace local 10.77.0.2 dev lo src 10.200.0.1 table local && "
                       "ip link add hole type veth peer name nobody && ip link set hole arp off && "
                       "ip link set nobody up && ip addr add 10.77.1.1/24 dev hole && "
                       "ip -6 addr add fd77::1/64 dev hole nodad && ip link set hole up"),
                 0);
}

unsigned lab_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;

    cr_assert_not_null(tasks);
    for (const struct dirent *e = readdir(tasks); e; e = readdir(tasks))
        count += e->d_name[0] != '.';
    closedir(tasks);
    return count;
}
