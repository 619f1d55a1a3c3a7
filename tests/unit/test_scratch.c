/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/hullo-scratch-XXXXXX";

static void start(void)
{
    cr_assert_not_null(mkdtemp(place));
}

static void stop(void)
{
    rmdir(place);
}

TestSuite(scratch, .init = start, .fini = stop);

static unsigned mode_of(const char *path)
{
    struct stat st;

    cr_assert_eq(lstat(path, &st), 0, "%s", path);
    return st.st_mode & 07777;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

Test(scratch, made_private_read_and_removed)
{
    struct hl_scratch s;
    char path[HL_HOME_PATH + 8];
    char *text;
    size_t len;

    umask(0);
    cr_assert_eq(hl_scratch_make(&s, place, "a\0b", 3), 0);
    cr_expect_eq(mode_of(s.path), 0600);
    cr_expect_eq(mode_of(s.directory), 0700);
    cr_assert_eq(hl_scratch_read(&s, 3, &text, &len), 0);
    cr_expect(len == 3 && memcmp(text, "a\0b", 3) == 0);
    free(text);
    cr_expect_eq(hl_scratch_read(&s, 2, &text, &len), -EFBIG);

    /* Editors replace the file, and leave things. */
    snprintf(path, sizeof(path), "%s~", s.path);
    put(path, "new");
    cr_assert_eq(rename(path, s.path), 0);
    put(path, "old");
    cr_assert_eq(hl_scratch_read(&s, 10, &text, &len), 0);
    cr_expect_str_eq(text, "new");
    free(text);
    hl_scratch_remove(&s);
    cr_expect_eq(s.lock, -1);
    hl_scratch_remove(&s);
    cr_expect_eq(rmdir(place), 0, "something is left");
}

Test(scratch, an_empty_draft)
{
    struct hl_scratch s;
    char *text;
    size_t len;

    cr_assert_eq(hl_scratch_make(&s, place, "", 0), 0);
    cr_assert_eq(hl_scratch_read(&s, 10, &text, &len), 0);
    cr_expect_eq(len, 0);
    free(text);
    unlink(s.path);
    cr_expect_eq(hl_scratch_read(&s, 10, &text, &len), -ENOENT);
    hl_scratch_remove(&s);
}

Test(scratch, where_none_can_be)
{
    struct hl_scratch s;
    char path[HL_HOME_PATH + 32];

    cr_expect_eq(hl_scratch_make(&s, "/proc/nonexistent", "x", 1), -ENOENT);
    cr_expect_eq(s.lock, -1);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    cr_expect_eq(hl_scratch_make(&s, path, "x", 1), -ENAMETOOLONG);
}

Test(scratch, what_a_dead_process_left_is_swept)
{
    struct hl_scratch ours;
    struct hl_scratch dead;
    char other[sizeof(place) + 16];

    cr_assert_eq(hl_scratch_make(&ours, place, "x", 1), 0);
    cr_assert_eq(hl_scratch_make(&dead, place, "y", 1), 0);
    close(dead.lock);
    snprintf(other, sizeof(other), "%s/other", place);
    cr_assert_eq(mkdir(other, 0700), 0);
    hl_scratch_sweep(place);
    cr_expect_eq(access(ours.path, F_OK), 0);
    cr_expect_eq(access(other, F_OK), 0);
    cr_expect_eq(access(dead.directory, F_OK), -1);
    hl_scratch_sweep("/proc/nonexistent");
    hl_scratch_remove(&ours);
    rmdir(other);
}

/* A symbolic link of that name is not followed. */
Test(scratch, links_are_not_swept)
{
    char target[sizeof(place) + 16];
    char file[sizeof(place) + 32];
    char link[sizeof(place) + 32];

    snprintf(target, sizeof(target), "%s/target", place);
    snprintf(file, sizeof(file), "%s/file", target);
    snprintf(link, sizeof(link), "%s/hullo-edit-123456", place);
    cr_assert_eq(mkdir(target, 0700), 0);
    put(file, "mine");
    cr_assert_eq(symlink(target, link), 0);
    hl_scratch_sweep(place);
    cr_expect_eq(access(file, F_OK), 0);
    unlink(file);
    unlink(link);
    rmdir(target);
}

Test(scratch, only_a_private_runtime_directory_will_do)
{
    struct hl_options o = {.home = place};
    char where[HL_HOME_PATH];

    setenv("XDG_RUNTIME_DIR", place, 1);
    cr_assert_eq(chmod(place, 0700), 0);
    cr_assert_eq(hl_scratch_place(&o, where), 0);
    cr_expect_str_eq(where, place);
    cr_assert_eq(chmod(place, 0750), 0);
    cr_assert_eq(hl_scratch_place(&o, where), 0);
    cr_expect_str_eq(where, place); /* the home, made private */
    cr_expect_eq(mode_of(place), 0700);
    setenv("XDG_RUNTIME_DIR", "relative", 1);
    cr_assert_eq(hl_scratch_place(&o, where), 0);
    cr_expect_str_eq(where, place);
    unsetenv("XDG_RUNTIME_DIR");
    cr_assert_eq(hl_scratch_place(&o, where), 0);
    cr_expect_str_eq(where, place);
}
