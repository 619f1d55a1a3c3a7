/* SPDX-License-Identifier: MIT */
/* A contact is forgotten by one front end while another has said something to it. */
#include "homes.h"

#include "talk.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    EVERYTHING = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
    MANY = 20,
#ifdef __SANITIZE_THREAD__
    STATES_TOO_MANY = 1000, /* fewer than would wait for a front end: each takes long */
#else
    STATES_TOO_MANY = 8000, /* more than waits for one */
#endif
};

static char home_a[HOME_PATH], home_b[HOME_PATH];
static struct front a, b, c; /* a serves one home, and c follows; b has the other one */
static struct hl_talk *talk; /* follows a, too */

static void set_up(void)
{
    home_make(home_a);
    home_make(home_b);
    front_open(&a, home_a, 1, EVERYTHING);
}

static void tear_down(void)
{
    struct front *const all[] = {&c, &b, &a};

    if (talk)
        hl_talk_free(talk, 0);
    for (size_t i = 0; i < 3; i++) {
        if (all[i]->client)
            front_close(all[i], 0);
    }
    home_remove(home_a);
    home_remove(home_b);
}

TestSuite(messenger_forget, .init = set_up, .fini = tear_down, .timeout = 100);

static uint64_t meet(void)
{
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    return front_open_peer(&a, b.bound);
}

static void forget(uint64_t contact)
{
    struct hl_ctl r = {.kind = HL_CTL_CONTACT_FORGET, .contact = contact};

    cr_assert_eq(front_ask(&a, &r), 0);
}

/* ---- front ends ---- */

/* Whatever waits for it, and however little it reads: that what it said has failed is known before
 * that the contact is gone. */
Test(messenger_forget, words_to_a_forgotten_contact_have_failed)
{
    uint64_t to = meet();
    uint64_t nobody;

    front_open(&c, home_a, 1, EVERYTHING);
    nobody = front_open_peer(&c, "127.0.0.1:9");
    front_submit(&c, to, MANY, "hello");
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&c, nobody, i, "hello?");
    FRONTS_UNTIL(c.states[HL_STATE_QUEUED] == MANY + 1 && c.states[HL_STATE_DELIVERED] == 1, &a, &b,
                 &c);
    forget(nobody);
    FRONTS_UNTIL(front_contact(&c, nobody)->gone, &a, &b, &c);
    cr_assert_eq(c.states[HL_STATE_FAILED], MANY);
    cr_assert_eq(c.last_err, HL_ERR_NO_PEER);
    forget(to);
    FRONTS_UNTIL(front_contact(&c, to)->gone, &a, &b, &c);
    cr_assert_eq(c.states[HL_STATE_FAILED], MANY, "what was delivered stays so");
}

/* What it was not told yet cannot be looked up any more once the contact is gone. */
Test(messenger_forget, words_to_a_forgotten_contact_are_told_of_late)
{
    uint64_t to = meet();
    char bound[HOME_TEXT];

    front_open(&c, home_a, 1, EVERYTHING);
    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b, &c);
    snprintf(bound, sizeof bound, "%s", b.bound);
    front_close(&b, 0);
    for (unsigned i = 0; i < STATES_TOO_MANY; i++)
        front_submit(&c, to, i, "hello");
    FRONTS_UNTIL(c.states[HL_STATE_QUEUED] == STATES_TOO_MANY, &a, &c);
    c.deaf = true;
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, bound);
    front_submit(&a, to, STATES_TOO_MANY, "the last");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1, &a, &b);
    forget(to);
    c.deaf = false;
    FRONTS_UNTIL(front_contact(&c, to)->gone, &a, &b, &c);
    cr_assert_eq(c.states[HL_STATE_DELIVERED], STATES_TOO_MANY);
    cr_assert_eq(c.states[HL_STATE_FAILED], 0);
}

/* ---- a talk ---- */

static struct {
    size_t queued, failed, gone;
    size_t failed_before; /* it was gone */
    size_t pending;       /* of the conversation that was told of last */
} seen;

static void delivery(void *user, struct hl_conv *conv, const struct hl_fate *f)
{
    (void)user;
    seen.queued += f->state == HL_STATE_QUEUED;
    seen.failed += f->state == HL_STATE_FAILED;
    seen.pending = conv->pending;
}

static void gone(void *user, struct hl_conv *conv)
{
    (void)user;
    (void)conv;
    seen.gone++;
    seen.failed_before = seen.failed;
}

static void start_talk(void)
{
    static const struct hl_talk_ops ops = {.delivery = delivery, .gone = gone};
    struct hl_client_config client = {.flags = HL_CTL_F_CONTACTS};
    const struct hl_talk_config config = {.client = &client};
    char why[HL_STORE_WHY];
    uint8_t secret[32];

    home_secret(secret, 1);
    client.messenger.home = home_a;
    client.messenger.secret = secret;
    cr_assert_eq(hl_talk_new(&config, &ops, NULL, &talk, why), 0, "%s", why);
}

#define TALK_UNTIL(condition)                                                                      \
    do {                                                                                           \
        hl_time until_ = hl_clock_now() + HL_SECS(HOME_PATIENCE);                                  \
        while (!(condition)) {                                                                     \
            cr_assert(hl_clock_now() < until_, "%s never came true", #condition);                  \
            turn();                                                                                \
        }                                                                                          \
    } while (0)

static void turn(void)
{
    struct pollfd fds[2] = {{.fd = hl_talk_fd(talk), .events = POLLIN},
                            {.fd = hl_client_fd(a.client), .events = POLLIN}};

    poll(fds, 2, 50);
    hl_talk_pump(talk);
    front_pump(&a);
}

static void say_many(struct hl_conv *to)
{
    uint64_t msg;

    for (int i = 0; i < MANY; i++)
        cr_assert_eq(hl_talk_send(talk, to, "hello?", 6, &msg), 0);
}

/* Another front end forgets the contact: what waits for it is not queued any more, nor is what was
 * said before we knew. */
Test(messenger_forget, what_a_forgotten_contact_was_to_have_is_not_queued)
{
    struct hl_conv *to;

    start_talk();
    cr_assert_eq(hl_talk_open(talk, "127.0.0.1:9", 0, &to), 0);
    say_many(to);
    TALK_UNTIL(seen.queued == MANY);
    cr_assert_eq(hl_talk_queued(talk), MANY);
    forget(to->id);
    say_many(to);
    TALK_UNTIL(seen.gone == 1 && seen.failed == 2 * MANY);
    cr_assert_eq(seen.failed_before, MANY, "what was queued");
    cr_assert_eq(seen.pending, 0);
    cr_assert_eq(hl_talk_queued(talk), 0);
    cr_assert_eq(hl_talk_unsaved(talk), 0);
}
