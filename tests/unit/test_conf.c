/* SPDX-License-Identifier: MIT */
/* hullo.conf on a real disk. */
#include "conf.h"
#include "keys.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static char path[256];
static struct hl_conf conf;
static char why[HL_WHY_MAX];

static void init(void)
{
    snprintf(dir, sizeof dir, "/tmp/hullo-conf-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/hullo.conf", dir);
}

static void fini(void)
{
    char command[256];

    snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", dir, dir);
    (void)!system(command);
}

TestSuite(conf, .init = init, .fini = fini, .timeout = 60);

static void put(const char *name, const char *text)
{
    char file[512];
    FILE *f;

    snprintf(file, sizeof file, "%s/%s", dir, name);
    f = fopen(file, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *get(void)
{
    static char text[65536];
    FILE *f = fopen(path, "r");
    size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;

    if (f)
        fclose(f);
    text[len] = '\0';
    return text;
}

static int load_home(void)
{
    return hl_conf_load(&conf, &(struct hl_options){.home = dir}, why);
}

static size_t files(void)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

Test(conf, no_file_is_fine_unless_it_was_named)
{
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 0);
    cr_assert_str_eq(conf.path, path);
    cr_assert_eq(hl_conf_load(&conf, &(struct hl_options){.config = path}, why), -ENOENT);
    cr_assert(strstr(why, "hullo.conf: No such file or directory"), "%s", why);
}

Test(conf, places)
{
    setenv("XDG_CONFIG_HOME", dir, 1);
    cr_assert_eq(hl_conf_load(&conf, &(struct hl_options){.home = NULL}, why), 0);
    snprintf(path, sizeof path, "%s/hullo/hullo.conf", dir);
    cr_assert_str_eq(conf.path, path);
    cr_assert_eq(files(), 0, "nothing is made to read");
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_SAVED, "%s", why);
    cr_assert_str_eq(get(), "clock = on\n");

    setenv("XDG_CONFIG_HOME", "relative", 1);
    setenv("HOME", "/home/x", 1);
    cr_assert_eq(hl_conf_load(&conf, &(struct hl_options){.home = NULL}, why), 0);
    cr_assert_str_eq(conf.path, "/home/x/.config/hullo/hullo.conf");
    unsetenv("HOME");
    cr_assert_eq(hl_conf_load(&conf, &(struct hl_options){.home = NULL}, why), 0);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_UNSAVED);
    cr_assert_str_eq(why, "for this run only: HOME is not set, so there is no hullo.conf");
    cr_assert(conf.settings.clock);
}

Test(conf, mistakes_have_their_line)
{
    char want[512];

    put("hullo.conf", "clock = on\n\ncolors = 16\ntheme = drak\n");
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 2);
    snprintf(want, sizeof want, "%s:3: colors: no such setting: did you mean colours?", path);
    cr_assert_str_eq(conf.mistakes[0], want);
    cr_assert_str_eq(conf.mistakes[1], "theme: drak: no such theme: did you mean dark?");
    cr_assert(conf.settings.clock);
}

Test(conf, many_mistakes_are_counted)
{
    put("hullo.conf", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\n");
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 20);
}

Test(conf, a_change_keeps_comments_permissions_and_links)
{
    char target[512];
    struct stat st;

    put("real.conf", "# mine\nunknown thing\ntheme = light # no\nclock = on\n");
    snprintf(target, sizeof target, "%s/real.conf", dir);
    cr_assert_eq(chmod(target, 0640), 0);
    cr_assert_eq(symlink("real.conf", path), 0);
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(hl_conf_set(&conf, "theme", "contrast", why), HL_CONF_SAVED, "%s", why);
    cr_assert_eq(hl_conf_set(&conf, "clock", "default", why), HL_CONF_SAVED);
    cr_assert_eq(hl_conf_bind(&conf, "f5", "redraw", why), HL_CONF_SAVED);
    cr_assert_str_eq(get(), "# mine\nunknown thing\ntheme = contrast\nbind F5 = redraw\n");
    cr_assert_eq(lstat(path, &st), 0);
    cr_assert(S_ISLNK(st.st_mode));
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0640);
    cr_assert_eq(files(), 2, "something was left behind");
    cr_assert_eq(hl_conf_bind(&conf, "F5", "default", why), HL_CONF_SAVED);
    cr_assert_str_eq(get(), "# mine\nunknown thing\ntheme = contrast\n");
}

Test(conf, a_new_file_is_private)
{
    struct stat st;

    cr_assert_eq(load_home(), 0);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_SAVED);
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0600);
}

Test(conf, refused_changes_change_nothing)
{
    struct hl_settings before;

    cr_assert_eq(load_home(), 0);
    before = conf.settings;
    cr_assert_eq(hl_conf_set(&conf, "clok", "on", why), HL_CONF_REFUSED);
    cr_assert_eq(hl_conf_set(&conf, "clock", "perhaps", why), HL_CONF_REFUSED);
    cr_assert_eq(hl_conf_set(&conf, "theme", "nope", why), HL_CONF_REFUSED);
    cr_assert_eq(hl_conf_bind(&conf, "F5", "nope", why), HL_CONF_REFUSED);
    cr_assert_eq(memcmp(&before, &conf.settings, sizeof before), 0);
    cr_assert_eq(conf.keymap.count, 0);
    cr_assert_eq(files(), 0);
}

Test(conf, what_cannot_be_written_holds_for_this_run)
{
    /* A file where a directory must be: permissions do not stop root. */
    snprintf(path, sizeof path, "%s/file", dir);
    put("file", "x\n");
    cr_assert_eq(hl_conf_load(&conf, &(struct hl_options){.home = path}, why), 0);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_UNSAVED);
    cr_assert(conf.settings.clock);
    cr_assert(strstr(why, "for this run only: ") == why, "%s", why);
    cr_assert_str_eq(get(), "x\n");

    if (geteuid() == 0)
        return;
    put("hullo.conf", "# mine\n");
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(chmod(dir, 0500), 0);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_UNSAVED);
    cr_assert_eq(chmod(dir, 0700), 0);
    snprintf(path, sizeof path, "%s/hullo.conf", dir);
    cr_assert_str_eq(get(), "# mine\n");
}

Test(conf, a_file_that_may_not_be_written_stays)
{
    put("hullo.conf", "# kept by somebody else\n");
    cr_assert_eq(chmod(path, 0444), 0);
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_UNSAVED);
    cr_assert(strstr(why, "hullo.conf: Permission denied"), "%s", why);
    cr_assert(conf.settings.clock, "it holds for this run");
    cr_assert_str_eq(get(), "# kept by somebody else\n");
    cr_assert_eq(files(), 1);
}

/* What an editor has saved since the start is in the file after a change, and what it has not
 * changed is as it was: lines without an end, of another system, mistakes. */
Test(conf, what_an_editor_has_saved_meanwhile_stays)
{
    put("hullo.conf", "clock = on\n");
    cr_assert_eq(load_home(), 0);
    put("hullo.conf",
        "# by an editor\r\nclock = off\r\nbind F7 = undo\r\nnonsense\r\ntheme = light");
    cr_assert_eq(hl_conf_set(&conf, "time", "none", why), HL_CONF_SAVED, "%s", why);
    cr_assert_eq(hl_conf_set(&conf, "theme", "mono", why), HL_CONF_SAVED, "%s", why);
    cr_assert_str_eq(get(), "# by an editor\r\nclock = off\r\nbind F7 = undo\r\nnonsense\r\n"
                            "theme = mono\r\ntime = none\r\n");
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 1);
}

Test(conf, a_link_to_nothing_stays_one)
{
    struct stat st;

    cr_assert_eq(symlink("not-there.conf", path), 0);
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_UNSAVED);
    cr_assert(conf.settings.clock);
    cr_assert_eq(lstat(path, &st), 0);
    cr_assert(S_ISLNK(st.st_mode));
}

Test(conf, a_file_that_cannot_be_read_is_not_overwritten)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 1);
    cr_assert(strstr(conf.mistakes[0], "Is a directory"), "%s", conf.mistakes[0]);
    cr_assert_eq(hl_conf_set(&conf, "clock", "on", why), HL_CONF_UNSAVED);
}

/* Each of several programs changes a line of its own many times over: at the end each has its last
 * value, and whoever reads in between reads a whole file. */
Test(conf, programs_at_the_same_time)
{
    enum { PROGRAMS = 4, ROUNDS = 25 };
    static const char *const keys[PROGRAMS] = {"F5", "F6", "F7", "F8"};
    pid_t child[PROGRAMS];
    int status;

    put("hullo.conf", "# mine\n");
    for (int p = 0; p < PROGRAMS; p++) {
        child[p] = fork();
        cr_assert_geq(child[p], 0);
        if (child[p] != 0)
            continue;
        bool ok = load_home() == 0;
        for (int i = 0; i < ROUNDS; i++) {
            enum hl_conf_saved saved;
            do /* whoever had no turn for a second says so; the disk may be slow */
                saved = hl_conf_bind(&conf, keys[p], i % 2 ? "undo" : "redo", why);
            while (saved == HL_CONF_UNSAVED);
            ok = ok && saved == HL_CONF_SAVED && strncmp(get(), "# mine\n", 7) == 0;
        }
        _exit(ok ? 0 : 1);
    }
    for (int p = 0; p < PROGRAMS; p++) {
        cr_assert_eq(waitpid(child[p], &status, 0), child[p]);
        cr_expect_eq(status, 0, "program %d", p);
    }
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 0);
    cr_assert_eq(conf.keymap.count, PROGRAMS, "%s", get());
    for (int p = 0; p < PROGRAMS; p++)
        cr_expect_eq(hl_keymap_find(&conf.keymap, HL_CTX_INPUT, HL_KEY_F5 + (uint32_t)p),
                     HL_ACT_REDO);
    cr_assert_eq(files(), 1);
}

/* ---- themes ---- */

static void count_name(void *user, const char *name)
{
    *(int *)user += strcmp(name, "mine") == 0 ? 100 : 1;
}

Test(conf, themes_of_the_user)
{
    char file[512];
    int found = 0;

    snprintf(file, sizeof file, "%s/themes", dir);
    cr_assert_eq(mkdir(file, 0700), 0);
    put("themes/mine.theme", "error = blue\n");
    put("themes/bad.theme", "error = blue\ntitel = red\n");
    put("themes/notes.txt", "");
    cr_assert_eq(load_home(), 0);
    hl_conf_themes(&conf, count_name, &found);
    cr_assert_eq(found, 105, "%d", found);
    cr_assert_eq(hl_conf_set(&conf, "theme", "mine", why), HL_CONF_SAVED, "%s", why);
    cr_assert_eq(conf.theme.looks[HL_STYLE_ERROR].fg, 4);

    cr_assert_eq(hl_conf_set(&conf, "theme", "bad", why), HL_CONF_REFUSED);
    cr_assert(strstr(why, "themes/bad.theme:2: titel: no such style: did you mean title?"), "%s",
              why);
    cr_assert_eq(conf.theme.looks[HL_STYLE_ERROR].fg, 4, "the theme before stays");
    cr_assert_str_eq(conf.settings.theme, "mine");
    cr_assert_str_eq(get(), "theme = mine\n");

    cr_assert_eq(hl_conf_set(&conf, "theme", "mien", why), HL_CONF_REFUSED);
    cr_assert_str_eq(why, "theme: mien: no such theme: did you mean mine?");
    snprintf(file, sizeof file, "%s/themes/notes.txt", dir);
    cr_assert_eq(hl_conf_set(&conf, "theme", file, why), HL_CONF_SAVED, "%s", why);
    cr_assert_eq(load_home(), 0);
    cr_assert_eq(conf.mistake_count, 0);
}
