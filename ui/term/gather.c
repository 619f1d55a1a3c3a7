/* SPDX-License-Identifier: MIT */
#include "gather.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PIECE = 16 * 1024, /* most frames are smaller */
};

int hl_gather_init(struct hl_gather *g, int tty)
{
    int own = fcntl(tty, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    *g = (struct hl_gather){.tty = tty, .memory = -1};
    if (own < 0)
        return -errno;
    g->out = fdopen(own, "w");
    if (g->out == NULL) {
        close(own);
        return -ENOMEM;
    }
    g->memory = memfd_create("frame", MFD_CLOEXEC);
    return 0;
}

void hl_gather_fini(struct hl_gather *g)
{
    if (g->out != NULL)
        fclose(g->out);
    if (g->memory >= 0)
        close(g->memory);
}

void hl_gather_begin(struct hl_gather *g)
{
    if (g->memory >= 0)
        dup3(g->memory, fileno(g->out), O_CLOEXEC);
}

void hl_gather_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EAGAIN) /* somebody who has it too has made it so */
            poll(&room, 1, -1);
        else if (n <= 0 && errno != EINTR)
            return; /* the read side will say so */
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

void hl_gather_put(struct hl_gather *g, const char *bytes, size_t len)
{
    hl_gather_write(fileno(g->out), bytes, len);
}

void hl_gather_end(struct hl_gather *g)
{
    char piece[PIECE];
    off_t at = 0;
    ssize_t n;

    if (g->memory < 0)
        return;
    dup3(g->tty, fileno(g->out), O_CLOEXEC);
    off_t end = lseek(g->memory, 0, SEEK_CUR);
    for (; at < end; at += n) {
        size_t most = end - at < PIECE ? (size_t)(end - at) : PIECE;
        n = pread(g->memory, piece, most, at);
        if (n <= 0)
            break;
        hl_gather_write(g->tty, piece, (size_t)n);
    }
    lseek(g->memory, 0, SEEK_SET);
}
