/* SPDX-License-Identifier: MIT */
/* Conversations over a messenger that is played here: hl_client_* below stands in for the real
 * line, so that every answer comes when the test says so. */
#include "talk.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- the messenger ---- */

enum {
    REQUESTS = 256,
    ALICE = 1,
    BOB = 2,
};

static struct request {
    struct hl_ctl c; /* its bytes are in text */
    char text[128];
} asked[REQUESTS];
static size_t asked_count;
static char line[1 << 20]; /* records on their way to the talk */
static size_t line_from, line_to;
static int line_fd = -1;
static int busy; /* how many requests find no room */
static uint64_t numbers;
static uint64_t history; /* entries of a conversation */
static bool others;      /* another process serves the home */

static void tell(const struct hl_ctl *c)
{
    size_t len = hl_ctl_put(line + line_to, sizeof(line) - line_to, c);

    cr_assert_gt(len, 0);
    line_to += len;
    eventfd_write(line_fd, 1);
}

static void note(struct hl_ctl *c)
{
    struct request *r = &asked[asked_count++ % REQUESTS];

    if (c->request == 0)
        c->request = ++numbers;
    r->c = *c;
    snprintf(r->text, sizeof(r->text), "%.*s", (int)c->text.len, c->text.len ? c->text.at : "");
}

static const struct request *last(enum hl_ctl_kind kind)
{
    for (size_t n = asked_count; n > 0; n--) {
        if (asked[(n - 1) % REQUESTS].c.kind == kind)
            return &asked[(n - 1) % REQUESTS];
    }
    return NULL;
}

static size_t count_of(enum hl_ctl_kind kind)
{
    size_t count = 0;

    for (size_t n = 0; n < asked_count; n++)
        count += asked[n % REQUESTS].c.kind == kind;
    return count;
}

static struct hl_ctl_bytes bytes(const char *text)
{
    return (struct hl_ctl_bytes){text, strlen(text)};
}

static struct hl_ctl contact(uint64_t id, const char *name, enum hl_ctl_reach reach)
{
    return (struct hl_ctl){.kind = HL_CTL_CONTACT,
                           .contact = id,
                           .code = reach,
                           .name = bytes(name),
                           .text = bytes("192.0.2.7:4855"),
                           .flags = HL_CTL_C_HAS_KEY,
                           .has_key = true,
                           .key = {1, 2, 3}};
}

int hl_client_open(const struct hl_client_config *config, struct hl_client **out,
                   char why[static HL_STORE_WHY])
{
    (void)config;
    (void)why;
    line_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    *out = (struct hl_client *)&line_fd;
    return 0;
}

void hl_client_close(struct hl_client *c, hl_time flush)
{
    (void)c;
    (void)flush;
    close(line_fd);
}

int hl_client_fd(const struct hl_client *c)
{
    (void)c;
    return line_fd;
}

bool hl_client_next(struct hl_client *c, struct hl_ctl *out)
{
    ptrdiff_t took = hl_ctl_get(out, line + line_from, line_to - line_from);
    eventfd_t count;

    (void)c;
    if (took > 0) {
        line_from += (size_t)took;
        return true;
    }
    eventfd_read(line_fd, &count);
    line_from = line_to = 0;
    return false;
}

int hl_client_send(struct hl_client *c, struct hl_ctl *request)
{
    (void)c;
    if (busy > 0) {
        busy--;
        return HL_ERR_BUSY;
    }
    note(request);
    return 0;
}

size_t hl_client_unsent(const struct hl_client *c)
{
    (void)c;
    return 0;
}

/* Entries 1 to history, the latest first; texts are their numbers. */
static void answer_history(const struct hl_ctl *request,
                           void (*each)(void *user, const struct hl_ctl *answer), void *user)
{
    uint64_t pos = request->pos ? request->pos : history + 1;
    struct hl_ctl e = {.kind = HL_CTL_ENTRY,
                       .request = request->request,
                       .contact = request->contact,
                       .code = HL_ENTRY_TEXT,
                       .has_id = true};

    for (uint64_t n = 0; n < request->number && pos > 1; n++) {
        char text[8];

        snprintf(text, sizeof(text), "%u", (unsigned)--pos);
        e.text = bytes(text);
        e.row = e.pos = pos;
        memcpy(e.id, &pos, sizeof(pos));
        each(user, &e);
    }
    each(user, &(struct hl_ctl){.kind = HL_CTL_END, .request = request->request});
}

int hl_client_ask(struct hl_client *c, struct hl_ctl *request, int signal_fd, hl_time timeout,
                  void (*each)(void *user, const struct hl_ctl *answer), void *user)
{
    struct hl_ctl answer = contact(ALICE, "alice", HL_REACH_IDLE);

    (void)c;
    (void)signal_fd;
    (void)timeout;
    note(request);
    if (request->kind == HL_CTL_HISTORY) {
        answer_history(request, each, user);
        return 0;
    }
    if (request->kind == HL_CTL_OPEN && memcmp(request->text.at, "010", 3) == 0)
        return HL_ERR_BAD_IPV4;
    if (request->kind == HL_CTL_OPEN)
        answer = contact(BOB, "bob", HL_REACH_LOOKING);
    if (request->kind == HL_CTL_LISTEN)
        answer =
            (struct hl_ctl){.kind = HL_CTL_BOUND, .code = HL_TCP, .text = bytes("127.0.0.1:4855")};
    each(user, &answer);
    each(user, &(struct hl_ctl){.kind = HL_CTL_END});
    return 0;
}

bool hl_client_serves(const struct hl_client *c)
{
    (void)c;
    return !others;
}

const uint8_t *hl_client_key(const struct hl_client *c)
{
    static const uint8_t key[HL_KEY_SIZE];

    (void)c;
    return key;
}

/* ---- what the talk reports ---- */

static struct {
    size_t changes, entries, fates, tolds;
    struct hl_conv *gone;
    uint32_t became;
    struct hl_ctl entry;
    char text[4096]; /* of entries, one after the other, with a slash behind each */
    struct hl_fate fate;
    uint8_t id[HL_ID_SIZE];
    struct hl_ctl told;
} seen;

static void changed(void *user, struct hl_conv *c)
{
    (void)user;
    (void)c;
    seen.changes++;
}

static void gone(void *user, struct hl_conv *c)
{
    (void)user;
    seen.gone = c;
    seen.became = c->became;
}

static void incoming(void *user, struct hl_conv *c, const struct hl_incoming *m)
{
    size_t at = strlen(seen.text);

    (void)user;
    (void)c;
    seen.entries++;
    seen.entry = *m->entry;
    snprintf(seen.text + at, sizeof(seen.text) - at, "%.*s/", (int)m->len, m->text);
}

static void delivery(void *user, struct hl_conv *c, const struct hl_fate *f)
{
    (void)user;
    (void)c;
    seen.fates++;
    seen.fate = *f;
    memcpy(seen.id, f->id, sizeof(seen.id));
}

static void told(void *user, struct hl_conv *c, const struct hl_ctl *r)
{
    (void)user;
    (void)c;
    seen.tolds++;
    seen.told = *r;
}

static const struct hl_talk_ops ops = {
    .changed = changed, .gone = gone, .incoming = incoming, .delivery = delivery, .told = told};
static struct hl_talk *talk;
static struct hl_conv *bob;

static void set_up(void)
{
    const struct hl_client_config client = {.flags = 0};
    const struct hl_talk_config config = {.client = &client};
    char why[HL_STORE_WHY];

    cr_assert_eq(hl_talk_new(&config, &ops, NULL, &talk, why), 0, "%s", why);
    cr_assert_eq(hl_talk_open(talk, "bob", 0, &bob), 0);
    memset(&seen, 0, sizeof(seen));
}

static void tear_down(void)
{
    hl_talk_free(talk, 0);
}

TestSuite(talk_home, .init = set_up, .fini = tear_down);

/* Pumps as a front end does, as long as the descriptor says so. */
static void pump(void)
{
    struct pollfd p = {.fd = hl_talk_fd(talk), .events = POLLIN};

    while (poll(&p, 1, 0) == 1)
        hl_talk_pump(talk);
}

static uint64_t say(const char *text)
{
    uint64_t msg = 0;

    cr_assert_eq(hl_talk_send(talk, bob, text, strlen(text), &msg), 0);
    return msg;
}

/* The state of the message that was submitted last, as the answer or as news. */
static void state(const struct request *r, enum hl_entry_state s, bool answer)
{
    struct hl_ctl c = {.kind = HL_CTL_STATE,
                       .contact = BOB,
                       .state = s,
                       .row = 7,
                       .has_id = true,
                       .request = answer ? r->c.request : 0};

    memcpy(c.id, r->c.id, HL_ID_SIZE);
    tell(&c);
    pump();
}

static struct hl_ctl entry(uint8_t n, const char *text)
{
    return (struct hl_ctl){.kind = HL_CTL_ENTRY,
                           .contact = BOB,
                           .code = HL_ENTRY_TEXT,
                           .row = n,
                           .pos = n,
                           .has_id = true,
                           .id = {n, 99},
                           .text = bytes(text)};
}

/* ---- tests ---- */

Test(talk_home, contacts_are_conversations_from_the_start)
{
    struct hl_conv *alice = hl_talk_first(talk);

    cr_assert_str_eq(alice->name, "alice");
    cr_assert_eq(alice->id, ALICE);
    cr_assert_eq(alice->state, HL_CONV_IDLE);
    cr_assert(alice->encrypted && alice->marks & HL_CTL_C_HAS_KEY);
    cr_assert_eq(alice->key[2], 3);
    cr_assert_eq(hl_talk_next(talk, alice), bob);
    cr_assert_eq(bob->state, HL_CONV_DIALLING);
    cr_assert_eq(hl_talk_by_id(talk, BOB), bob);
}

Test(talk_home, what_is_typed_wrongly_is_said_by_the_messenger)
{
    struct hl_conv *c;

    cr_assert_eq(hl_talk_open(talk, "010.0.0.1", 0, &c), HL_ERR_BAD_IPV4);
}

Test(talk_home, listeners_are_where_the_messenger_says)
{
    struct hl_bound at[2];
    size_t count;

    cr_assert_eq(hl_talk_listen(talk, "4855", true, false, at, &count), 0);
    cr_assert_eq(count, 1);
    cr_assert_eq(at[0].transport, HL_TCP);
    cr_assert_eq(at[0].addr.port, 4855);
    cr_assert_eq(last(HL_CTL_LISTEN)->c.flags, HL_CTL_PORT_DEFAULT);
}

Test(talk_home, contacts_change_and_are_told)
{
    struct hl_ctl c = contact(BOB, "bob", HL_REACH_UP);

    c.flags |= HL_CTL_C_CHANGED | HL_CTL_C_VERIFIED;
    c.other = (struct hl_ctl_bytes){"0123456789abcdef0123456789abcdef", 32};
    c.number = 3;
    tell(&c);
    pump();
    cr_assert_eq(seen.changes, 1);
    cr_assert_eq(bob->state, HL_CONV_OPEN);
    cr_assert_eq(bob->new_key[0], '0');
    cr_assert_eq(bob->unread, 3);
    cr_assert_str_eq(bob->address, "192.0.2.7:4855");
    cr_assert_eq(bob->path.remote.port, 4855);
}

Test(talk_home, a_contact_that_is_another_one_leads_there)
{
    struct hl_ctl c = {
        .kind = HL_CTL_CONTACT, .contact = BOB, .flags = HL_CTL_C_GONE, .pos = ALICE};

    say("to whom");
    tell(&c);
    pump();
    cr_assert_eq(seen.gone, bob);
    cr_assert_eq(seen.became, ALICE);
    cr_assert_null(hl_talk_by_id(talk, BOB));
    cr_assert_eq(hl_talk_by_id(talk, ALICE)->pending, 1);
    cr_assert_eq(hl_talk_last_said(hl_talk_by_id(talk, ALICE), true)->len, 7);
}

Test(talk_home, a_message_goes_its_way)
{
    uint64_t msg = say("hello");
    const struct request *r = last(HL_CTL_SUBMIT);

    cr_assert_str_eq(r->text, "hello");
    cr_assert(r->c.has_id && r->c.code == HL_ENTRY_TEXT && r->c.contact == BOB);
    cr_assert_eq(hl_talk_unsaved(talk), 1);
    cr_assert_eq(seen.fates, 0, "nothing is said before it is on disk");
    state(r, HL_STATE_QUEUED, true);
    cr_assert_eq(hl_talk_unsaved(talk), 0);
    cr_assert_eq(hl_talk_queued(talk), 1);
    cr_assert(seen.fate.msg == msg && seen.fate.state == HL_STATE_QUEUED && seen.fate.row == 7);
    state(r, HL_STATE_SENT, false);
    state(r, HL_STATE_QUEUED, false); /* the session that carried it is lost */
    cr_assert_eq(hl_talk_queued(talk), 1);
    state(r, HL_STATE_DELIVERED, false);
    cr_assert_eq(hl_talk_queued(talk), 0);
    cr_assert(seen.fate.msg == msg && bob->sent == 1 && bob->pending == 0);
    state(r, HL_STATE_READ, false);
    cr_assert_eq(seen.fate.state, HL_STATE_READ);
    cr_assert_eq(memcmp(seen.id, r->c.id, HL_ID_SIZE), 0);
    cr_assert_eq(bob->sent, 1, "read counts it no second time");
}

Test(talk_home, a_message_that_is_refused_has_failed)
{
    uint64_t msg = say("no");
    struct hl_ctl c = {.kind = HL_CTL_STATE,
                       .contact = BOB,
                       .err = HL_ERR_STORAGE,
                       .has_id = true,
                       .request = last(HL_CTL_SUBMIT)->c.request};

    memcpy(c.id, last(HL_CTL_SUBMIT)->c.id, HL_ID_SIZE);
    tell(&c);
    pump();
    cr_assert(seen.fate.msg == msg && seen.fate.state == HL_STATE_FAILED);
    cr_assert_eq(seen.fate.err, HL_ERR_STORAGE);
    cr_assert_eq(hl_talk_queued(talk) + hl_talk_unsaved(talk) + bob->pending, 0);
    msg = say("neither");
    c = (struct hl_ctl){.kind = HL_CTL_ERROR,
                        .contact = BOB,
                        .err = -ENOENT,
                        .has_id = true,
                        .request = last(HL_CTL_SUBMIT)->c.request};
    memcpy(c.id, last(HL_CTL_SUBMIT)->c.id, HL_ID_SIZE);
    tell(&c);
    pump();
    cr_assert(seen.fate.msg == msg && seen.fate.err == -ENOENT);
    cr_assert_eq(bob->failed, 2);
}

/* The talk takes nothing that the messenger has no room for, and forgets it. */
Test(talk_home, too_much_is_busy_and_nothing_is_taken)
{
    uint64_t msg;

    busy = 1;
    cr_assert_eq(hl_talk_send(talk, bob, "x", 1, &msg), HL_ERR_BUSY);
    cr_assert_eq(hl_talk_queued(talk) + hl_talk_unsaved(talk), 0);
    cr_assert_eq(say("x"), 1, "numbers have no holes");
}

Test(talk_home, too_long_is_refused_here)
{
    char *text = calloc(1, HL_BODY_MAX + 1);
    uint64_t msg;

    cr_assert_eq(hl_talk_send(talk, bob, text, HL_BODY_MAX + 1, &msg), HL_ERR_TOO_LONG);
    cr_assert_eq(hl_talk_send(talk, bob, text, HL_BODY_MAX, &msg), 0);
    cr_assert_eq(hl_talk_send(talk, bob, text, 0, &msg), -EINVAL);
    free(text);
}

Test(talk_home, many_messages_find_their_numbers)
{
    enum { MANY = 200 };
    struct request sent[MANY];

    for (size_t i = 0; i < MANY; i++) {
        cr_assert_eq(say("x"), i + 1);
        sent[i] = *last(HL_CTL_SUBMIT);
    }
    for (size_t i = 0; i < MANY; i++)
        state(&sent[i], HL_STATE_QUEUED, true);
    for (size_t i = MANY; i > 0; i--) {
        state(&sent[i - 1], HL_STATE_DELIVERED, false);
        cr_assert_eq(seen.fate.msg, i);
    }
    cr_assert_eq(hl_talk_queued(talk), 0);
}

Test(talk_home, entries_come_with_all_that_is_known)
{
    struct hl_ctl e = entry(5, "hi");

    e.count = 2;
    tell(&e);
    pump();
    cr_assert_str_eq(seen.text, "hi/");
    cr_assert_eq(seen.entry.row, 5);
    cr_assert_eq(seen.entry.count, 2);
    cr_assert_eq(bob->received, 1);
    cr_assert_eq(hl_talk_last_said(bob, false)->number, 1);
}

Test(talk_home, our_own_words_are_not_told_back)
{
    struct hl_ctl e = entry(5, "said here");

    say("said here");
    memcpy(e.id, last(HL_CTL_SUBMIT)->c.id, HL_ID_SIZE);
    e.flags = HL_CTL_E_OURS;
    tell(&e);
    e = entry(6, "said elsewhere");
    e.flags = HL_CTL_E_OURS;
    tell(&e);
    pump();
    cr_assert_str_eq(seen.text, "said elsewhere/");
}

Test(talk_home, shown_and_seen_go_out_when_the_output_has_gone)
{
    struct hl_ctl e = entry(5, "hi");

    hl_talk_taken(talk, bob, &e, true);
    e = entry(6, "ho");
    hl_talk_taken(talk, bob, &e, true);
    cr_assert_eq(count_of(HL_CTL_SHOWN) + count_of(HL_CTL_SEEN), 0);
    busy = 1;
    hl_talk_settle(talk); /* the first of both finds no room */
    hl_talk_settle(talk);
    hl_talk_settle(talk);
    cr_assert_eq(count_of(HL_CTL_SHOWN), 1);
    cr_assert_eq(last(HL_CTL_SHOWN)->c.row, 6);
    cr_assert_eq(count_of(HL_CTL_SEEN), 1);
    cr_assert_eq(last(HL_CTL_SEEN)->c.id[0], 6);
    e = entry(7, "not looked at");
    hl_talk_taken(talk, bob, &e, false);
    e.flags = HL_CTL_E_OURS;
    e.row = 8;
    hl_talk_taken(talk, bob, &e, true);
    hl_talk_settle(talk);
    cr_assert_eq(last(HL_CTL_SHOWN)->c.row, 7);
    cr_assert_eq(count_of(HL_CTL_SEEN), 1);
}

Test(talk_home, what_is_left_to_others_is_not_noted_as_shown)
{
    struct hl_ctl e = entry(5, "hi");

    hl_talk_taken(talk, bob, &e, true);
    hl_talk_left(talk);
    e = entry(7, "behind one that was left");
    hl_talk_taken(talk, bob, &e, true);
    hl_talk_settle(talk);
    cr_assert_eq(count_of(HL_CTL_SHOWN), 1);
    cr_assert_eq(last(HL_CTL_SHOWN)->c.row, 5);
    cr_assert_eq(last(HL_CTL_SEEN)->c.id[0], 7, "seen it is");
}

Test(talk_home, history_is_told_in_order)
{
    history = 8;
    cr_assert_eq(hl_talk_history(talk, bob, 4), 0);
    cr_assert_str_eq(seen.text, "5/6/7/8/");
    cr_assert(seen.entry.flags & HL_CTL_E_OLD);
    cr_assert_eq(bob->received, 0, "it is no news");
    cr_assert_eq(count_of(HL_CTL_HISTORY), 1);
    seen.text[0] = '\0';
    cr_assert_eq(hl_talk_history(talk, bob, 100), 0);
    cr_assert_str_eq(seen.text, "1/2/3/4/5/6/7/8/");
    cr_assert_eq(count_of(HL_CTL_HISTORY), 2);
}

/* More than the messenger gives at once: the next page begins before the earliest of the last. */
Test(talk_home, history_of_several_pages)
{
    history = 2 * HL_STORE_PAGE + 100;
    cr_assert_eq(hl_talk_history(talk, bob, HL_STORE_PAGE + 2), 0);
    cr_assert_eq(count_of(HL_CTL_HISTORY), 2);
    cr_assert_eq(last(HL_CTL_HISTORY)->c.number, 2);
    cr_assert_eq(seen.entries, HL_STORE_PAGE + 2);
    cr_assert_eq(strncmp(seen.text, "599/600/", 8), 0, "%.20s", seen.text);
    seen.entries = 0;
    cr_assert_eq(hl_talk_history(talk, bob, 10 * HL_STORE_PAGE), 0);
    cr_assert_eq(seen.entries, history);
}

/* By its place, or among the latest. */
Test(talk_home, one_entry_is_asked_for)
{
    const struct request *r;
    uint64_t request;

    cr_assert_eq(hl_talk_entry(talk, ALICE, 7, &request), 0);
    r = last(HL_CTL_HISTORY);
    cr_assert_eq(r->c.request, request);
    cr_assert_eq(r->c.contact, ALICE);
    cr_assert_eq(r->c.flags, HL_CTL_BACKWARD);
    cr_assert_eq(r->c.pos, 8);
    cr_assert_eq(r->c.number, 1);
    cr_assert_eq(hl_talk_entry(talk, ALICE, 0, &request), 0);
    r = last(HL_CTL_HISTORY);
    cr_assert_eq(r->c.request, request);
    cr_assert_eq(r->c.pos, 0);
    cr_assert_gt(r->c.number, 1);
    busy = 1;
    cr_assert_eq(hl_talk_entry(talk, ALICE, 7, &request), HL_ERR_BUSY);
    cr_assert_eq(request, 0);
}

Test(talk_home, what_was_said_last_has_numbers)
{
    struct hl_ctl e = entry(5, "theirs");
    const struct hl_said *s;

    say("mine");
    tell(&e);
    pump();
    for (int i = 0; i < HL_SAID_KEPT; i++)
        say("again");
    cr_assert_eq(hl_talk_said_count(bob), HL_SAID_KEPT + 2);
    cr_assert_null(hl_talk_said(bob, 1));
    cr_assert_null(hl_talk_said(bob, HL_SAID_KEPT + 3));
    cr_assert_null(hl_talk_last_said(bob, false));
    s = hl_talk_last_said(bob, true);
    cr_assert_eq(s->number, HL_SAID_KEPT + 2);
    cr_assert_eq(strncmp(s->text, "again", s->len), 0);
    state(last(HL_CTL_SUBMIT), HL_STATE_QUEUED, true);
    cr_assert_eq(s->state, HL_STATE_QUEUED);
    cr_assert_eq(hl_talk_said_id(bob, s->id), s);
}

Test(talk_home, an_edit_changes_what_was_said)
{
    struct hl_ctl e = entry(5, "teh");

    tell(&e);
    e.text = bytes("the");
    e.flags = HL_CTL_E_CHANGED | HL_CTL_E_EDITED;
    tell(&e);
    pump();
    cr_assert_eq(seen.entries, 2);
    cr_assert_eq(bob->received, 1);
    cr_assert_eq(strncmp(hl_talk_said(bob, 1)->text, "the", 3), 0);
    cr_assert_eq(hl_talk_said_count(bob), 1);
}

Test(talk_home, only_what_is_not_delivered_is_taken_back)
{
    struct request first, second;

    say("one");
    first = *last(HL_CTL_SUBMIT);
    say("two");
    second = *last(HL_CTL_SUBMIT);
    state(&first, HL_STATE_QUEUED, true);
    state(&second, HL_STATE_QUEUED, true);
    state(&first, HL_STATE_DELIVERED, false);
    busy = 1;
    cr_assert_not(hl_talk_cancel_all(talk, bob));
    cr_assert(hl_talk_cancel_all(talk, bob));
    cr_assert(hl_talk_cancel_all(talk, bob));
    cr_assert_eq(count_of(HL_CTL_CANCEL), 1);
    cr_assert_eq(memcmp(last(HL_CTL_CANCEL)->c.id, second.c.id, HL_ID_SIZE), 0);
    state(&second, HL_STATE_CANCELLED, false);
    cr_assert_eq(hl_talk_queued(talk), 0);
    cr_assert_eq(bob->sent, 1);
}

Test(talk_home, a_cancel_that_comes_too_late_changes_nothing)
{
    struct hl_ctl c = {.kind = HL_CTL_STATE,
                       .contact = BOB,
                       .state = HL_STATE_DELIVERED,
                       .err = -EALREADY,
                       .has_id = true};
    struct request r;

    say("one");
    r = *last(HL_CTL_SUBMIT);
    state(&r, HL_STATE_QUEUED, true);
    state(&r, HL_STATE_DELIVERED, false);
    seen.fates = 0;
    cr_assert_eq(hl_talk_cancel(talk, bob, r.c.id), 0);
    c.request = last(HL_CTL_CANCEL)->c.request;
    memcpy(c.id, r.c.id, HL_ID_SIZE);
    tell(&c);
    pump();
    cr_assert_eq(seen.fates, 0);
    cr_assert_eq(seen.told.err, -EALREADY);
}

/* After another process has taken over, it is told whom we talk to and where we listen. */
Test(talk_home, another_messenger_is_asked_for_the_same)
{
    struct hl_bound at[2];
    size_t count;

    cr_assert_eq(hl_talk_listen(talk, "tcp://127.0.0.1:0", false, false, at, &count), 0);
    asked_count = 0;
    tell(&(struct hl_ctl){.kind = HL_CTL_WELCOME, .version = HL_CTL_VERSION});
    pump();
    cr_assert_str_eq(last(HL_CTL_LISTEN)->text, "tcp://127.0.0.1:4855", "the port it had");
    cr_assert_eq(count_of(HL_CTL_OPEN), 1);
    cr_assert_str_eq(last(HL_CTL_OPEN)->text, "bob");
    cr_assert_eq(hl_talk_close(talk, bob), 0);
    asked_count = 0;
    tell(&(struct hl_ctl){.kind = HL_CTL_WELCOME, .version = HL_CTL_VERSION});
    pump();
    cr_assert_eq(count_of(HL_CTL_OPEN), 0, "nobody wants to talk there any more");
}

/* What another process of the home does already is asked for when that one has gone. */
Test(talk_home, a_default_listener_is_left_to_who_serves)
{
    struct hl_bound at[2];
    size_t count;

    others = true;
    cr_assert_eq(hl_talk_listen(talk, "4855", true, false, at, &count), 0);
    cr_assert_eq(count, 0);
    cr_assert_eq(hl_talk_listen(talk, "127.0.0.1:4855", false, false, at, &count), 0);
    cr_assert_eq(count, 1, "somebody asked for this one");
    asked_count = 0;
    tell(&(struct hl_ctl){.kind = HL_CTL_WELCOME, .version = HL_CTL_VERSION});
    pump();
    cr_assert_eq(count_of(HL_CTL_LISTEN), 1);
    others = false;
    asked_count = 0;
    tell(&(struct hl_ctl){.kind = HL_CTL_WELCOME, .version = HL_CTL_VERSION});
    pump();
    cr_assert_eq(count_of(HL_CTL_LISTEN), 2);
}

Test(talk_home, gaps_typing_and_the_disk_are_told)
{
    static const enum hl_ctl_kind kinds[] = {HL_CTL_GAP, HL_CTL_HEALED, HL_CTL_TYPED,
                                             HL_CTL_STALLED, HL_CTL_NOTICE};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        tell(&(struct hl_ctl){.kind = kinds[i], .contact = i < 3 ? BOB : 0});
        pump();
        cr_assert_eq(seen.told.kind, kinds[i]);
    }
    cr_assert_eq(seen.tolds, 5);
}

/* ---- without memory ---- */

/* They end the program where memory is short. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

static int start_without_memory(const struct hl_talk_config *config, char why[static HL_STORE_WHY])
{
    struct rlimit limit;
    struct rlimit none;
    struct hl_talk *t;
    int err;

    cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
    while (malloc(1024)) /* what is left of the heap */
        continue;
    err = hl_talk_new(config, &ops, NULL, &t, why);
    setrlimit(RLIMIT_AS, &limit);
    return err;
}

/* As with every other failure it is said of what. */
Test(talk_home, no_memory_is_said_with_what_it_is_about)
{
    static const struct hl_client_config client = {.flags = 0};
    static const struct hl_talk_config home = {.client = &client};
    static const struct hl_talk_config plain;
    char why[HL_STORE_WHY];

    if (__asan_init || __tsan_init)
        cr_skip_test("a sanitizer ends the program where memory is short");
    cr_assert_eq(start_without_memory(&home, why), -ENOMEM);
    cr_assert_str_eq(why, "messenger: Cannot allocate memory");
    cr_assert_eq(start_without_memory(&plain, why), -ENOMEM);
    cr_assert_str_eq(why, "network: Cannot allocate memory");
}
