/* SPDX-License-Identifier: MIT */
/* Every call to the disk fails once: no crash, no false success, and when the disk works again, all
 * that was acknowledged is there and what was not can be done again. */
#define SCENE_STEPS 7

#include "faultfs.h"
#include "storescene.h"

#include "err.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

enum {
    PATIENCE = 4, /* attempts before the disk gets well */
};

static const uint8_t key[HL_STORE_SEAL] = {1, 2, 3};
static const uint8_t *seal; /* of the store; NULL = open */

static void set_up(void)
{
    faultfs_install();
    home_make();
}

TestSuite(store_faults, .init = set_up, .fini = home_remove, .timeout = 100);

/* What failed says so in words, with an error of the right class. */
static void said(int err)
{
    cr_assert_eq(hl_err_class(err), HL_CLASS_STORAGE, "%d", err);
    cr_assert_neq(hl_store_why(store)[0], '\0');
}

static void heal(unsigned attempt)
{
    if (attempt >= PATIENCE)
        faultfs_heal();
}

static void open_at_last(void)
{
    int err;

    for (unsigned attempt = 0; (err = home_open(seal)) < 0; heal(attempt++)) {
        cr_assert_eq(hl_err_class(err), HL_CLASS_STORAGE, "%d %s", err, why);
        cr_assert_lt(attempt, 2 * PATIENCE, "%s", why);
    }
}

static void add_contact_at_last(void)
{
    struct hl_contact c = {.named = true, .name = "bob"};
    int err;

    for (unsigned attempt = 0; (err = hl_store_contact_put(store, &c)) < 0; heal(attempt++)) {
        if (err == -EEXIST) { /* a commit that failed, and yet happened */
            cr_assert_eq(hl_store_contact_by_name(store, "bob", &c), 0);
            break;
        }
        said(err);
        cr_assert_lt(attempt, 2 * PATIENCE, "%s", hl_store_why(store));
    }
    scene_contact = c.id;
}

static void play(void)
{
    bool more;
    int err;

    open_at_last();
    add_contact_at_last();
    for (unsigned step = 0; step < SCENE_STEPS; step++) {
        for (unsigned attempt = 0; (err = scene_step(step)) < 0; heal(attempt++)) {
            said(err);
            cr_assert_lt(attempt, 2 * PATIENCE, "step %u: %s", step, hl_store_why(store));
        }
        if (step == SCENE_STEPS - 2) /* a failure here loses nothing but time */
            (void)!hl_store_tidy(store, &more);
        if (step == SCENE_STEPS / 2) {
            home_close(); /* what is in the log goes to its place */
            open_at_last();
        }
    }
    home_close();
}

static void verify(unsigned k, int kind, bool lasting)
{
    faultfs_heal();
    cr_assert_eq(home_open(seal), 0, "call %u, kind %d, %d: %s", k, kind, lasting, why);
    for (unsigned step = 0; step < SCENE_STEPS; step++)
        cr_assert_eq(scene_found(step), 2 * SCENE_ENTRIES, "call %u, kind %d, %d: step %u is lost",
                     k, kind, lasting, step);
    cr_assert_eq(hl_store_check(store, why), 0, "call %u, kind %d, %d: %s", k, kind, lasting, why);
    home_remove();
    home_make();
}

static unsigned every_call(int kind, bool lasting)
{
    unsigned states = 0;
    bool happened = true;

    for (unsigned k = 1; happened; k += FAULTFS_STRIDE) {
        faultfs_fail(k, (enum faultfs_kind)kind, lasting);
        play();
        happened = faultfs_failed();
        verify(k, kind, lasting);
        states++;
    }
    cr_log_info("%u runs", states);
    return states;
}

static void each_kind(bool lasting)
{
    unsigned states = 0;

    for (int kind = 0; kind < FAULTFS_KINDS; kind++)
        states += every_call(kind, lasting);
    cr_assert_gt(states, 100 / FAULTFS_STRIDE);
}

Test(store_faults, each_call_fails_once)
{
    each_kind(false);
}

Test(store_faults, the_disk_stays_bad_for_a_while)
{
    each_kind(true);
}

Test(store_faults, each_call_of_a_sealed_store_fails_once)
{
    seal = key;
    cr_assert_gt(every_call(FAULTFS_SHORT, false), 30 / FAULTFS_STRIDE);
}

/* ---- what is said ---- */

/* errno may come from anything by the time that SQLite asks for it. */
Test(store_faults, an_errno_of_something_else_is_not_told)
{
    int err;

    open_at_last();
    add_contact_at_last();
    faultfs_fail(1, FAULTFS_EIO, true);
    errno = ENOENT;
    err = scene_step(0);
    cr_assert_eq(err, -EIO, "%d", err);
    cr_assert_str_eq(hl_store_why(store), "disk I/O error");
    faultfs_heal();
    home_close();
}

/* ---- a disk that is really full ---- */

static bool small_disk(void)
{
    return mount("tmpfs", home, "tmpfs", 0, "size=400k,mode=0700") == 0;
}

Test(store_faults, a_full_disk_takes_nothing_and_keeps_all)
{
    unsigned step = 0, kept;
    char name[160];
    int err = 0, fd;

    if (!small_disk())
        cr_skip("mount(2) is not permitted");
    open_at_last();
    add_contact_at_last();
    snprintf(name, sizeof name, "%s/ballast", home);
    fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert_eq(posix_fallocate(fd, 0, 100 << 10), 0);
    close(fd);
    while (step < 10000 && (err = scene_step(step)) == 0)
        step++;
    cr_assert_eq(err, -ENOSPC, "%d %s", err, hl_store_why(store));
    cr_assert_str_eq(hl_store_why(store), "disk full");
    kept = step;
    for (int i = 0; i < 5; i++)
        cr_assert_eq(scene_step(step), -ENOSPC);
    unlink(name);
    cr_assert_eq(scene_step(step), 0, "there is space again: %s", hl_store_why(store));
    for (unsigned i = 0; i <= kept; i++)
        cr_assert_eq(scene_found(i), 2 * SCENE_ENTRIES, "step %u of %u", i, kept);
    check();
    home_close();
    umount2(home, MNT_DETACH);
}
