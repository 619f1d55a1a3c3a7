/* SPDX-License-Identifier: MIT */
#include "base64.h"
#include "input.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file with this content, read from its start. */
static int file_of(const void *data, size_t len)
{
    int fd = memfd_create("input", MFD_CLOEXEC);

    cr_assert_eq(write(fd, data, len), (ssize_t)len);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static bool next(struct hl_input *in, const char **line, size_t *len)
{
    while (!hl_input_line(in, line, len)) {
        if (hl_input_done(in))
            return false;
        cr_assert_eq(hl_input_fill(in), 0);
    }
    return true;
}

Test(input, lines_with_anything_in_them)
{
    static const char data[] = "one\n\ntwo\0three\n\xff\xfe\nlast";
    static const char *const lines[] = {"one", "", "two\0three", "\xff\xfe", "last"};
    static const size_t lens[] = {3, 0, 9, 2, 4};
    int fd = file_of(data, sizeof(data) - 1);
    struct hl_input in;
    const char *line;
    size_t len;

    hl_input_init(&in, fd);
    for (size_t i = 0; i < 5; i++) {
        cr_assert(next(&in, &line, &len));
        cr_assert_eq(len, lens[i]);
        cr_assert_eq(memcmp(line, lines[i], len), 0);
    }
    cr_assert_not(next(&in, &line, &len));
    cr_assert(hl_input_done(&in));
    hl_input_fini(&in);
    close(fd);
}

Test(input, long_lines_are_whole_up_to_the_limit_and_cut_between_characters_above)
{
    size_t size = HL_INPUT_LINE_MAX + 1000;
    char *data = malloc(size);
    struct hl_input in;
    const char *line;
    size_t len;
    int fd;

    memset(data, 'x', size);
    memcpy(data + HL_INPUT_LINE_MAX - 1, "\xc3\xa9", 2); /* would be cut in two */
    fd = file_of(data, size);
    hl_input_init(&in, fd);
    cr_assert(next(&in, &line, &len));
    cr_assert_eq(len, HL_INPUT_LINE_MAX - 1);
    cr_assert(next(&in, &line, &len));
    cr_assert_eq(len, size - HL_INPUT_LINE_MAX + 1);
    cr_assert_not(next(&in, &line, &len));
    hl_input_fini(&in);
    close(fd);

    data[HL_INPUT_LINE_MAX] = '\n';
    fd = file_of(data, size);
    hl_input_init(&in, fd);
    cr_assert(next(&in, &line, &len));
    cr_assert_eq(len, HL_INPUT_LINE_MAX);
    hl_input_fini(&in);
    close(fd);
    free(data);
}

Test(input, many_short_lines)
{
    enum { LINES = 100000 };
    char *data = malloc(LINES * 2);
    struct hl_input in;
    const char *line;
    size_t len;
    size_t count = 0;
    int fd;

    for (size_t i = 0; i < LINES; i++)
        memcpy(data + 2 * i, "a\n", 2);
    fd = file_of(data, LINES * 2);
    hl_input_init(&in, fd);
    while (next(&in, &line, &len)) {
        cr_assert(len == 1 && *line == 'a');
        count++;
    }
    cr_assert_eq(count, LINES);
    hl_input_fini(&in);
    close(fd);
    free(data);
}

Test(input, an_error_ends_it)
{
    struct hl_input in;

    hl_input_init(&in, -1);
    cr_assert_lt(hl_input_fill(&in), 0);
    cr_assert(hl_input_done(&in));
    hl_input_fini(&in);
}

Test(input, blank_lines)
{
    cr_assert(hl_input_blank("", 0));
    cr_assert(hl_input_blank(" \t\r", 3));
    cr_assert_not(hl_input_blank(" x ", 3));
    cr_assert_not(hl_input_blank("\0", 1));
}

Test(input, base64_of_rfc_4648)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    char out[16];

    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        size_t len = strlen(vectors[i][0]);

        cr_assert_eq(hl_base64_encode(out, vectors[i][0], len), hl_base64_size(len));
        cr_assert_eq(strncmp(out, vectors[i][1], hl_base64_size(len)), 0);
    }
}
