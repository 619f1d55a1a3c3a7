/* SPDX-License-Identifier: MIT */
/* The key file: made once, private, never replaced, refused when it is not ours. */
#include "identity.h"

#include "err.h"
#include "passphrase.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[64];
static char path[80];
static struct hl_options options;
static struct hl_secrets id;
static char why[HL_WHY_MAX];

static void set_up(void)
{
    snprintf(home, sizeof home, "/tmp/hullo-identity-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    snprintf(path, sizeof path, "%s/key", home);
    options = (struct hl_options){.home = home};
}

static void tear_down(void)
{
    unlink(path);
    rmdir(home); /* fails if anything else was left there: checked where it matters */
}

TestSuite(identity, .init = set_up, .fini = tear_down);

static void write_file(const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
}

Test(identity, made_once_and_read_again)
{
    struct hl_secrets again;
    struct stat st;

    umask(0);
    cr_assert_eq(hl_identity_load(&options, &id, why), 0, "%s", why);
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0600);
    cr_assert_eq(st.st_nlink, 1, "the temporary name is gone");
    cr_assert_eq(hl_identity_load(&options, &again, why), 0, "%s", why);
    cr_assert_arr_eq(id.secret, again.secret, sizeof id.secret);
    unlink(path);
    cr_assert_eq(rmdir(home), 0, "nothing else was left");
    cr_assert_eq(hl_identity_load(&options, &again, why), 0, "%s", why);
    cr_assert_arr_neq(id.secret, again.secret, sizeof id.secret);
}

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct {
    const char *text;
    mode_t mode;
    const char *why; /* NULL = good */
} files[] = {
    {"hullo-key-1 " HEX64 "\n", 0600, NULL},
    {"hullo-key-1 " HEX64 "\n", 0400, NULL},
    {"hullo-key-1 " HEX64 "\n", 0640, "others may read it"},
    {"hullo-key-1 " HEX64 "\n", 0604, "others may read it"},
    {"hullo-key-2 " HEX64 "\n", 0600, "not a key file of this version"},
    {"hullo-key-1 " HEX64 "", 0600, "not a key file"},
    {"hullo-key-1 " HEX64 "\n\n", 0600, "not a key file"},
    {"hullo-key-1 0" HEX64, 0600, "not a key file"},
    {"hullo-key-1 0x112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0\n", 0600,
     "not a key file"},
    {"", 0600, "not a key file"},
};

Test(identity, what_is_no_key_file_is_refused_and_stays)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct stat st;

        write_file(files[i].text, files[i].mode);
        if (!files[i].why) {
            cr_assert_eq(hl_identity_load(&options, &id, why), 0, "%zu: %s", i, why);
            cr_assert_eq(id.secret[1], 0x11);
        } else {
            cr_assert_eq(hl_identity_load(&options, &id, why), HL_ERR_STORAGE, "%zu", i);
            cr_assert_not_null(strstr(why, files[i].why), "%zu: %s", i, why);
        }
        cr_assert_eq(stat(path, &st), 0);
        cr_assert_eq((size_t)st.st_size, strlen(files[i].text));
        unlink(path);
    }
}

Test(identity, places_that_cannot_hold_it)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(hl_identity_load(&options, &id, why), HL_ERR_STORAGE);
    cr_assert_not_null(strstr(why, "not a regular file"), "%s", why);
    rmdir(path);
    options.home = "/dev/null/x";
    cr_assert_eq(hl_identity_load(&options, &id, why), HL_ERR_STORAGE);
    cr_assert_not_null(strstr(why, "Not a directory"), "%s", why);
    options.home = NULL;
    unsetenv("HOME");
    unsetenv("XDG_DATA_HOME");
    cr_assert_eq(hl_identity_load(&options, &id, why), HL_ERR_STORAGE);
    cr_assert_not_null(strstr(why, "--home"), "%s", why);
}

Test(identity, many_at_once_agree)
{
    enum { CHILDREN = 16 };
    int pipes[2];
    uint8_t keys[CHILDREN][HL_IDENTITY_KEY];

    cr_assert_eq(pipe(pipes), 0);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            int err = hl_identity_load(&options, &id, why);

            _exit(err || write(pipes[1], id.secret, sizeof id.secret) != (ssize_t)sizeof id.secret);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;

        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
        cr_assert_eq(read(pipes[0], keys[i], sizeof keys[i]), (ssize_t)sizeof keys[i]);
        cr_assert_arr_eq(keys[i], keys[0], sizeof keys[0]);
    }
}

Test(identity, as_text)
{
    uint8_t key[HL_IDENTITY_KEY] = {0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88, 0xff};
    char text[HL_IDENTITY_SHORT];
    char hex[HL_IDENTITY_HEX];

    cr_assert_str_eq(hl_identity_short(key, text), "1f2e 3d4c 5b6a 7988");
    cr_assert_str_eq(hl_identity_hex(key, hex),
                     "1f2e3d4c5b6a7988ff0000000000000000000000000000000000000000000000");
}

/* ---- passphrases ---- */

static void write_beside(const char *name, const char *text)
{
    char file[128];
    FILE *f;

    snprintf(file, sizeof file, "%s/%s", home, name);
    f = fopen(file, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
    chmod(file, 0600);
}

static void remove_beside(const char *name)
{
    char file[128];

    snprintf(file, sizeof file, "%s/%s", home, name);
    unlink(file);
}

static const struct hl_bytes passphrase = {(const uint8_t *)"sesame", 6};

Test(identity, put_under_a_passphrase_and_out_again)
{
    static char from[128];
    struct hl_secrets again;

    cr_assert_eq(hl_identity_load(&options, &id, why), 0, "%s", why);
    memset(id.seal, 0x5a, sizeof id.seal);
    id.sealed = true;
    cr_assert_eq(hl_identity_replace(&options, &id, &passphrase, why), 0, "%s", why);

    /* Standard input is no terminal here. */
    cr_assert_eq(hl_identity_load(&options, &again, why), HL_ERR_PASSPHRASE);
    cr_assert_not_null(strstr(why, "--passphrase-file"), "%s", why);
    snprintf(from, sizeof from, "%s/pass", home);
    options.passphrase_file = from;
    write_beside("pass", "sesam\n");
    cr_assert_eq(hl_identity_load(&options, &again, why), HL_ERR_PASSPHRASE);
    cr_assert_not_null(strstr(why, "the passphrase is wrong"), "%s", why);
    write_beside("pass", "sesame\r\nsecond line\n");
    cr_assert_eq(hl_identity_load(&options, &again, why), 0, "%s", why);
    cr_assert(again.sealed);
    cr_assert_arr_eq(again.secret, id.secret, sizeof id.secret);
    cr_assert_arr_eq(again.seal, id.seal, sizeof id.seal);

    id.sealed = false;
    cr_assert_eq(hl_identity_replace(&options, &id, NULL, why), 0, "%s", why);
    cr_assert_eq(hl_identity_load(&options, &again, why), 0, "%s", why);
    cr_assert_not(again.sealed);
    cr_assert_arr_eq(again.secret, id.secret, sizeof id.secret);
    remove_beside("pass");
}

Test(identity, what_a_crash_left_behind_is_swept)
{
    cr_assert_eq(hl_identity_load(&options, &id, why), 0, "%s", why);
    write_beside("key.0123456789abcdef", "hullo-key-1 " HEX64 "\n");
    write_beside("key.backup", "not ours to remove");
    cr_assert_eq(hl_identity_replace(&options, &id, &passphrase, why), 0, "%s", why);
    unlink(path);
    cr_assert_neq(rmdir(home), 0);
    remove_beside("key.backup");
    cr_assert_eq(rmdir(home), 0, "nothing else is there");
}

static const struct {
    const char *text;
    mode_t mode;
    const char *why;
} passphrase_files[] = {
    {"sesame\n", 0644, "others may read it"},
    {"", 0600, "must not be empty"},
    {"\nsesame\n", 0600, "must not be empty"},
};

Test(identity, passphrase_files_that_are_refused)
{
    char file[128];
    struct hl_passphrase p;
    char *longest;

    snprintf(file, sizeof file, "%s/pass", home);
    for (size_t i = 0; i < sizeof passphrase_files / sizeof *passphrase_files; i++) {
        write_beside("pass", passphrase_files[i].text);
        chmod(file, passphrase_files[i].mode);
        cr_assert_lt(hl_passphrase_read(file, &p, why), 0, "%zu", i);
        cr_assert_not_null(strstr(why, passphrase_files[i].why), "%zu: %s", i, why);
    }
    longest = calloc(1, HL_PASSPHRASE_MAX + 2);
    memset(longest, 'a', HL_PASSPHRASE_MAX);
    write_beside("pass", longest);
    cr_assert_eq(hl_passphrase_read(file, &p, why), 0, "%s", why);
    cr_assert_eq(p.len, HL_PASSPHRASE_MAX);
    longest[HL_PASSPHRASE_MAX] = 'a';
    write_beside("pass", longest);
    cr_assert_eq(hl_passphrase_read(file, &p, why), HL_ERR_PASSPHRASE);
    free(longest);
    remove_beside("pass");
    cr_assert_eq(hl_passphrase_read(file, &p, why), HL_ERR_STORAGE);
    cr_assert_not_null(strstr(why, "No such file"), "%s", why);
}
