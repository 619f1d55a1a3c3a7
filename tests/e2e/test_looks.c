/* SPDX-License-Identifier: MIT */
/* hullo.conf, themes and keys in a pseudo-terminal: what is drawn, and what stands in the file. */
#include "ptyrun.h"

static struct pty p;
static char home[64];
static char path[128];

static void make_home(void)
{
    snprintf(home, sizeof(home), "/tmp/hullo-looks-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    snprintf(path, sizeof(path), "%s/hullo.conf", home);
}

static void stop(void)
{
    char command[128];

    if (p.vt != NULL)
        pty_end(&p);
    snprintf(command, sizeof(command), "rm -rf %s", home);
    (void)!system(command);
}

TestSuite(looks, .init = make_home, .fini = stop, .timeout = 100);

static void put(const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *get(void)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    size_t len = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

    if (f != NULL)
        fclose(f);
    text[len] = '\0';
    return text;
}

/* An error line shows a colour where there are colours. */
static void start(const char *const *env)
{
    const char *const argv[] = {HULLO,         "chat",   "--plain", "--listen",
                                "127.0.0.1:0", "--home", home,      NULL};

    pty_start(&p, false, env, argv);
    pty_await(&p, "waiting for peers", true);
    pty_type(&p, "talk to nobody\r");
    pty_await(&p, "nobody to talk to yet", true);
    pty_type(&p, "\025"); /* the line has come back */
    pty_await(&p, "> talk", false);
}

/* SGR sequences (ECMA-48 8.3.117) with a parameter that sets a colour, from an offset on. */
static size_t colours(size_t from)
{
    size_t found = 0;

    for (size_t i = from; i + 2 < p.raw_len; i++) {
        if (p.raw[i] != '\033' || p.raw[i + 1] != '[')
            continue;
        size_t end = i + 2;
        while (end < p.raw_len && strchr("0123456789;:", p.raw[end]) != NULL)
            end++;
        if (end == p.raw_len || p.raw[end] != 'm')
            continue;
        for (size_t at = i + 2; at < end; at++) {
            long n = strtol(p.raw + at, NULL, 10);
            found += (n >= 30 && n <= 49) || (n >= 90 && n <= 107);
            while (at < end && p.raw[at] != ';')
                at++;
        }
    }
    return found;
}

static void command(const char *line, const char *answer)
{
    pty_type(&p, line);
    pty_type(&p, "\r");
    pty_await(&p, answer, true);
}

Test(looks, colours_are_there)
{
    const char *const env[] = {"NO_COLOR", NULL};

    start(env);
    cr_assert_gt(colours(0), 0);
}

Test(looks, an_empty_NO_COLOR_says_nothing)
{
    const char *const env[] = {"NO_COLOR=", NULL};

    start(env);
    cr_assert_gt(colours(0), 0);
}

Test(looks, NO_COLOR)
{
    const char *const env[] = {"NO_COLOR=1", "COLORTERM=truecolor", NULL};

    start(env);
    command("/theme light", "theme = light");
    command("/theme contrast", "theme = contrast");
    cr_assert_eq(colours(0), 0);
    cr_assert_geq(pty_last(&p, "7m"), 0, "the bars are set apart all the same");
}

Test(looks, a_terminal_without_colours)
{
    const char *const env[] = {"NO_COLOR", "TERM=vt100", NULL};

    start(env);
    command("/theme contrast", "theme = contrast");
    cr_assert_eq(colours(0), 0);
}

Test(looks, a_setting_asks_for_none)
{
    const char *const env[] = {"NO_COLOR", NULL};

    put("colours = none\n");
    start(env);
    cr_assert_eq(colours(0), 0);
    command("/set colours 256", "colours = 256");
    command("/theme light", "theme = light");
    cr_assert_gt(colours(0), 0, "at once");
    cr_assert_str_eq(get(), "colours = 256\ntheme = light\n");
}

Test(looks, themes_at_once)
{
    const char *const env[] = {"NO_COLOR", NULL};

    start(env);
    cr_assert_eq(pty_last(&p, "48;5;24"), -1);
    command("/theme light", "theme = light");
    cr_assert_geq(pty_last(&p, "48;5;24"), 0, "the blue bar of that theme");
    command("/theme mono", "theme = mono");
    size_t from = p.raw_len;
    command("/theme nope", "theme: nope: no such theme");
    cr_assert_eq(colours(from), 0, "the one before stays");
    command("/theme lihgt", "did you mean light?");
    pty_type(&p, "/theme con\t");
    pty_await(&p, "> /theme contrast", true);
}

Test(looks, mistakes_are_on_the_screen_and_in_nobodys_way)
{
    const char *const env[] = {NULL};
    const char *const argv[] = {HULLO,         "chat",     "--plain", "--listen",
                                "127.0.0.1:0", "--config", path,      NULL};

    double end = pty_now() + PTY_DEADLINE;

    put("# mine\ncolors = 16\nbind F5 = redrow\n\ntime = hh:mm:ss # so\nclock = on\n");
    pty_start(&p, false, env, argv);
    pty_await(&p, "colors: no such setting: did you", true);
    pty_await(&p, "redrow: no such action: did you", true);
    pty_await(&p, "hullo.conf:5: time: ", true);
    while (strstr(pty_row(&p, 22), "colors") == NULL && pty_now() < end)
        pty_read(&p, 20);
    cr_assert_not_null(strstr(pty_row(&p, 22), "colors"), "%s", pty_row(&p, 22));
    command("/set time none", "time = none");
    command("/bind F5 help", "F5: help");
    command("/unbind C-l", "C-l: none");
    cr_assert_str_eq(get(), "# mine\ncolors = 16\nbind F5 = help\n\ntime = none\nclock = on\n"
                            "bind C-l = none\n");
    pty_type(&p, "\033[15~");
    pty_await(&p, "list these commands", true);
    pty_type(&p, "/F5");
    pty_await(&p, "F1, F5", true);
    pty_type(&p, "\033\033q");
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
}

Test(looks, a_file_that_was_named_must_be_there)
{
    const char *const env[] = {NULL};
    const char *const argv[] = {HULLO, "chat", "--plain", "--config", path, NULL};

    pty_start(&p, false, env, argv);
    cr_assert_eq(pty_status(&p), 1);
    cr_assert_geq(pty_last(&p, "hullo.conf: No such file or directory"), 0);
}

static bool clock_shown(void)
{
    const char *row = pty_row(&p, 22);
    size_t len = strlen(row);

    return len > 4 && row[len - 5] == ':' && row[len - 1] == 'm';
}

Test(looks, clock_and_time)
{
    const char *const env[] = {NULL};
    double end = pty_now() + PTY_DEADLINE;

    start(env);
    command("/set time 12h", "time = 12h");
    command("/set clock on", "clock = on");
    while (!clock_shown() && pty_now() < end)
        pty_read(&p, 20);
    cr_assert(clock_shown(), "%s", pty_row(&p, 22));
    command("/set clock off", "clock = off");
    cr_assert(!clock_shown(), "%s", pty_row(&p, 22));
}

/* What an entry with direct colour makes of a theme, where COLORTERM says that there is one. */
Test(looks, direct_colour)
{
    static const char entry[] =
        "xterm-direct|a test,\n RGB, colors#0x1000000, pairs#0x10000, ccc@, initc@, oc@,\n"
        " setaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d"
        "%;m,\n"
        " setab=\\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d"
        "%;m,\n use=xterm-256color,\n";
    char line[512];
    char dirs[128];
    const char *const env[] = {"NO_COLOR", "COLORTERM=truecolor", dirs, NULL};
    const char *const without[] = {"NO_COLOR", "COLORTERM", dirs, NULL};

    snprintf(path, sizeof(path), "%s/entry", home);
    put(entry);
    snprintf(line, sizeof(line), "tic -x -o %s %s 2>%s/tic", home, path, home);
    if (system(line) != 0)
        cr_skip("tic makes no entry here");
    snprintf(path, sizeof(path), "%s/my.theme", home);
    put("title = #123456 #fedcba\nprompt = 196\n");
    snprintf(line, sizeof(line), "theme = %s\n", path);
    snprintf(path, sizeof(path), "%s/hullo.conf", home);
    put(line);
    snprintf(dirs, sizeof(dirs), "TERMINFO_DIRS=%s:", home);
    start(env);
    cr_assert_geq(pty_last(&p, "38;2;18;52;86m"), 0);
    cr_assert_geq(pty_last(&p, "48;2;254;220;186m"), 0);
    cr_assert_geq(pty_last(&p, "38;2;255;0;0m"), 0, "a colour of the palette, as it is in xterm");
    pty_end(&p);
    start(without);
    cr_assert_geq(pty_last(&p, "48;5;223m"), 0, "the nearest of 256");
}
