/* SPDX-License-Identifier: MIT */
/* A front end's line, with a messenger at the other end that does as the test wants. */
#include "homes.h"

#include "ctlio.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PEER = 7,
};

/* The messenger of a home, as far as its lock and its socket go. */
static struct {
    char home[HOME_PATH];
    int lock, listener;
    struct hl_ctlio io; /* the one line to it */
} fake;

static struct front f;

/* ---- the other end ---- */

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, HOME_PATIENCE * 1000) == 1;
}

/* Takes the line of whoever comes, and its HELLO. Not only on the test's own thread. */
static bool greet(void)
{
    struct hl_ctl r = {.kind = HL_CTL_NONE};

    if (!is_readable(fake.listener))
        return false;
    hl_ctlio_init(&fake.io, accept4(fake.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
    while (fake.io.fd >= 0 && hl_ctlio_peek(&fake.io, &r) == 0) {
        if (!is_readable(fake.io.fd) || hl_ctlio_fill(&fake.io) <= 0)
            return false;
    }
    if (r.kind != HL_CTL_HELLO)
        return false;
    r = (struct hl_ctl){
        .kind = HL_CTL_WELCOME, .request = r.request, .version = HL_CTL_VERSION, .has_key = true};
    hl_ctlio_drop(&fake.io);
    return hl_ctlio_put(&fake.io, &r) == 0 && hl_ctlio_flush(&fake.io) == 0;
}

static void tell(const struct hl_ctl *r)
{
    cr_assert_eq(hl_ctlio_put(&fake.io, r), 0);
    while (hl_ctlio_unsent(&fake.io) > 0) {
        cr_assert_eq(hl_ctlio_flush(&fake.io), 0);
        front_pump(&f);
    }
}

/* The next request, once the front end has had its turn; NONE if it says nothing more. */
static struct hl_ctl request(void)
{
    struct hl_ctl r = {.kind = HL_CTL_NONE};

    while (hl_ctlio_peek(&fake.io, &r) == 0) {
        front_pump(&f);
        if (hl_ctlio_fill(&fake.io) <= 0 && (!f.client || hl_client_unsent(f.client) == 0))
            return r;
    }
    hl_ctlio_drop(&fake.io);
    return r;
}

static void *greet_first(void *done)
{
    *(bool *)done = greet();
    return NULL;
}

static void set_up(void)
{
    pthread_t thread;
    bool done = false;

    home_make(fake.home);
    cr_assert_eq(hl_lock_take(fake.home, &fake.lock), 0);
    cr_assert_eq(hl_lock_listen(fake.home, &fake.listener), 0);
    cr_assert_eq(pthread_create(&thread, NULL, greet_first, &done), 0);
    front_open(&f, fake.home, 1, HL_CTL_F_CONTACTS);
    pthread_join(thread, NULL);
    cr_assert(done);
}

static void tear_down(void)
{
    hl_ctlio_fini(&fake.io);
    if (f.client)
        front_close(&f, 0);
    hl_lock_unlisten(fake.home, fake.listener);
    close(fake.lock);
    home_remove(fake.home);
}

TestSuite(client, .init = set_up, .fini = tear_down, .timeout = 100);

/* It ends, and another one serves. */
static void take_over(void)
{
    size_t welcomes = f.welcomes;

    hl_ctlio_fini(&fake.io);
    front_pump(&f);
    cr_assert(greet());
    FRONTS_UNTIL(f.welcomes == welcomes + 1, &f);
}

/* ---- what is awaited ---- */

/* Ids differ where random ones do. */
static struct hl_ctl about(enum hl_ctl_kind kind, uint64_t n)
{
    struct hl_ctl r = {.kind = kind, .contact = PEER, .has_id = true};
    uint64_t mixed = n * UINT64_C(0x9e3779b97f4a7c15);

    memcpy(r.id, &n, sizeof n);
    memcpy(r.id + HL_ID_SIZE - sizeof mixed, &mixed, sizeof mixed);
    return r;
}

static uint64_t number_of(const struct hl_ctl *r)
{
    uint64_t n;

    memcpy(&n, r->id, sizeof n);
    return n;
}

/* All but the first are delivered. */
static void submit(uint64_t n)
{
    struct hl_ctl r = about(HL_CTL_SUBMIT, n);

    r.code = HL_ENTRY_TEXT;
    cr_assert_eq(hl_client_send(f.client, &r), 0);
    r = request();
    cr_assert_eq(r.kind, HL_CTL_SUBMIT);
    r.kind = HL_CTL_STATE;
    r.row = n + 1;
    r.state = HL_STATE_QUEUED;
    tell(&r);
    r.request = 0;
    r.state = n == 0 ? HL_STATE_SENT : HL_STATE_DELIVERED;
    tell(&r);
    front_pump(&f);
}

/* The peer never says what it has read. */
Test(client, delivered_long_ago_is_not_asked_for_again)
{
    enum { MANY = 5 * HL_CTL_READ_LATE };
    size_t asked = 0, recent = 0;
    bool first = false;
    struct hl_ctl r;

    for (uint64_t n = 0; n < MANY; n++)
        submit(n);
    take_over();
    while ((r = request()).kind == HL_CTL_AWAIT) {
        asked++;
        first = first || number_of(&r) == 0;
        recent += number_of(&r) + HL_CTL_READ_LATE >= MANY;
    }
    cr_assert_eq(r.kind, HL_CTL_NONE);
    cr_assert_leq(asked, 3 * HL_CTL_READ_LATE);
    cr_assert_eq(recent, HL_CTL_READ_LATE, "what may be read yet");
    cr_assert(first, "what is not delivered, however old it is");
}

/* ---- lists ---- */

static void tell_contact(uint64_t request, uint64_t contact)
{
    tell(&(struct hl_ctl){.kind = HL_CTL_CONTACT, .request = request, .contact = contact});
}

/* Counts what answers the request; whether that is over. */
static bool count_contacts(uint64_t request, unsigned told[static 8])
{
    struct hl_ctl r;

    while (hl_client_next(f.client, &r)) {
        if (r.kind == HL_CTL_CONTACT && r.request == request && r.contact < 8)
            told[r.contact]++;
        if (r.kind == HL_CTL_END && r.request == request)
            return true;
    }
    return false;
}

/* One is forgotten meanwhile, and one made that stands before the others. */
Test(client, a_list_that_begins_again_tells_each_once)
{
    static const unsigned each_once[8] = {[1] = 1, [2] = 1, [3] = 1, [4] = 1};
    struct hl_ctl list = {.kind = HL_CTL_CONTACTS};
    unsigned told[8] = {0};
    struct hl_ctl r;

    cr_assert_eq(hl_client_send(f.client, &list), 0);
    r = request();
    cr_assert_eq(r.kind, HL_CTL_CONTACTS);
    f.deaf = true;
    for (uint64_t i = 1; i <= 3; i++)
        tell_contact(r.request, i);
    cr_assert_not(count_contacts(list.request, told));
    f.deaf = false;
    take_over();
    r = request();
    cr_assert_eq(r.kind, HL_CTL_CONTACTS);
    f.deaf = true;
    tell_contact(r.request, 4);
    tell_contact(r.request, 2);
    tell_contact(r.request, 1);
    tell(&(struct hl_ctl){.kind = HL_CTL_END, .request = r.request});
    cr_assert(count_contacts(list.request, told));
    cr_assert_arr_eq(told, each_once, sizeof told);
}
