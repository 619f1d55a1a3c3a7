/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "suggest.h"
#include "usage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS = 24,
};

/* Splits at spaces: good enough for command lines of tests. */
static int parse(const char *line, struct hl_options *o, char *why)
{
    static char copy[512];
    static char *argv[WORDS];
    int argc = 0;

    snprintf(copy, sizeof(copy), "hullo %s", line);
    for (char *word = strtok(copy, " "); word && argc < WORDS - 1; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return hl_options_parse(argc, argv, o, why);
}

static const struct {
    const char *line;
    enum hl_verb verb;
    size_t args;
    const char *first;
} taken[] = {
    {"", HL_VERB_CHAT, 0, NULL},
    {"bob", HL_VERB_CHAT, 1, "bob"},
    {"chat bob", HL_VERB_CHAT, 1, "bob"},
    {"--plain chat bob --line", HL_VERB_CHAT, 1, "bob"},
    {"chat send", HL_VERB_CHAT, 1, "send"},
    {"send bob hello there", HL_VERB_SEND, 3, "bob"},
    {"send --wait sent bob -- --plain -4", HL_VERB_SEND, 3, "bob"},
    {"listen", HL_VERB_LISTEN, 0, NULL},
    {"listen --exec -- grep -v x", HL_VERB_LISTEN, 3, "grep"},
    {"resolve localhost:http", HL_VERB_RESOLVE, 1, "localhost:http"},
    {"id --set-passphrase --new-passphrase-file x", HL_VERB_ID, 0, NULL},
    {"contact", HL_VERB_CONTACT, 0, NULL},
    {"contact add bob 192.0.2.1", HL_VERB_CONTACT, 3, "add"},
    {"verify --number 12345 bob", HL_VERB_VERIFY, 1, "bob"},
    {"history bob --limit 0 --since 2026-11-21 --until 2026-11-22", HL_VERB_HISTORY, 1, "bob"},
    {"search --in bob red apples", HL_VERB_SEARCH, 2, "red"},
};

Test(options, commands_and_operands)
{
    struct hl_options o;
    char why[HL_WHY_MAX];

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        cr_assert_eq(parse(taken[i].line, &o, why), 0, "%s: %s", taken[i].line, why);
        cr_assert_eq(o.verb, taken[i].verb, "%s", taken[i].line);
        cr_assert_eq(o.arg_count, taken[i].args, "%s", taken[i].line);
        if (taken[i].first)
            cr_assert_str_eq(o.args[0], taken[i].first);
        cr_assert_null(o.args[o.arg_count]);
    }
}

static const struct {
    const char *line;
    const char *why;
} refused[] = {
    {"--plane x", "--plane: no such option: did you mean --plain?"},
    {"--lin x", "--lin: could be --line, --linger"},
    {"-x", "-x: no such option"},
    {"--plain=yes x", "--plain: takes no value"},
    {"--timeout", "--timeout: needs SECONDS"},
    {"--timeout -1 x", "--timeout -1: must be a number of seconds, such as 2 or 0.5"},
    {"listen --count 0", "--count 0: must be a number from 1"},
    {"listen --count 0x10", "--count 0x10: must be a number from 1"},
    {"--rate 1000001 x",
     "--rate 1000001: must be a number of messages per second up to 1000000, 0 for no limit"},
    {"--count 1 bob", "--count: not an option of `chat'"},
    {"send --echo bob x", "--echo: not an option of `send'"},
    {"-4 -6 bob", "-4 and -6: only one of them can hold"},
    {"history --limit x", "--limit x: must be a number, 0 for no limit"},
    {"history --since yesterday", "--since yesterday: must be a date, such as 2026-11-21, "
                                  "'2026-11-21 08:03' or 2026-11-21T08:03:04Z"},
    {"history --prune 2026-01-01 --limit 5",
     "--prune: removes, and so goes with no option that prints"},
    {"verify bob --yes --number 1", "--number and --yes: only one of them can hold"},
    {"verify", "verify: PEER is missing"},
    {"id --new-passphrase-file x", "--new-passphrase-file: only together with --set-passphrase"},
    {"id --set-passphrase --remove-passphrase",
     "--set-passphrase and --remove-passphrase: which one?"},
    {"id --qr --json", "--qr and --json: only one of them can hold"},
    {"send --yes bob x", "--yes: not an option of `send'"},
    {"listen --echo --reply x", "--reply, --echo and --exec: only one of them can answer"},
    {"listen --exec", "--exec: the command is missing: --exec -- CMD [ARG...]"},
    {"listen bob", "bob: one argument too many for `listen'"},
    {"bob eve", "eve: one argument too many for `chat'"},
    {"send", "send: PEER is missing"},
    {"resolve", "resolve: NAME[:PORT] is missing"},
    {"send --wait done bob", "--wait done: must be `queued', `sent', `delivered' or `read'"},
    {"send --plain --wait delivered bob", "--wait: a plain peer confirms nothing"},
    {"send --plain --no-queue bob", "--no-queue: plain text is never kept, numbered or confirmed"},
    {"listen --retention 0", "--retention 0: must be a number of days, from 1 to 36500"},
    {"listen --retention 30d", "--retention 30d: must be a number of days, from 1 to 36500"},
    {"--plain --retention 30 bob", "--retention: plain text is never kept, numbered or confirmed"},
    {"--plain --no-receipts bob", "--no-receipts: plain text is never kept, numbered or confirmed"},
    {"send --reply-to 12 bob", "--reply-to 12: must be the id of an entry: 32 hexadecimal digits"},
    {"send --reply-to 0123456789abcdef0123456789abcdef0 bob",
     "--reply-to 0123456789abcdef0123456789abcdef0: must be the id of an entry: 32 hexadecimal "
     "digits"},
    {"--plain --pair", "--pair: plain text knows no keys, so anybody may talk"},
    {"--newline bob", "--newline: only together with --plain"},
    {"--rate 5 bob", "--rate: only together with --plain"},
    {"--log-level loud x", "--log-level loud: must be `error', `warn', `info' or `debug'"},
};

Test(options, what_is_refused_and_why)
{
    struct hl_options o;
    char why[HL_WHY_MAX];

    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        cr_assert_eq(parse(refused[i].line, &o, why), -1, "%s", refused[i].line);
        if (strncmp(refused[i].why, "resolve", 7)) /* its name holds a bracket */
            cr_assert_str_eq(why, refused[i].why, "%s", why);
    }
}

Test(options, values)
{
    struct hl_options o;
    char why[HL_WHY_MAX];

    cr_assert_eq(parse("listen --plain --listen 1 -l tcp://:2 --time=0.25 --json -n 7 --name N "
                       "--rate 0",
                       &o, why),
                 0, "%s", why);
    cr_assert(o.plain && o.json && !o.echo);
    cr_assert_eq(o.listen_count, 2);
    cr_assert_str_eq(o.listen[1], "tcp://:2");
    cr_assert_eq(o.timeout, HL_MS(250));
    cr_assert_eq(o.linger, HL_UNSET);
    cr_assert_eq(o.count, 7);
    cr_assert_eq(o.rate, 0);
    cr_assert_str_eq(o.name, "N");
    cr_assert_eq(parse("send --wait read --no-queue --expire 2.5 bob x --reply-to "
                       "00112233445566778899aabbccddeeff",
                       &o, why),
                 0, "%s", why);
    cr_assert_eq(o.wait, HL_WAIT_READ);
    cr_assert(o.no_queue && o.reply_to_given);
    cr_assert_eq(o.expire, HL_MS(2500));
    cr_assert(o.reply_to[0] == 0 && o.reply_to[1] == 0x11 && o.reply_to[15] == 0xff);
}

Test(options, defaults)
{
    struct hl_options o;
    char why[HL_WHY_MAX];

    unsetenv("HULLO_HOME");
    cr_assert_eq(parse("bob", &o, why), 0);
    cr_assert_eq(o.rate, HL_RATE_DEFAULT);
    cr_assert_eq(o.wait, HL_WAIT_DELIVERED);
    cr_assert_eq(parse("send --plain bob x", &o, why), 0);
    cr_assert_eq(o.wait, HL_WAIT_SENT);
    cr_assert_neq(o.name[0], '\0');
    cr_assert_null(o.home);
    setenv("HULLO_HOME", "/somewhere", 1);
    cr_assert_eq(parse("bob", &o, why), 0);
    cr_assert_str_eq(o.home, "/somewhere");
    cr_assert_eq(parse("--home /else bob", &o, why), 0);
    cr_assert_str_eq(o.home, "/else");
}

Test(options, more_listeners_than_fit)
{
    struct hl_options o;
    char why[HL_WHY_MAX];
    char words[3][8] = {"hullo", "listen", "-l1"};
    char *argv[2 * HL_LISTEN_OPTIONS_MAX + 4] = {words[0], words[1]};
    int argc = 2;

    for (int i = 0; i <= HL_LISTEN_OPTIONS_MAX; i++) {
        argv[argc++] = words[2];
        cr_assert_eq(hl_options_parse(argc, argv, &o, why), i < HL_LISTEN_OPTIONS_MAX ? 0 : -1);
    }
}

static const struct {
    const char *text;
    hl_time time; /* -1 = refused */
} seconds[] = {
    {"0", 0},           {"2", HL_SECS(2)}, {"0.5", HL_MS(500)}, {".25", HL_MS(250)},
    {"3.", HL_SECS(3)}, {"0.000001", 1},   {"1e3", -1},         {"", -1},
    {".", -1},          {"-1", -1},        {"1,5", -1},         {"0.0000001", -1},
    {" 1", -1},         {"1s", -1},        {"inf", -1},         {"99999999999999999999", -1},
};

Test(options, seconds)
{
    hl_time t;

    for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
        int err = hl_options_seconds(seconds[i].text, &t);

        cr_assert_eq(err, seconds[i].time < 0 ? -1 : 0, "%s", seconds[i].text);
        if (err == 0)
            cr_assert_eq(t, seconds[i].time, "%s", seconds[i].text);
    }
}

Test(options, every_row_is_listed_and_no_name_or_letter_is_used_twice)
{
    size_t count;
    const struct hl_option_row *table = hl_options_table(&count);
    char *help = NULL;
    size_t size;
    FILE *out = open_memstream(&help, &size);
    struct hl_options o = {0};

    hl_usage_help(&o, out);
    fclose(out);
    for (size_t i = 0; i < count; i++) {
        char name[64];

        snprintf(name, sizeof(name), "--%s", table[i].name);
        cr_assert_not_null(strstr(help, name), "%s", name);
        cr_assert_neq(table[i].verbs, 0);
        cr_assert_gt(strlen(table[i].help), 0);
        for (size_t k = 0; k < i; k++) {
            cr_assert_str_neq(table[i].name, table[k].name);
            cr_assert(table[i].letter == 0 || table[i].letter != table[k].letter);
        }
    }
    for (char *line = strtok(help, "\n"); line; line = strtok(NULL, "\n"))
        cr_assert_leq(strlen(line), 100, "%s", line);
    free(help);
}

static const char *name_of(size_t i)
{
    static const char *const names[] = {"connect", "close", "quit"};

    return names[i];
}

Test(options, suggestions)
{
    cr_assert_eq(hl_suggest_distance("kitten", "sitting"), 3);
    cr_assert_eq(hl_suggest_distance("ab", "ba"), 1);
    cr_assert_eq(hl_suggest_distance("", "abc"), 3);
    cr_assert_str_eq(hl_suggest("conect", 3, name_of), "connect");
    cr_assert_str_eq(hl_suggest("cloes", 3, name_of), "close");
    cr_assert_null(hl_suggest("zzz", 3, name_of));
    cr_assert_null(hl_suggest("", 3, name_of));
}
