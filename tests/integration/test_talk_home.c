/* SPDX-License-Identifier: MIT */
/* Conversations over the messenger of a home that another front end serves. */
#include "homes.h"

#include "talk.h"

#include <poll.h>
#include <string.h>

enum {
    MANY = 5,
};

static char home[HOME_PATH];
static struct front server;
static struct hl_talk *talk;

static struct {
    size_t queued, failed, gone;
    size_t failed_before; /* it was gone */
    size_t pending;       /* of the conversation that was told of last */
} seen;

static void delivery(void *user, struct hl_conv *c, const struct hl_fate *f)
{
    (void)user;
    seen.queued += f->state == HL_STATE_QUEUED;
    seen.failed += f->state == HL_STATE_FAILED;
    seen.pending = c->pending;
}

static void gone(void *user, struct hl_conv *c)
{
    (void)user;
    (void)c;
    seen.gone++;
    seen.failed_before = seen.failed;
}

static void set_up(void)
{
    static const struct hl_talk_ops ops = {.delivery = delivery, .gone = gone};
    struct hl_client_config client = {.flags = HL_CTL_F_CONTACTS};
    const struct hl_talk_config config = {.client = &client};
    char why[HL_STORE_WHY];
    uint8_t secret[32];

    home_make(home);
    front_open(&server, home, 1, HL_CTL_F_CONTACTS);
    home_secret(secret, 1);
    client.messenger.home = home;
    client.messenger.secret = secret;
    cr_assert_eq(hl_talk_new(&config, &ops, NULL, &talk, why), 0, "%s", why);
}

static void tear_down(void)
{
    if (talk)
        hl_talk_free(talk, 0);
    if (server.client)
        front_close(&server, 0);
    home_remove(home);
}

TestSuite(talk_home, .init = set_up, .fini = tear_down, .timeout = 100);

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
                            {.fd = hl_client_fd(server.client), .events = POLLIN}};

    poll(fds, 2, 50);
    hl_talk_pump(talk);
    front_pump(&server);
}

static void say_many(struct hl_conv *c)
{
    uint64_t msg;

    for (int i = 0; i < MANY; i++)
        cr_assert_eq(hl_talk_send(talk, c, "hello?", 6, &msg), 0);
}

/* Another front end forgets the contact: what waits for it is not queued any more, nor is what was
 * said before we knew. */
Test(talk_home, what_a_forgotten_contact_was_to_have_is_not_queued)
{
    struct hl_ctl forget = {.kind = HL_CTL_CONTACT_FORGET};
    struct hl_conv *c;

    cr_assert_eq(hl_talk_open(talk, "127.0.0.1:9", 0, &c), 0);
    say_many(c);
    TALK_UNTIL(seen.queued == MANY);
    cr_assert_eq(hl_talk_queued(talk), MANY);
    forget.contact = c->id;
    cr_assert_eq(front_ask(&server, &forget), 0);
    say_many(c);
    TALK_UNTIL(seen.gone == 1 && seen.failed == 2 * MANY);
    cr_assert_eq(seen.failed_before, MANY, "what was queued");
    cr_assert_eq(seen.pending, 0);
    cr_assert_eq(hl_talk_queued(talk), 0);
    cr_assert_eq(hl_talk_unsaved(talk), 0);
}
