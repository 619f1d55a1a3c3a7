/* SPDX-License-Identifier: MIT */
/* A store is put under another key by a disk that fails at each of its calls once, or from then on:
 * it is whole under the one key or under the other, goes on at once under whichever it is, and the
 * next attempt succeeds when the disk is well. */
#include "faultfs.h"
#include "storehome.h"

#include "err.h"

enum {
    CONTACTS = 2,
    ENTRIES = 2, /* of each contact, in either direction */
    LONG = 5000, /* bytes of a body, so that a row has pages of its own */
};

static const uint8_t one[HL_STORE_SEAL] = {1, 2, 3}, two[HL_STORE_SEAL] = {4, 5, 6};

/* In memory: the disk that fails is an imagined one, and a real one has no part in it but to be
 * slow whenever a file takes another's place. */
static void make_home(void)
{
    snprintf(home, sizeof home, "/dev/shm/hullo-store-XXXXXX");
    if (!mkdtemp(home))
        home_make();
    snprintf(path, sizeof path, "%s/store.db", home);
}

static void set_up(void)
{
    faultfs_install();
    make_home();
}

TestSuite(store_reseal, .init = set_up, .fini = home_remove, .timeout = 100);

static void fill(void)
{
    static char body[LONG + 1];

    memset(body, 'b', LONG);
    for (unsigned i = 0; i < CONTACTS; i++) {
        char name[16];
        uint32_t id;

        snprintf(name, sizeof name, "bob %u", i);
        id = add_contact(name);
        for (unsigned n = 0; n < ENTRIES; n++) {
            cr_assert_eq(put_ours(id, make_entry(HL_ENTRY_TEXT, 2 * n + 1, 0, body), NULL), 0);
            cr_assert_eq(put_theirs(id, make_entry(HL_ENTRY_TEXT, 2 * n + 2, 0, "hello"), 0, NULL),
                         0);
        }
    }
}

static void all_there(void)
{
    struct hl_contact c;

    check();
    for (unsigned i = 0; i < CONTACTS; i++) {
        char name[16];

        snprintf(name, sizeof name, "bob %u", i);
        cr_assert_eq(hl_store_contact_by_name(store, name, &c), 0, "%s: %s", name,
                     hl_store_why(store));
        cr_assert_eq(read_all((struct hl_store_query){.contact = c.id}).count, 2 * ENTRIES);
    }
}

static const struct change {
    const char *name;
    const uint8_t *from, *to;
} changes[] = {
    {"set", NULL, one},
    {"changed", one, two},
    {"removed", one, NULL},
};

/* Opens it under whichever key it has. Returns whether that is the new one. */
static bool open_either(const struct change *c, const char *when)
{
    int err = home_open(c->to);

    if (err == 0)
        return true;
    cr_assert_eq(err, HL_ERR_STORE_SEALED, "%s: %d %s", when, err, why);
    cr_assert_eq(home_open(c->from), 0, "%s: %s", when, why);
    return false;
}

/* Returns whether the fault came to pass. */
static bool run(const struct change *c, unsigned call, enum faultfs_kind kind, bool lasting)
{
    char when[80];
    bool changed;
    int err;

    snprintf(when, sizeof when, "%s, call %u, kind %d, %s", c->name, call, (int)kind,
             lasting ? "lasting" : "once");
    cr_assert_eq(home_open(c->from), 0, "%s: %s", when, why);
    fill();
    faultfs_fail(call, kind, lasting);
    err = hl_store_reseal(store, c->to);
    cr_assert(err == 0 || hl_err_class(err) == HL_CLASS_STORAGE, "%s: %d", when, err);
    cr_assert(err == 0 || *hl_store_why(store), "%s", when);
    faultfs_heal();
    home_close();
    changed = open_either(c, when);
    cr_assert(changed || err < 0, "%s: success was reported", when);
    all_there();
    cr_assert_eq(hl_store_reseal(store, c->to), 0, "%s: %s", when, hl_store_why(store));
    all_there();
    add_contact("next");
    home_close();
    cr_assert_eq(home_open(c->to), 0, "%s: %s", when, why);
    all_there();
    home_remove();
    make_home();
    return faultfs_failed();
}

static const struct {
    enum faultfs_kind kind;
    bool lasting;
} faults[] = {{FAULTFS_EIO, false}, {FAULTFS_SHORT, false}, {FAULTFS_FULL, true}};

Test(store_reseal, each_call_fails)
{
    unsigned runs = 0;

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
            unsigned call = 1;

            while (run(&changes[i], call, faults[f].kind, faults[f].lasting))
                call += FAULTFS_STRIDE;
            runs += call / FAULTFS_STRIDE;
        }
    }
    cr_log_info("%u runs", runs);
    cr_assert_gt(runs, 100 / FAULTFS_STRIDE);
}

/* Who goes on with the store that it has open need not know that it failed. */
Test(store_reseal, the_open_store_goes_on)
{
    for (unsigned call = 1;; call += FAULTFS_STRIDE) {
        cr_assert_eq(home_open(one), 0, "%s", why);
        fill();
        faultfs_fail(call, FAULTFS_EIO, false);
        (void)!hl_store_reseal(store, two);
        faultfs_heal();
        all_there();
        add_contact("next");
        cr_assert_eq(hl_store_reseal(store, two), 0, "call %u: %s", call, hl_store_why(store));
        all_there();
        home_remove();
        make_home();
        if (!faultfs_failed())
            break;
    }
}
