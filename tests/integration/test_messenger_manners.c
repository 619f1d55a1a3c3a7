/* SPDX-License-Identifier: MIT */
/* What a contact may fill, what of it is unread whoever of the home's front ends looks, and what it
 * types meanwhile. */
#include "homes.h"

#include "err.h"

#include <string.h>

enum {
    EVERYTHING = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
    QUOTA = 64 << 10,
    LINE = 150, /* bytes */
    MANY = 2000,
};

static char homes[3][HOME_PATH];
static struct front victim, hostile, friendly, chat, listener;

static void set_up(void)
{
    for (size_t i = 0; i < 3; i++)
        home_make(homes[i]);
}

static void tear_down(void)
{
    struct front *const all[] = {&listener, &chat, &victim, &hostile, &friendly};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i]->client)
            front_close(all[i], 0);
    }
    for (size_t i = 0; i < 3; i++)
        home_remove(homes[i]);
}

TestSuite(messenger_manners, .init = set_up, .fini = tear_down, .timeout = 100);

/* ---- the quota ---- */

Test(messenger_manners, who_fills_its_quota_is_refused_and_nobody_else)
{
    struct hl_client_config config = {.flags = EVERYTHING, .messenger = {.quota = QUOTA}};
    char line[LINE + 1];
    uint64_t from, to;
    size_t kept;

    memset(line, 'x', LINE);
    line[LINE] = '\0';
    front_open_as(&victim, homes[0], 1, &config);
    front_listen(&victim, "127.0.0.1:0");
    front_pair(&victim);
    front_open(&hostile, homes[1], 2, EVERYTHING);
    to = front_open_peer(&hostile, victim.bound);
    for (unsigned i = 0; i < MANY; i++) {
        front_submit(&hostile, to, i, line);
        if (i % 64 == 0)
            front_pump(&hostile);
    }
    FRONTS_UNTIL(hostile.states[HL_STATE_DELIVERED] + hostile.states[HL_STATE_FAILED] == MANY,
                 &hostile, &victim);
    kept = hostile.states[HL_STATE_DELIVERED];
    FRONTS_UNTIL(victim.entry_count == kept, &victim, &hostile);
    cr_assert_gt(kept, 0);
    cr_assert_leq(kept * LINE, QUOTA);
    cr_assert_eq(hostile.last_err, HL_ERR_REFUSED_QUOTA, "%d", hostile.last_err);

    front_open(&friendly, homes[2], 3, EVERYTHING);
    from = front_open_peer(&friendly, victim.bound);
    for (unsigned i = 0; i < 20; i++)
        front_submit(&friendly, from, i, "hello");
    FRONTS_UNTIL(friendly.states[HL_STATE_DELIVERED] == 20 && victim.entry_count == kept + 20,
                 &friendly, &victim, &hostile);
    cr_assert_eq(friendly.states[HL_STATE_FAILED], 0);
}

/* ---- what is unread ---- */

static void see(struct front *who, uint64_t contact, size_t place)
{
    struct hl_ctl r = {.kind = HL_CTL_SEEN, .contact = contact, .has_id = true};

    memcpy(r.id, who->entries[place].id, sizeof r.id);
    cr_assert_eq(hl_client_send(who->client, &r), 0);
}

/* As it is told on demand; whoever sees entries arrive counts them for itself. */
static uint64_t unread(struct front *f)
{
    struct hl_ctl contacts = {.kind = HL_CTL_CONTACTS};

    cr_assert_eq(front_ask(f, &contacts), 0);
    cr_assert_eq(f->contact_count, 1);
    return f->contacts[0].unread;
}

static uint64_t only_contact(const struct front *f)
{
    cr_assert_eq(f->contact_count, 1);
    return f->contacts[0].id;
}

/* A chat shows, a listener prints, a third one asks: one number for all of them, which survives
 * whoever of them serves. */
Test(messenger_manners, all_front_ends_agree_on_what_is_unread)
{
    struct hl_ctl history = {.kind = HL_CTL_HISTORY, .number = 100};
    struct hl_client_config named = {.flags = EVERYTHING, .messenger = {.nick = "bob"}};
    struct told_contact *in_chat, *in_listener;
    uint64_t to, from;

    front_open(&chat, homes[0], 1, EVERYTHING);
    front_listen(&chat, "127.0.0.1:0");
    front_pair(&chat);
    front_open(&listener, homes[0], 1, EVERYTHING);
    front_open_as(&friendly, homes[1], 2, &named);
    to = front_open_peer(&friendly, chat.bound);
    for (unsigned i = 0; i < 10; i++)
        front_submit(&friendly, to, i, "hello");
    FRONTS_UNTIL(chat.entry_count == 10 && listener.entry_count == 10, &chat, &listener, &friendly);
    from = only_contact(&chat);
    cr_assert_eq(only_contact(&listener), from);
    in_chat = front_contact(&chat, from);
    in_listener = front_contact(&listener, from);
    cr_assert(unread(&chat) == 10 && unread(&listener) == 10);

    cr_assert_eq(front_ask(&listener, &history), 0); /* looking is not reading */
    see(&chat, from, 3);
    FRONTS_UNTIL(in_chat->unread == 6 && in_listener->unread == 6, &chat, &listener, &friendly);
    see(&listener, from, 6);
    see(&chat, from, 4); /* a mark never goes back */
    FRONTS_UNTIL(in_chat->unread == 3 && in_listener->unread == 3, &chat, &listener, &friendly);

    front_close(&chat, 0); /* it served */
    FRONTS_UNTIL(listener.welcomes == 1, &listener, &friendly);
    front_open(&chat, homes[0], 1, EVERYTHING);
    cr_assert(unread(&listener) == 3 && unread(&chat) == 3);
    see(&listener, from, 9);
    FRONTS_UNTIL(in_chat->unread == 0 && in_listener->unread == 0, &chat, &listener, &friendly);
}

/* ---- typing ---- */

Test(messenger_manners, what_is_typed_is_shown_and_never_kept)
{
    struct hl_ctl typing = {.kind = HL_CTL_TYPING, .flags = HL_CTL_ON, .text = {"hel", 3}};
    struct hl_ctl history = {.kind = HL_CTL_HISTORY, .number = 100};
    struct hl_client_config config = {.flags = EVERYTHING};
    uint64_t to;

    config.messenger.live = true;
    front_open(&chat, homes[0], 1, EVERYTHING);
    front_listen(&chat, "127.0.0.1:0");
    front_pair(&chat);
    front_open(&listener, homes[0], 1, EVERYTHING);
    front_open_as(&friendly, homes[1], 2, &config);
    to = front_open_peer(&friendly, chat.bound);
    front_submit(&friendly, to, 1, "hello");
    FRONTS_UNTIL(chat.entry_count == 1 && listener.entry_count == 1, &chat, &listener, &friendly);
    typing.contact = to;
    cr_assert_eq(hl_client_send(friendly.client, &typing), 0);
    FRONTS_UNTIL(chat.typing && listener.typing, &chat, &listener, &friendly);
    cr_assert_eq(front_ask(&chat, &history), 0);
    cr_assert_eq(chat.entry_count, 2, "the one that was said, again");
    front_close(&friendly, 0);
    FRONTS_UNTIL(!chat.typing && !listener.typing, &chat, &listener);
}
