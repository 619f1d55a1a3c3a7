/* SPDX-License-Identifier: MIT */
/* What the disk under a directory can promise: how often in a second 4 KiB can be appended to a
 * file there and be flushed. usage: commit-rate DIRECTORY [COUNT] */
#include "stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMITS = 1000, BLOCK = 4096, ALLOCATED = 64 };

static double times[COMMITS];

int main(int argc, char **argv)
{
    static char block[BLOCK];
    char path[4096];
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : COMMITS;
    double start;
    int fd;

    if (argc < 2 || count == 0 || count > COMMITS) {
        fprintf(stderr, "usage: commit-rate DIRECTORY [COUNT up to %d]\n", COMMITS);
        return 2;
    }
    snprintf(path, sizeof path, "%s/commit-rate.XXXXXX", argv[1]);
    fd = mkstemp(path);
    if (fd < 0 || unlink(path))
        stats_die(path);
    memset(block, 'x', sizeof block);
    /* As a write-ahead log that is used anew: the blocks are there already. */
    for (size_t i = 0; i < ALLOCATED; i++)
        if (write(fd, block, sizeof block) != BLOCK)
            stats_die("write");
    if (fsync(fd))
        stats_die("fsync");
    start = stats_now();
    for (size_t i = 0; i < count; i++) {
        double before = stats_now();

        if (pwrite(fd, block, sizeof block, (off_t)(i % ALLOCATED) * BLOCK) != BLOCK ||
            fdatasync(fd))
            stats_die("fdatasync");
        times[i] = stats_now() - before;
    }
    stats_print("disk_commits_per_s", (double)count * 1e6 / (stats_now() - start));
    stats_print_quantiles("disk_commit", times, count);
    close(fd);
    return 0;
}
