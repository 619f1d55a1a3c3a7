/* SPDX-License-Identifier: MIT */
/* Nothing from outside controls a terminal, forges a line or hides: all Unicode scalar values, all
 * pairs of bytes and ill-formed UTF-8, as text and as name, through everything that writes. */
#include "base64.h"
#include "exec.h"
#include "forbidden.h"
#include "log.h"
#include "print.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    BATCH = 64, /* scalar values in one message */
    SCALARS = 0x110000 - 0x800,
    PAIRS = 1 << 16,
    INPUT_MAX = BATCH * HL_UTF8_MAX + 2,
};

/* ---- the inputs ---- */

struct input {
    char text[INPUT_MAX];
    size_t len;
};

static const char *const ill_formed[] = {
    "\xc0\xaf",
    "\xe0\x80\xaf",
    "\xf0\x80\x80\xaf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xe6\xbc",
    "\xf0\x9f\x98",
    "\xc2",
    "\xff\xfe",
    "\xc2\x1b[2J",
    "\xe2\x80\n\xae",
    "\xf0\x9f\n\x98\x80",
    ("\xc3\x9b\x9b"
     "31m"),
};
enum {
    ILL_FORMED = sizeof ill_formed / sizeof ill_formed[0],
    BATCHES = SCALARS / BATCH,
    INPUTS = BATCHES + PAIRS + ILL_FORMED,
};
_Static_assert(SCALARS % BATCH == 0, "the last batch is whole");

/* Input i of INPUTS. Letters stand at both ends, so that nothing is lost unseen. */
static void make_input(size_t i, struct input *in)
{
    in->len = 0;
    in->text[in->len++] = 'a';
    if (i < BATCHES) {
        for (uint32_t n = 0; n < BATCH; n++) {
            uint32_t cp = (uint32_t)i * BATCH + n;

            in->len += hl_utf8_encode(cp < 0xd800 ? cp : cp + 0x800, in->text + in->len);
        }
    } else if (i < BATCHES + PAIRS) {
        in->text[in->len++] = (char)((i - BATCHES) >> 8);
        in->text[in->len++] = (char)(i - BATCHES);
    } else {
        const char *bytes = ill_formed[i - BATCHES - PAIRS];

        memcpy(in->text + in->len, bytes, strlen(bytes));
        in->len += strlen(bytes);
    }
    in->text[in->len++] = 'z';
}

/* ---- a stream of this process, read again ---- */

struct caught {
    int fd, saved, memory;
};

static struct caught catch_fd(int fd)
{
    struct caught c = {.fd = fd, .saved = dup(fd), .memory = memfd_create("caught", MFD_CLOEXEC)};

    fflush(NULL);
    cr_assert(c.saved >= 0 && c.memory >= 0 && dup2(c.memory, fd) == fd);
    return c;
}

/* What was written there since, with NUL; the caller frees it. */
static char *release(struct caught *c, size_t *len)
{
    char *text;
    off_t size;

    fflush(NULL);
    dup2(c->saved, c->fd);
    close(c->saved);
    size = lseek(c->memory, 0, SEEK_END);
    text = malloc((size_t)size + 1);
    cr_assert_eq(pread(c->memory, text, (size_t)size, 0), size);
    text[size] = '\0';
    *len = (size_t)size;
    close(c->memory);
    return text;
}

/* Every line is whole, visible, and begins as only its writer can make it. Returns how many. */
static size_t check_lines(const char *text, size_t len, const char *prefix, bool ascii)
{
    size_t lines = 0;

    cr_assert(hl_utf8_valid(text, len));
    for (size_t at = 0; at < len; lines++) {
        cr_assert_eq(strncmp(text + at, prefix, strlen(prefix)), 0, "line %zu: %.40s", lines,
                     text + at);
        for (;;) {
            uint32_t cp;

            cr_assert_lt(at, len, "line %zu does not end", lines);
            at += hl_utf8_decode(text + at, len - at, &cp);
            if (cp == '\n')
                break;
            cr_assert(!forbidden(cp), "line %zu: U+%04X", lines, cp);
            cr_assert(!ascii || cp < 0x7f, "line %zu: U+%04X", lines, cp);
        }
    }
    return lines;
}

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(sinks, .init = utf8_locale);

/* ---- messages on standard output ---- */

static void say(struct hl_printer *p, struct hl_conv *c, const struct input *in)
{
    const struct hl_incoming m = {
        .text = in->text, .len = in->len, .bad_utf8 = !hl_utf8_valid(in->text, in->len)};

    hl_print(p, &(struct hl_notice){.kind = HL_NOTICE_MESSAGE, .conv = c, .message = &m});
}

static void print_all(const struct hl_options *options, bool ascii)
{
    struct hl_log log = {.fd = -1};
    const struct hl_program program = {.options = options, .log = &log, .ascii = ascii};
    struct hl_conv conv = {.name = "bob"};
    struct hl_printer printer = {.program = &program};
    struct input in;

    for (size_t i = 0; i < INPUTS; i++) {
        make_input(i, &in);
        say(&printer, &conv, &in);
    }
    cr_assert_eq(hl_print_flush(&printer), 0);
}

Test(sinks, a_message_is_one_line, .timeout = 100)
{
    static const struct hl_options options = {.json = false};

    for (int ascii = 0; ascii < 2; ascii++) {
        struct caught out = catch_fd(STDOUT_FILENO);
        size_t len;
        char *text;

        print_all(&options, ascii);
        text = release(&out, &len);
        cr_assert_eq(check_lines(text, len, "bob: a", ascii), INPUTS);
        free(text);
    }
    printf("%d scalar values, %d pairs of bytes, %d ill-formed strings\n", SCALARS, PAIRS,
           ILL_FORMED);
}

/* ---- the same as JSON: nothing raw, nothing lost ---- */

static void check_json(const char *line, size_t len, size_t i)
{
    json_t *object = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    const json_t *text = json_object_get(object, "text");
    const char *bytes = json_string_value(json_object_get(object, "bytes"));
    struct input in;

    make_input(i, &in);
    cr_assert_not_null(object, "input %zu", i);
    if (hl_utf8_valid(in.text, in.len)) {
        cr_assert_null(bytes);
        cr_assert_eq(json_string_length(text), in.len, "input %zu", i);
        cr_assert_eq(memcmp(json_string_value(text), in.text, in.len), 0, "input %zu", i);
    } else {
        char encoded[2 * INPUT_MAX];
        size_t n = hl_base64_encode(encoded, in.text, in.len);

        cr_assert(bytes && strlen(bytes) == n && memcmp(bytes, encoded, n) == 0, "input %zu", i);
    }
    json_decref(object);
}

Test(sinks, json_gives_the_exact_text_back, .timeout = 100)
{
    static const struct hl_options options = {.json = true};
    struct caught out = catch_fd(STDOUT_FILENO);
    size_t number = 0;
    size_t len;
    char *text;

    print_all(&options, false);
    text = release(&out, &len);
    cr_assert_eq(check_lines(text, len, "{\"v\":1,\"event\":\"message\",", true), INPUTS);
    for (char *line = text; *line; number++) {
        char *end = strchr(line, '\n');

        check_json(line, (size_t)(end - line), number);
        line = end + 1;
    }
    free(text);
}

/* ---- names ---- */

static void name_it(struct hl_conv *c, struct input *in)
{
    for (size_t k = 0; k < in->len; k++) /* a C string: it ends at NUL */
        c->name[k] = in->text[k] ? in->text[k] : '0';
    c->name[in->len] = '\0';
}

/* However the peer is called, one message is one line, and its sender ends where it ends. */
Test(sinks, a_name_forges_no_sender, .timeout = 100)
{
    static const struct hl_options options = {.json = false};
    static const struct input hi = {"hi", 2};
    struct hl_log log = {.fd = -1};
    const struct hl_program program = {.options = &options, .log = &log};
    struct hl_printer printer = {.program = &program};
    struct caught out = catch_fd(STDOUT_FILENO);
    struct hl_conv conv = {.name = ""};
    struct input in;
    size_t len;
    char *text;

    for (size_t i = 0; i < INPUTS; i++) {
        make_input(i, &in);
        name_it(&conv, &in);
        say(&printer, &conv, &hi);
    }
    strcpy(conv.name, "bob: I owe you: 100");
    say(&printer, &conv, &hi);
    cr_assert_eq(hl_print_flush(&printer), 0);
    text = release(&out, &len);
    cr_assert_eq(check_lines(text, len, "", false), INPUTS + 1);
    for (char *line = text; *line;) {
        char *sender = strstr(line, ": ");

        cr_assert_eq(strncmp(sender, ": hi\n", 5), 0, "%.60s", line);
        line = strchr(line, '\n') + 1;
    }
    free(text);
}

/* ---- reports and the log ---- */

Test(sinks, a_report_is_one_line, .timeout = 100)
{
    struct caught err = catch_fd(STDERR_FILENO);
    char words[INPUT_MAX];
    struct input in;
    size_t len;
    char *text;

    for (size_t i = 0; i < INPUTS; i++) {
        make_input(i, &in);
        snprintf(words, sizeof words, "%.*s", (int)in.len, in.text); /* as C strings come */
        hl_report(words, "why");
        hl_reportf("what", "%s", words);
    }
    text = release(&err, &len);
    cr_assert_eq(check_lines(text, len, "hullo: ", false), 2 * INPUTS);
    free(text);
}

Test(sinks, a_log_line_is_one_line, .timeout = 100)
{
    struct hl_log log = {.fd = memfd_create("log", MFD_CLOEXEC), .level = HL_LOG_DEBUG};
    struct caught c = {.fd = STDERR_FILENO, .saved = dup(STDERR_FILENO), .memory = log.fd};
    struct hl_conv conv = {.name = ""};
    struct input in;
    size_t len;
    char *text;

    for (size_t i = 0; i < INPUTS; i++) {
        make_input(i, &in);
        name_it(&conv, &in);
        hl_log_write(&log, HL_LOG_INFO, "%s", conv.name);
        hl_events_log(&log, &(struct hl_notice){.kind = HL_NOTICE_OPENED, .conv = &conv});
    }
    text = release(&c, &len);
    cr_assert_eq(check_lines(text, len, "20", false), 2 * INPUTS); /* of this century */
    free(text);
}

static char told[HL_WHY_MAX];

static void take_told(void *user, const char *text)
{
    (void)user;
    snprintf(told, sizeof told, "%s", text);
}

/* A file system that is full takes the beginning of a line: no error, and errno is an old one. */
Test(sinks, a_log_says_why_a_line_was_cut)
{
    struct hl_log log = {
        .fd = memfd_create("log", MFD_CLOEXEC), .level = HL_LOG_DEBUG, .path = "hullo.log"};
    struct rlimit before;
    struct rlimit room = {.rlim_cur = 10};

    hl_log_tell(&log, take_told, NULL);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    room.rlim_max = before.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
    errno = EACCES;
    hl_log_write(&log, HL_LOG_INFO, "hello");
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    cr_assert_str_eq(told, "log hullo.log: No space left on device: logging stops", "%s", told);
    cr_assert_eq(log.fd, -1);
}

/* ---- the environment of --exec ---- */

static char answer[1 << 16];
static size_t answer_len;

static void take_answer(void *user, uint32_t conv, const char *text, size_t len)
{
    (void)user;
    (void)conv;
    cr_assert_lt(len, sizeof answer);
    memcpy(answer, text, len);
    answer_len = len;
}

static void child_failed(void *user, uint32_t conv, const char *why)
{
    (void)user;
    (void)conv;
    cr_assert_fail("%s", why);
}

Test(sinks, children_find_clean_names, .timeout = 100)
{
    static const struct hl_exec_ops ops = {.answer = take_answer, .failed = child_failed};
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"},
                    (char[]){"printf '%s\\n' \"$HULLO_FROM\" \"$HULLO_NAME\""}, NULL};
    static char all[PAIRS];
    size_t len = 0;
    struct hl_exec *exec;

    for (uint32_t cp = 1; cp < 0x2100; cp++) /* the controls of all kinds but the tags */
        len += hl_utf8_encode(cp, all + len);
    len += hl_utf8_encode(0xe0041, all + len);
    strcpy(all + len, "\xff\xc2");
    signal(SIGPIPE, SIG_IGN); /* the child does not read its input */
    cr_assert_eq(hl_exec_new(argv, &ops, NULL, &exec), 0);
    cr_assert_eq(
        hl_exec_run(exec, &(struct hl_exec_job){.conv = 1,
                                                .text = "hi",
                                                .len = 2,
                                                .from = all,
                                                .local = "",
                                                .transport = "udp",
                                                .name = "\x1b]0;owned\a\nHULLO_NAME=root"}),
        0);
    while (hl_exec_busy(exec, 0)) {
        struct pollfd fds[HL_EXEC_FDS];

        poll(fds, hl_exec_poll(exec, fds), 100);
        hl_exec_handle(exec);
    }
    hl_exec_free(exec);
    answer[answer_len++] = '\n';
    cr_assert_eq(check_lines(answer, answer_len, "", false), 2);
}
