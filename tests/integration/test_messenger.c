/* SPDX-License-Identifier: MIT */
/* Messengers of homes on loopback: sessions, contacts, keys. */
#include "homes.h"

#include <stdio.h>
#include <string.h>

enum {
    EVERYTHING = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
};

static char home_a[HOME_PATH], home_b[HOME_PATH], home_c[HOME_PATH];
static char home_away[HOME_PATH]; /* b's, while another one lives there; "" = none */
static struct front a, b, c;

static void set_up(void)
{
    home_make(home_a);
    home_make(home_b);
    home_make(home_c);
}

static void tear_down(void)
{
    if (a.client)
        front_close(&a, 0);
    if (b.client)
        front_close(&b, 0);
    if (c.client)
        front_close(&c, 0);
    home_remove(home_a);
    home_remove(home_b);
    home_remove(home_c);
    if (*home_away)
        home_remove(home_away);
}

TestSuite(messenger, .init = set_up, .fini = tear_down, .timeout = 100);

/* b listens and pairs; the number of b at a. */
static uint64_t meet(void)
{
    front_open(&a, home_a, 1, EVERYTHING);
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    return front_open_peer_within(&a, b.bound, HL_SECS(2));
}

/* b comes again with the key of n, on the port that it had. */
static void come_again(unsigned n)
{
    char bound[HOME_TEXT];

    snprintf(bound, sizeof bound, "%s", b.bound);
    front_open(&b, home_b, n, EVERYTHING);
    front_listen(&b, bound);
}

/* b's home is another one, and what it was again. */
static void leave_home(void)
{
    memcpy(home_away, home_b, sizeof home_away);
    home_make(home_b);
}

static void return_home(void)
{
    home_remove(home_b);
    memcpy(home_b, home_away, sizeof home_b);
    *home_away = '\0';
}

static void answer(uint64_t to)
{
    front_submit(&b, to, 101, "hello yourself");
}

/* ---- entries ---- */

Test(messenger, entries_go_from_disk_to_disk)
{
    uint64_t to = meet();

    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1 && b.entry_count == 1, &a, &b);
    cr_assert_eq(a.states[HL_STATE_QUEUED], 1);
    cr_assert_str_eq(b.entries[0].text, "hello");
    answer(b.entries[0].contact);
    FRONTS_UNTIL(b.states[HL_STATE_DELIVERED] == 1 && a.entry_count == 1, &a, &b);
    cr_assert_eq(a.entries[0].contact, to);
    cr_assert_str_eq(a.entries[0].text, "hello yourself");
}

Test(messenger, what_is_said_to_who_is_away_waits)
{
    uint64_t to = meet();

    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
    front_close(&b, 0);
    FRONTS_UNTIL(front_contact(&a, to)->reach != HL_REACH_UP, &a);
    for (unsigned i = 0; i < 100; i++)
        front_submit(&a, to, i, "are you there?");
    FRONTS_UNTIL(a.states[HL_STATE_QUEUED] == 100, &a);
    front_close(&a, 0);
    come_again(2);
    front_open(&a, home_a, 1, EVERYTHING | HL_CTL_F_STATES);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 100 && b.entry_count == 100, &a, &b);
    for (unsigned i = 0; i < 100; i++)
        cr_assert_eq(b.entries[i].seq, i + 1);
}

/* Where a call comes from is where the caller will be looked for. */
Test(messenger, nobody_is_called_before_we_listen)
{
    uint64_t to = meet();
    hl_time until;

    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
    front_close(&b, 0);
    FRONTS_UNTIL(front_contact(&a, to)->reach != HL_REACH_UP, &a);
    front_submit(&a, to, 1, "are you there?");
    FRONTS_UNTIL(a.states[HL_STATE_QUEUED] == 1, &a);
    front_close(&a, 0);
    come_again(2);
    front_open(&a, home_a, 1, EVERYTHING | HL_CTL_F_STATES | HL_CTL_F_LISTENS);
    for (until = hl_clock_now() + HL_MS(300); hl_clock_now() < until;) {
        front_pump(&a);
        front_pump(&b);
        cr_assert_eq(a.states[HL_STATE_DELIVERED], 0);
    }
    front_listen(&a, "127.0.0.1:0");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1 && b.contact_count == 1 &&
                     strcmp(b.contacts[0].address, a.bound) == 0,
                 &a, &b);
}

Test(messenger, an_address_that_is_listened_on_may_be_named_again)
{
    char bound[HOME_TEXT];

    front_open(&a, home_a, 1, EVERYTHING);
    front_open(&b, home_a, 1, EVERYTHING);
    front_listen(&a, "127.0.0.1:0");
    snprintf(bound, sizeof bound, "%s", a.bound);
    front_listen(&b, bound);
    cr_assert_str_eq(b.bound, bound);
    front_listen(&a, bound);
    front_listen(&a, "0");
    snprintf(bound, sizeof bound, "127.0.0.1%s", strrchr(a.bound, ':'));
    front_listen(&b, bound);
    cr_assert_str_eq(b.bound, a.bound, "all addresses are listened on");
}

Test(messenger, a_goodbye_is_followed_by_calls)
{
    uint64_t to = meet();

    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
    front_close(&b, 0);
    FRONTS_UNTIL(front_contact(&a, to)->reach != HL_REACH_UP, &a);
    come_again(2);
    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
}

Test(messenger, a_cancelled_entry_does_not_arrive)
{
    uint64_t to = meet();
    struct hl_ctl r = {.kind = HL_CTL_CANCEL, .contact = to, .has_id = true};

    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
    front_close(&b, 0);
    FRONTS_UNTIL(front_contact(&a, to)->reach != HL_REACH_UP, &a);
    for (unsigned i = 0; i < 3; i++)
        front_submit(&a, to, i, i == 1 ? "oops" : "meant");
    front_id(r.id, 1);
    cr_assert_eq(front_ask(&a, &r), 0);
    cr_assert_eq(a.states[HL_STATE_CANCELLED], 1);
    come_again(2);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 2 && b.entry_count == 2, &a, &b);
    cr_assert_str_eq(b.entries[1].text, "meant");
}

/* ---- contacts ---- */

Test(messenger, strangers_are_let_in_by_pairing_alone)
{
    uint64_t to;

    front_open(&a, home_a, 1, EVERYTHING);
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    to = front_open_peer_within(&a, b.bound, HL_SECS(1));
    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_FAILED, &a, &b);
    cr_assert_eq(b.contact_count, 0);
    front_pair(&b);
    front_submit(&a, to, 1, "may I?");
    FRONTS_UNTIL(b.entry_count == 1, &a, &b);
    cr_assert_eq(b.contact_count, 1);
}

static void count_contact(void *user, const struct hl_ctl *r)
{
    *(size_t *)user += r->kind == HL_CTL_CONTACT;
}

static size_t contacts_of(struct front *f)
{
    struct hl_ctl r = {.kind = HL_CTL_CONTACTS};
    size_t count = 0;

    cr_assert_eq(hl_client_ask(f->client, &r, -1, HL_SECS(HOME_PATIENCE), count_contact, &count),
                 0);
    return count;
}

/* Somebody with the nth key comes to b, says something or nothing, and goes. Whether b has let it
 * in. */
static bool stranger(unsigned n, const char *says)
{
    char home[HOME_PATH];
    uint64_t to;
    bool up;

    home_make(home);
    front_open(&c, home, n, EVERYTHING);
    to = front_open_peer_within(&c, b.bound, HL_SECS(1));
    FRONTS_UNTIL(front_contact(&c, to)->flags & HL_CTL_C_HAS_KEY ||
                     front_contact(&c, to)->reach >= HL_REACH_CLOSED,
                 &b, &c);
    if (says) {
        front_submit(&c, to, n, says);
        FRONTS_UNTIL(c.states[HL_STATE_DELIVERED] == 1 ||
                         front_contact(&c, to)->reach >= HL_REACH_CLOSED,
                     &b, &c);
    }
    up = c.states[HL_STATE_DELIVERED] == 1;
    front_close(&c, 0);
    home_remove(home);
    return up;
}

/* A flood of keys: the contact book and the disk stay bounded, and our user hears of it. */
Test(messenger, strangers_are_bounded, .timeout = 280)
{
    enum { MAX = 64, SAY = 60, FIRST = 1000 };
    unsigned n = FIRST;
    hl_time until;

    front_open(&b, home_b, 2, HL_CTL_F_ENTRIES);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    for (unsigned i = 0; i < SAY; i++)
        cr_assert(stranger(n++, "hello"));
    while (n < FIRST + MAX + 8) {
        (void)stranger(n++, NULL);
        cr_assert_leq(contacts_of(&b), MAX);
    }
    cr_assert_gt(contacts_of(&b), SAY);
    cr_assert_eq(b.entry_count, SAY, "who has said something stays");
    /* Silent ones make room for who has something to say, until there are none. */
    until = hl_clock_now() + HL_SECS(10 * HOME_PATIENCE);
    while (b.entry_count < MAX && hl_clock_now() < until)
        (void)stranger(n++, "and me?");
    cr_assert_eq(contacts_of(&b), MAX);
    cr_assert_not(stranger(n++, "and me?"));
    FRONTS_UNTIL(b.notices > 0, &b);
    /* One that is answered is a stranger no more. */
    front_submit(&b, b.entries[0].contact, 1, "hello yourself");
    FRONTS_UNTIL(b.states[HL_STATE_QUEUED] == 1, &b);
    /* There are so many in a while, too. Who is refused calls again, and may be let in and heard
     * after we have looked: b knows. */
    while (b.entry_count == MAX) {
        (void)stranger(n++, "and me?");
        cr_assert_lt(hl_clock_now(), until);
    }
    cr_assert_eq(contacts_of(&b), MAX + 1);
}

/* It calls itself what it likes, and is called so if nobody else is. */
Test(messenger, who_is_let_in_names_itself)
{
    struct hl_client_config config = {.flags = EVERYTHING, .messenger = {.nick = "carol"}};
    struct hl_client_config same = {.flags = EVERYTHING, .messenger = {.nick = "Carol"}};

    front_open_as(&a, home_a, 1, &config);
    front_open_as(&c, home_c, 3, &same);
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    (void)front_open_peer(&a, b.bound);
    FRONTS_UNTIL(b.contact_count == 1 && strcmp(b.contacts[0].name, "carol") == 0, &a, &b);
    (void)front_open_peer(&c, b.bound);
    FRONTS_UNTIL(b.contact_count == 2 && b.contacts[1].flags & HL_CTL_C_LIKE, &a, &b, &c);
    cr_assert_str_neq(b.contacts[1].name, "carol");
}

/* Only at first a name is waited for. */
Test(messenger, who_gave_no_name_is_told_of_after_a_restart)
{
    struct hl_ctl block = {.kind = HL_CTL_CONTACT_BLOCK, .flags = HL_CTL_ON};

    (void)meet();
    FRONTS_UNTIL(b.contact_count == 1, &a, &b);
    block.contact = b.contacts[0].id;
    front_close(&a, 0);
    front_close(&b, 0);
    front_open(&b, home_b, 2, EVERYTHING);
    front_open(&c, home_b, 2, EVERYTHING);
    cr_assert_eq(front_ask(&c, &block), 0);
    FRONTS_UNTIL(front_contact(&b, block.contact)->flags & HL_CTL_C_BLOCKED, &b, &c);
}

/* Though pairing is on, which lets in another one meanwhile. */
Test(messenger, a_blocked_contact_is_not_heard)
{
    uint64_t to = meet();
    struct hl_ctl block = {.kind = HL_CTL_CONTACT_BLOCK, .flags = HL_CTL_ON};
    uint64_t from;

    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1 && b.contact_count == 1, &a, &b);
    from = b.contacts[0].id;
    block.contact = from;
    cr_assert_eq(front_ask(&b, &block), 0);
    FRONTS_UNTIL(front_contact(&a, to)->reach != HL_REACH_UP, &a, &b);
    front_submit(&a, to, 2, "hello?");
    front_submit(&b, from, 101, "go away");
    FRONTS_UNTIL(b.refused == 1, &a, &b);
    cr_assert_eq(b.last_err, HL_ERR_BLOCKED);
    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_LOOKING, &a, &b);
    front_open(&c, home_c, 3, EVERYTHING);
    front_submit(&c, front_open_peer(&c, b.bound), 3, "and me?");
    FRONTS_UNTIL(b.entry_count == 2, &a, &b, &c);
    cr_assert_str_eq(b.entries[1].text, "and me?");
    block.flags = 0;
    block.request = 0;
    cr_assert_eq(front_ask(&b, &block), 0);
    front_submit(&b, from, 102, "all right");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 2 && a.entry_count == 1, &a, &b);
    cr_assert_str_eq(b.entries[2].text, "hello?");
}

/* Two names of one address: they turn out to be one peer, and what was said to either arrives. */
Test(messenger, two_names_of_one_peer_become_one)
{
    uint64_t to = meet();
    char other[HOME_TEXT];
    uint64_t second;

    front_submit(&a, to, 1, "one");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1, &a, &b);
    snprintf(other, sizeof other, "localhost%s", strrchr(b.bound, ':'));
    second = front_open_peer(&a, other);
    cr_assert_neq(second, to);
    front_submit(&a, second, 2, "two");
    FRONTS_UNTIL(front_contact(&a, second)->gone && b.entry_count == 2, &a, &b);
    cr_assert_eq(front_contact(&a, second)->became, to);
    cr_assert_str_eq(b.entries[1].text, "two");
    front_submit(&a, second, 3, "three"); /* under the number that it had */
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 3 && b.entry_count == 3, &a, &b);
    cr_assert_eq(b.entries[2].seq, 3);
}

Test(messenger, a_forgotten_contact_is_gone)
{
    uint64_t to = meet();
    struct hl_ctl forget = {.kind = HL_CTL_CONTACT_FORGET, .contact = to};
    struct hl_ctl list = {.kind = HL_CTL_CONTACTS};

    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1, &a, &b);
    cr_assert_eq(front_ask(&a, &forget), 0);
    FRONTS_UNTIL(front_contact(&a, to)->gone, &a, &b);
    a.contact_count = 0;
    cr_assert_eq(front_ask(&a, &list), 0);
    cr_assert_eq(a.contact_count, 0);
}

/* ---- another key ---- */

/* b is gone, after a has said something to it; somebody else lives where it did. */
static uint64_t meet_another(void)
{
    uint64_t to = meet();

    front_submit(&a, to, 1, "secret");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1, &a, &b);
    front_close(&b, 0);
    leave_home();
    FRONTS_UNTIL(front_contact(&a, to)->reach != HL_REACH_UP, &a);
    front_submit(&a, to, 2, "more secret");
    come_again(7);
    front_pair(&b);
    FRONTS_UNTIL(front_contact(&a, to)->flags & HL_CTL_C_CHANGED, &a, &b);
    return to;
}

Test(messenger, another_key_gets_nothing)
{
    uint64_t to = meet_another();
    struct hl_ctl accept = {.kind = HL_CTL_CONTACT_ACCEPT, .contact = to, .has_key = true};

    cr_assert_eq(front_contact(&a, to)->err, HL_ERR_KEY_CHANGED);
    cr_assert_eq(a.states[HL_STATE_DELIVERED], 1);
    cr_assert_eq(b.entry_count, 0);
    memcpy(accept.key, front_contact(&a, to)->key, sizeof accept.key);
    accept.key[0] ^= 1;
    cr_assert_eq(front_ask(&a, &accept), HL_ERR_KEY_CHANGED, "a third key");
    memcpy(accept.key, front_contact(&a, to)->new_key, sizeof accept.key);
    accept.request = 0;
    cr_assert_eq(front_ask(&a, &accept), 0);
    FRONTS_UNTIL(b.entry_count == 1 && a.states[HL_STATE_DELIVERED] == 2, &a, &b);
    cr_assert_str_eq(b.entries[0].text, "more secret");
    cr_assert_eq(b.entries[0].seq, 1, "and nothing is missing before it");
}

Test(messenger, the_old_key_may_be_kept)
{
    uint64_t to = meet_another();
    struct hl_ctl keep = {.kind = HL_CTL_CONTACT_ACCEPT, .contact = to, .has_key = true};

    memcpy(keep.key, front_contact(&a, to)->key, sizeof keep.key);
    cr_assert_eq(front_ask(&a, &keep), 0);
    FRONTS_UNTIL(!(front_contact(&a, to)->flags & HL_CTL_C_CHANGED), &a, &b);
    FRONTS_UNTIL(front_contact(&a, to)->flags & HL_CTL_C_CHANGED, &a, &b);
    cr_assert_eq(b.entry_count, 0, "it answers again, and is stopped again");
    front_close(&b, 0);
    return_home();
    keep.request = 0;
    cr_assert_eq(front_ask(&a, &keep), 0);
    come_again(2);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 2 && b.entry_count == 1, &a, &b);
    cr_assert_str_eq(b.entries[0].text, "more secret");
    cr_assert_eq(b.entries[0].seq, 2);
}

/* Its call by XX is answered, as anybody's is while pairing is on, and its FINISH is not. */
Test(messenger, who_is_blocked_is_not_told_of_a_session)
{
    uint64_t to = meet();
    struct hl_ctl block = {.kind = HL_CTL_CONTACT_BLOCK, .flags = HL_CTL_ON};
    hl_time until;

    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(b.entry_count == 1, &a, &b);
    block.contact = b.entries[0].contact;
    front_close(&a, 0);
    cr_assert_eq(front_ask(&b, &block), 0);
    home_remove(home_a);
    home_make(home_a);
    front_open(&a, home_a, 1, EVERYTHING);
    to = front_open_peer(&a, b.bound);
    FRONTS_UNTIL(front_contact(&a, to)->flags & HL_CTL_C_HAS_KEY, &a, &b);
    for (until = hl_clock_now() + HL_MS(500); hl_clock_now() < until;) {
        fronts_wait((struct front *[]){&a, &b}, 2, 50);
        cr_assert_eq(front_contact(&a, to)->reach, HL_REACH_LOOKING);
    }
}

Test(messenger, a_link_pins_the_key)
{
    struct hl_ctl r = {.kind = HL_CTL_OPEN};
    uint64_t to = meet();
    char link[400];

    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
    front_link(link, hl_client_key(a.client), b.bound);
    r.text = (struct hl_ctl_bytes){link, strlen(link)};
    cr_assert_eq(hl_err_class(front_ask(&a, &r)), HL_CLASS_IDENTITY);
    front_link(link, hl_client_key(b.client), b.bound);
    r.text = (struct hl_ctl_bytes){link, strlen(link)};
    r.request = 0;
    cr_assert_eq(front_ask(&a, &r), 0);
    cr_assert_eq(a.contact_count, 1);
}
