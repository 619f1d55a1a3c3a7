/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char said[8192];
static bool has_quit;

static void say(void *user, const char *text)
{
    (void)user;
    cr_assert_null(strchr(text, '\n'));
    strncat(said, text, sizeof(said) - strlen(said) - 2);
    strcat(said, "\n");
}

static void select_conv(void *user, struct hl_conv *c)
{
    struct hl_commands *commands = user;

    commands->current = c;
}

static void quit(void *user)
{
    (void)user;
    has_quit = true;
}

static const struct hl_command_ops ops = {.say = say, .select = select_conv, .quit = quit};

static void set_up(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(command, .init = set_up);

static const struct {
    const char *line;
    enum hl_command_type kind;
    const char *text;
} lines[] = {
    {"hello", HL_COMMAND_TEXT, "hello"},
    {" /not a command", HL_COMMAND_TEXT, " /not a command"},
    {"/help", HL_COMMAND_RUN, NULL},
    {"/", HL_COMMAND_RUN, NULL},
    {"//etc/hosts", HL_COMMAND_TEXT, "/etc/hosts"},
    {"", HL_COMMAND_NOTHING, NULL},
    {" \t\r", HL_COMMAND_NOTHING, NULL},
};

Test(command, lines)
{
    const char *text;

    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        enum hl_command_type kind = hl_command_type(lines[i].line, strlen(lines[i].line), &text);

        cr_assert_eq(kind, lines[i].kind, "%s", lines[i].line);
        if (lines[i].text)
            cr_assert_str_eq(text, lines[i].text);
    }
}

Test(command, the_table_is_whole_and_help_lists_it)
{
    struct hl_commands c = {.ops = &ops, .user = &c};
    size_t count;
    const struct hl_command_row *table = hl_command_table(&count);

    hl_command_run(&c, "/help");
    for (size_t i = 0; i < count; i++) {
        char name[32];

        snprintf(name, sizeof(name), "/%s ", table[i].name);
        cr_assert_not_null(strstr(said, name), "%s", name);
        cr_assert_gt(strlen(table[i].help), 0);
        cr_assert_not_null(table[i].run);
        for (size_t k = 0; k < i; k++)
            cr_assert_str_neq(table[i].name, table[k].name);
    }
}

static enum hl_action opened;

static bool open_page(void *user, enum hl_action action, const char *words)
{
    (void)user;
    (void)words;
    opened = action;
    return true;
}

Test(command, help_is_a_page_where_there_are_pages)
{
    struct hl_command_ops screen = ops;
    struct hl_commands c = {.ops = &screen, .user = &c};

    screen.open = open_page;
    hl_command_run(&c, "/help");
    cr_assert_eq(opened, HL_ACT_HELP);
    cr_assert_str_empty(said);
    hl_command_run(&c, "/help quit");
    cr_assert_not_null(strstr(said, "/quit: "));
}

Test(command, help_about_one_thing)
{
    static const struct {
        const char *typed, *says;
    } rows[] = {
        {"/help msg", "/msg PEER TEXT: say something in another conversation"},
        {"/help /msg", "/msg PEER TEXT: "},
        {"/help list_width",
         "/set list_width VALUE: columns of the list of conversations; 0: as many as the "
         "names need; 0 to 80"},
        {"/help split-below", "split-below: C-x 2; split: another pane below"},
        {"/help nonsense", "nonsense: no such command, setting or action: /help lists them"},
    };
    struct hl_commands c = {.ops = &ops, .user = &c};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        said[0] = '\0';
        hl_command_run(&c, rows[i].typed);
        cr_assert_not_null(strstr(said, rows[i].says), "%s: %s", rows[i].typed, said);
    }
}

Test(command, names_may_be_shortened_while_they_are_clear)
{
    struct hl_commands c = {.ops = &ops, .user = &c};

    hl_command_run(&c, "/q");
    cr_assert(has_quit);
    hl_command_run(&c, "/c bob");
    cr_assert_not_null(strstr(said, "/c: no such command"));
}

Test(command, unknown_ones_are_named_with_the_nearest)
{
    struct hl_commands c = {.ops = &ops, .user = &c};

    hl_command_run(&c, "/conect bob");
    cr_assert_not_null(strstr(said, "/conect: no such command: did you mean /connect?"), "%s",
                       said);
    said[0] = '\0';
    hl_command_run(&c, "/\x1b[31mred");
    cr_assert_not_null(strstr(said, "no such command"));
    cr_assert_null(strchr(said, '\x1b'));
}

/* The rest works on a real talk: no peer is needed to say what is wrong. */
Test(command, on_a_session_without_peers)
{
    static const struct hl_talk_ops none = {0};
    struct hl_options o = {.plain = true, .ipv4_only = true, .timeout = HL_UNSET};
    struct hl_session s;
    char why[HL_WHY_MAX];
    struct hl_commands c = {.ops = &ops, .user = &c, .session = &s};

    cr_assert_eq(hl_session_start(&s, &o, &none, NULL, why), 0, "%s", why);
    cr_assert_eq(hl_session_listen(&s, "127.0.0.1:0", false, false, why), 0, "%s", why);
    cr_assert_eq(s.bound_count, 2);
    hl_command_run(&c, "/peer");
    hl_command_run(&c, "/peer 3");
    hl_command_run(&c, "/close");
    hl_command_run(&c, "/connect");
    hl_command_run(&c, "/connect 010.0.0.1");
    hl_command_run(&c, "/resolve host:70000");
    hl_command_run(&c, "/net");
    cr_assert_not_null(strstr(said, "there is no conversation yet"));
    cr_assert_not_null(strstr(said, "3: no such conversation"));
    cr_assert_not_null(strstr(said, "/connect: PEER is missing"));
    cr_assert_not_null(strstr(said, "without leading zeros"));
    cr_assert_not_null(strstr(said, "port must be"));
    cr_assert_not_null(strstr(said, "listening on 127.0.0.1:"));
    cr_assert_not_null(strstr(said, "listening on tcp://127.0.0.1:"));
    cr_assert_not_null(strstr(said, "this system has: "));
    cr_assert_not_null(strstr(said, " SOCK_DGRAM"));
    cr_assert_null(c.current);
    hl_command_run(&c, "/connect 127.0.0.1:9");
    cr_assert_not_null(c.current);
    said[0] = '\0';
    hl_command_run(&c, "/peer");
    cr_assert_not_null(strstr(said, "* 1 127.0.0.1:9: udp"), "%s", said);
    hl_session_stop(&s, 0);
}

static const struct {
    const char *address, *port, *joined; /* joined NULL = refused */
} joins[] = {
    {"host", "80", "host:80"},
    {"host", "", "host"},
    {"127.0.0.1", "4855", "127.0.0.1:4855"},
    {"::1", "80", "[::1]:80"},
    {"[::1]", "80", "[::1]:80"},
    {"tcp://host", "80", "tcp://host:80"},
    {"host:81", "80", "host:81"},
    {"unix:/x", "80", "unix:/x"},
    {"host", "70000", NULL},
    {"host", "0", NULL},
    {"host", "http", NULL},
    {"010.0.0.1", "80", NULL},
    {"", "80", NULL},
};

Test(command, answers_joined_to_a_peer)
{
    char out[64];

    for (size_t i = 0; i < sizeof(joins) / sizeof(*joins); i++) {
        int err = hl_session_join(joins[i].address, joins[i].port, out, sizeof(out));

        cr_assert_eq(err == 0, joins[i].joined != NULL, "%s %s", joins[i].address, joins[i].port);
        if (joins[i].joined)
            cr_assert_str_eq(out, joins[i].joined);
    }
    cr_assert_neq(hl_session_join("host", "80", out, 6), 0, "does not fit");
}
