/* SPDX-License-Identifier: MIT */
/* Commands about entries and contacts. What the messenger answers comes to hl_command_told(). */
#include "command_inside.h"

#include "events.h"
#include "i18n.h"
#include "safety.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LAST_DEFAULT = 10,
    FOUND_MAX = 20, /* entries that a search lists */
    HISTORY_DEFAULT = 50,
    HISTORY_MAX = 5000,
};

#define say hl_command_say
#define ask hl_command_ask

/* The same, with what is said when it is done: a msgid; NULL: the contact's marks tell of it. */
static void ask_and_tell(struct hl_commands *c, struct hl_ctl *r, const char *done)
{
    if (hl_command_ask(c, r) != 0)
        return;
    c->done.request = done ? r->request : 0;
    c->done.said = done;
}

struct hl_conv *hl_command_current(struct hl_commands *c)
{
    if (!c->current)
        say(c, "there is no conversation yet: /connect PEER");
    else if (!c->current->encrypted)
        say(c, "plain text has no such thing: nothing is kept, numbered or confirmed");
    return c->current && c->current->encrypted ? c->current : NULL;
}

int hl_command_ask(struct hl_commands *c, struct hl_ctl *r)
{
    int err = hl_talk_ask(c->session->talk, r);

    if (err)
        say(c, "%s", _(hl_err_text(err)));
    return err;
}

/* ---- entries ---- */

const struct hl_said *hl_command_pick(struct hl_commands *c, const struct hl_conv *conv,
                                      const char **args, bool ours)
{
    const struct hl_said *said;
    unsigned long number;
    char *end;

    if (**args != '#') {
        said = hl_talk_last_said(conv, ours);
        if (!said)
            say(c,
                ours ? "you have said nothing here yet" : "nothing has been said to you here yet");
        return said;
    }
    number = strtoul(*args + 1, &end, 10);
    said = number <= UINT32_MAX ? hl_talk_said(conv, (uint32_t)number) : NULL;
    if (!said || (*end != '\0' && *end != ' '))
        say(c, "%.*s: no such message: /last lists them", (int)strcspn(*args, " "), *args);
    else
        *args = end + strspn(end, " ");
    return said && (*end == '\0' || *end == ' ') ? said : NULL;
}

static bool is_own(struct hl_commands *c, const struct hl_said *said)
{
    if (!said->ours)
        say(c, "#%" PRIu32 " is not yours", said->number);
    return said->ours;
}

static void submit(struct hl_commands *c, enum hl_entry_kind kind, const struct hl_said *target,
                   const char *text)
{
    const struct hl_saying s = {
        .kind = kind, .target = target->id, .text = text, .len = strlen(text)};

    c->ops->submit(c->user, c->current, &s);
}

void hl_command_last(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    unsigned long count = *args ? strtoul(args, NULL, 10) : LAST_DEFAULT;
    uint32_t last = conv ? hl_talk_said_count(conv) : 0;
    const struct hl_said *said;
    const char *state;

    if (conv && last == 0)
        say(c, "nothing has been said here yet");
    for (uint32_t n = count < last ? last - (uint32_t)count + 1 : 1; conv && n <= last; n++) {
        said = hl_talk_said(conv, n);
        if (!said)
            continue;
        state = said->ours && said->state ? hl_entry_state_name((int)said->state) : NULL;
        /* Nothing is said without a text. */
        const char *text = said->len > 0 ? said->text : _("(deleted)");
        int len = said->len > 0 ? (int)said->len : (int)strlen(text);
        say(c, "#%" PRIu32 " %s: %.*s%s%s%s", n, said->ours ? _("you") : conv->name, len, text,
            state ? " (" : "", state ? _(state) : "", state ? ")" : "");
    }
}

void hl_command_reply(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    const struct hl_said *said = conv ? hl_command_pick(c, conv, &args, false) : NULL;

    if (said && *args == '\0')
        say(c, "/reply: TEXT is missing");
    else if (said)
        submit(c, HL_ENTRY_TEXT, said, args);
}

/* Without text the reaction is taken back. */
void hl_command_react(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    const struct hl_said *said = conv ? hl_command_pick(c, conv, &args, false) : NULL;

    if (said && strlen(args) > HL_REACTION_MAX)
        say(c, "/react: must be one character, such as an emoji");
    else if (said)
        submit(c, HL_ENTRY_REACT, said, args);
}

void hl_command_edit(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    const struct hl_said *said = conv ? hl_command_pick(c, conv, &args, true) : NULL;

    if (said && is_own(c, said) && *args == '\0')
        say(c, "/edit: TEXT is missing (/delete deletes a message)");
    else if (said && said->ours)
        submit(c, HL_ENTRY_EDIT, said, args);
}

void hl_command_delete(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    const struct hl_said *said = conv ? hl_command_pick(c, conv, &args, true) : NULL;

    if (said && is_own(c, said))
        submit(c, HL_ENTRY_DELETE, said, "");
}

void hl_command_cancel(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    const struct hl_said *said = conv ? hl_command_pick(c, conv, &args, true) : NULL;
    int err = said && is_own(c, said) ? hl_talk_cancel(c->session->talk, conv, said->id) : 0;

    if (err)
        say(c, "%s", _(hl_err_text(err)));
}

void hl_command_talk(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);

    bool off = strcmp(args, "off") == 0;

    if (conv && *args != '\0' && strcmp(args, "on") != 0 && !off)
        say(c, "/talk: on or off");
    else if (conv && c->ops->live == NULL)
        say(c, "live typing needs the whole screen");
    else if (conv)
        c->ops->live(c->user, conv, !off);
}

void hl_command_away(struct hl_commands *c, const char *args)
{
    struct hl_talk *t = c->session->talk;
    int err;

    if (strlen(args) > HL_AWAY_MAX) {
        say(c, "/away: at most %d bytes", HL_AWAY_MAX);
        return;
    }
    err = hl_talk_away(t, *args != '\0' || !hl_talk_is_away(t), args);
    if (err)
        say(c, "%s", _(hl_err_text(err)));
}

void hl_command_history(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    unsigned long count = *args ? strtoul(args, NULL, 10) : HISTORY_DEFAULT;

    if (conv && (count == 0 || count > HISTORY_MAX))
        say(c, "/history: how many, from 1 to %d", HISTORY_MAX);
    else if (conv)
        c->ops->history(c->user, conv, count);
}

void hl_command_search(struct hl_commands *c, const char *args)
{
    struct hl_ctl r = {.kind = HL_CTL_SEARCH, .number = FOUND_MAX, .text = hl_ctl_bytes(args)};

    if (c->ops->open && hl_talk_client(c->session->talk)) {
        (void)c->ops->open(c->user, HL_ACT_FIND, args);
        return;
    }
    if (!hl_command_current(c))
        return;
    if (*args == '\0')
        say(c, "/search: WORDS are missing");
    else if (hl_command_ask(c, &r) == 0)
        c->search = r.request;
}

/* ---- contacts ---- */

static void show_number(struct hl_commands *c, const struct hl_conv *conv)
{
    struct hl_client *client = hl_talk_client(c->session->talk);
    char number[HL_SAFETY_DIGITS + 1];
    char row[HL_SAFETY_DIGITS];

    hl_safety_number(hl_client_key(client), conv->key, number);
    say(c, "the safety number of you and %s:", conv->name);
    for (size_t at = 0; at < HL_SAFETY_DIGITS; at += HL_SAFETY_DIGITS / 2) {
        size_t len = 0;

        for (size_t i = 0; i < HL_SAFETY_DIGITS / 2; i += 5)
            len += (size_t)snprintf(row + len, sizeof row - len, " %.5s", number + at + i);
        say(c, " %s", row);
    }
    say(c, "does the other side have the same, read out in a voice or shown by a face that you "
           "know? Then /verify yes");
}

void hl_command_verify(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);
    bool yes = strcmp(args, "yes") == 0;
    struct hl_ctl r = {
        .kind = HL_CTL_CONTACT_VERIFY, .flags = yes ? HL_CTL_ON : 0, .has_key = true};

    if (!conv)
        return;
    if (!(conv->marks & HL_CTL_C_HAS_KEY)) {
        say(c, "%s has not answered yet: there is no key to verify", conv->name);
    } else if (*args == '\0') {
        show_number(c, conv);
    } else if (!yes && strcmp(args, "no") != 0) {
        say(c, "/verify: yes or no");
    } else {
        r.contact = conv->id;
        memcpy(r.key, conv->key, sizeof r.key);
        ask_and_tell(c, &r,
                     !yes                              ? N_("this key is not verified")
                     : conv->marks & HL_CTL_C_VERIFIED ? N_("already verified")
                                                       : NULL);
    }
}

/* Which of two keys is the contact's. */
static void settle_key(struct hl_commands *c, bool other)
{
    struct hl_conv *conv = hl_command_current(c);
    struct hl_ctl r = {.kind = HL_CTL_CONTACT_ACCEPT, .has_key = true};

    if (!conv)
        return;
    if (!(conv->marks & HL_CTL_C_CHANGED)) {
        say(c, "%s has the key that it has always had", conv->name);
        return;
    }
    r.contact = conv->id;
    memcpy(r.key, other ? conv->new_key : conv->key, sizeof r.key);
    ask_and_tell(c, &r, other ? N_("the new key is accepted") : N_("the old key is kept"));
}

void hl_command_accept(struct hl_commands *c, const char *args)
{
    (void)args;
    settle_key(c, true);
}

void hl_command_keep(struct hl_commands *c, const char *args)
{
    (void)args;
    settle_key(c, false);
}

static void set_block(struct hl_commands *c, bool on)
{
    struct hl_conv *conv = hl_command_current(c);

    if (conv)
        ask_and_tell(c,
                     &(struct hl_ctl){.kind = HL_CTL_CONTACT_BLOCK,
                                      .contact = conv->id,
                                      .flags = on ? HL_CTL_ON : 0},
                     !on                              ? N_("this contact is no longer blocked")
                     : conv->marks & HL_CTL_C_BLOCKED ? N_("already blocked")
                                                      : NULL);
}

void hl_command_block(struct hl_commands *c, const char *args)
{
    (void)args;
    set_block(c, true);
}

void hl_command_unblock(struct hl_commands *c, const char *args)
{
    (void)args;
    set_block(c, false);
}

void hl_command_rename(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);

    if (conv && *args == '\0')
        say(c, "/rename: NAME is missing");
    else if (conv)
        ask_and_tell(c,
                     &(struct hl_ctl){.kind = HL_CTL_CONTACT_RENAME,
                                      .contact = conv->id,
                                      .name = hl_ctl_bytes(args)},
                     N_("this contact now has that name"));
}

void hl_command_note(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = hl_command_current(c);

    if (conv)
        ask_and_tell(c,
                     &(struct hl_ctl){.kind = HL_CTL_CONTACT_NOTE,
                                      .contact = conv->id,
                                      .text = hl_ctl_bytes(args)},
                     *args != '\0' ? N_("the note is saved") : N_("the note is deleted"));
}

/* What the messenger has to say of itself: for /net. */
void hl_command_status(struct hl_commands *c, const char *args)
{
    (void)args;
    (void)hl_command_ask(c, &(struct hl_ctl){.kind = HL_CTL_STATUS});
}

/* ---- answers ---- */

char *hl_command_entry_text(const struct hl_conv *conv, const struct hl_ctl *r)
{
    bool ours = (r->flags & HL_CTL_E_OURS) != 0;
    const char *state = ours ? hl_entry_state_name((int)r->state) : NULL;
    const char *text = r->flags & HL_CTL_E_DELETED ? _("(deleted)") : r->text.len ? r->text.at : "";
    size_t len = r->flags & HL_CTL_E_DELETED ? strlen(text) : r->text.len;
    time_t seconds = (time_t)(r->until / 1000);
    char when[32] = "";
    char *line = NULL;
    struct tm tm;

    if (localtime_r(&seconds, &tm))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
    if (asprintf(&line, "%s %s: %.*s%s%s%s%s", when, ours ? _("you") : conv->name, (int)len, text,
                 r->flags & HL_CTL_E_EDITED ? _(" (edited)") : "", state ? " (" : "",
                 state ? _(state) : "", state ? ")" : "") < 0)
        line = NULL;
    return line;
}

static void on_found(struct hl_commands *c, struct hl_conv *conv, const struct hl_ctl *r)
{
    char *line;

    if (r->kind == HL_CTL_END || r->kind == HL_CTL_ERROR) {
        if (c->found == 0 && r->kind == HL_CTL_END)
            say(c, "nothing was found");
        else if (c->found == FOUND_MAX)
            say(c,
                ngettext("this is the latest %d; `hullo search' lists more",
                         "these are the latest %d; `hullo search' lists more", FOUND_MAX),
                FOUND_MAX);
        c->search = c->found = 0;
        return;
    }
    if (r->kind != HL_CTL_ENTRY || !conv)
        return;
    c->found++;
    line = hl_command_entry_text(conv, r);
    if (line)
        say(c, "%s%s%s", conv == c->current ? "" : conv->name, conv == c->current ? "" : " | ",
            line);
    free(line);
}

static void on_notice(struct hl_commands *c, const struct hl_ctl *r)
{
    unsigned long long number = r->number;
    unsigned long long count = r->count;

    switch (r->code) {
    case HL_CTL_STATUS_PROCESS:
        say(c,
            ngettext("process %llu, %llu front end, store: %s",
                     "process %llu, %llu front ends, store: %s", count),
            number, count, r->err ? _(hl_err_text(r->err)) : _("in order"));
        break;
    case HL_CTL_STATUS_CONTACTS:
        say(c,
            ngettext("%llu contact, %llu in session, %s", "%llu contacts, %llu in session, %s",
                     number),
            number, count,
            r->flags & HL_CTL_ON ? _("strangers are let in") : _("no strangers are let in"));
        break;
    case HL_CTL_STATUS_NETWORK:
        say(c, "datagrams: %llu in, %llu out; strangers turned away: %llu", number, count,
            (unsigned long long)r->pos);
        break;
    default:
        say(c, "%.*s", (int)r->text.len, r->text.len ? r->text.at : "");
        break;
    }
}

/* In the messenger's words, which tell more than the number does. */
static void say_error(struct hl_commands *c, const struct hl_ctl *r)
{
    char why[HL_WHY_MAX];

    hl_ctl_text(&r->text, why, sizeof why);
    say(c, "%s", *why ? _(why) : _(hl_err_text(r->err)));
}

static void on_absent(struct hl_commands *c, const struct hl_ctl *r)
{
    if (r->flags & HL_CTL_ON)
        say(c, "you are away%s%.*s", r->text.len ? _(": ") : "", (int)r->text.len,
            r->text.len ? r->text.at : "");
    else
        say(c, "you are back");
}

void hl_command_told(struct hl_commands *c, struct hl_conv *conv, const struct hl_ctl *r)
{
    if (r->kind == HL_CTL_ABSENT)
        on_absent(c, r);
    if (r->request == 0)
        return;
    if (r->kind == HL_CTL_ERROR)
        say_error(c, r);
    if (r->kind == HL_CTL_STATE && r->err)
        say(c, "cannot be taken back: %s",
            r->state == HL_STATE_DELIVERED || r->state == HL_STATE_READ
                ? _("it has already been delivered")
                : _(hl_err_text(r->err)));
    if (r->kind == HL_CTL_NOTICE)
        on_notice(c, r);
    if (c->search && r->request == c->search)
        on_found(c, conv, r);
    if (c->copy && r->request == c->copy)
        hl_command_copied(c, r);
    if (c->links && r->request == c->links)
        hl_command_links(c, conv, r);
    if (r->request == c->done.request) {
        if (r->kind != HL_CTL_ERROR && r->err == 0)
            say(c, "%s", _(c->done.said));
        c->done.request = 0;
    }
}
