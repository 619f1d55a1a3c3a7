/* SPDX-License-Identifier: MIT */
#include "input.h"

#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FIRST_CAP = 64 << 10,
};

void hl_input_init(struct hl_input *in, int fd)
{
    *in = (struct hl_input){.fd = fd};
}

void hl_input_fini(struct hl_input *in)
{
    free(in->buf);
    *in = (struct hl_input){.fd = -1, .ended = true};
}

/* Room for at least one byte behind end. */
static int make_room(struct hl_input *in)
{
    size_t cap = in->cap ? in->cap * 2 : FIRST_CAP;
    char *grown;

    if (in->start > 0) {
        memmove(in->buf, in->buf + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    if (in->end < in->cap)
        return 0;
    grown = realloc(in->buf, cap);
    if (!grown)
        return -ENOMEM;
    in->buf = grown;
    in->cap = cap;
    return 0;
}

int hl_input_fill(struct hl_input *in)
{
    ssize_t got;
    int err = make_room(in);

    if (err == 0) {
        do
            got = read(in->fd, in->buf + in->end, in->cap - in->end);
        while (got < 0 && errno == EINTR);
        if (got > 0) {
            in->end += (size_t)got;
            return 0;
        }
        if (got < 0)
            err = errno == EAGAIN ? 0 : -errno;
        if (got < 0 && err == 0)
            return 0; /* somebody made it non-blocking, and another reader was faster */
    }
    in->ended = true;
    return err;
}

static void take(struct hl_input *in, size_t len, size_t skip, const char **line, size_t *out_len)
{
    *line = in->buf + in->start;
    *out_len = len;
    in->start += len + skip;
    in->searched = 0;
}

bool hl_input_line(struct hl_input *in, const char **line, size_t *len)
{
    size_t have = in->end - in->start;
    const char *newline = NULL;
    bool cut = false;

    if (have > in->searched)
        newline = memchr(in->buf + in->start + in->searched, '\n', have - in->searched);
    if (newline && newline - (in->buf + in->start) <= HL_INPUT_LINE_MAX)
        take(in, (size_t)(newline - (in->buf + in->start)), 1, line, len);
    else if ((cut = have > HL_INPUT_LINE_MAX))
        take(in, hl_utf8_cut(in->buf + in->start, have, HL_INPUT_LINE_MAX), 0, line, len);
    else if (in->ended && have)
        take(in, have, 0, line, len);
    else {
        in->searched = have;
        return false;
    }
    in->cut = cut;
    return true;
}

bool hl_input_done(const struct hl_input *in)
{
    return in->ended && in->start == in->end;
}

bool hl_input_blank(const char *line, size_t len)
{
    while (len && strchr(" \t\r\v\f", line[len - 1]) && line[len - 1])
        len--;
    return len == 0;
}
