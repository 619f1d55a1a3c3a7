/* SPDX-License-Identifier: MIT */
/* Drafts and input history go to the store a moment after they have changed, and come back at the
 * next start. */
#include "chat.h"

#include "i18n.h"
#include "store.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>

static const char draft_name[] = "draft";
static const char reply_name[] = "reply"; /* what the draft answers: its id, its place, a quote */
static const char history_name[] = "input history";

static bool keeps(const struct hl_chat *c)
{
    return c->session.talk != NULL && !c->program->options->plain;
}

/* The first change sets the timer and later ones leave it: what is typed without a pause is kept
 * now and then as well. */
void hl_chat_keep_later(struct hl_chat *c)
{
    const struct itimerspec at = {.it_value = {.tv_nsec = HL_CHAT_KEEP_MS * 1000000L}};

    if (c->keep_due || !keeps(c) || !hl_ui_unkept(c->ui))
        return;
    c->keep_due = timerfd_settime(c->keep_timer, 0, &at, NULL) == 0;
}

enum {
    REPLY_HEAD = HL_ENTRY_MAX + 8,
    REPLY_MAX = REPLY_HEAD + HL_QUOTE_MAX,
};

static int keep_reply(struct hl_chat *c, const struct hl_ui_kept *d, bool wait)
{
    static const uint8_t none[HL_ENTRY_MAX];
    char bytes[REPLY_MAX];
    size_t quote = strnlen(d->quote, HL_QUOTE_MAX);
    struct hl_stash s = {.conv = d->conv, .name = reply_name, .bytes = bytes};

    if (memcmp(d->answers, none, sizeof none) != 0)
        s.len = REPLY_HEAD + quote;
    memcpy(bytes, d->answers, HL_ENTRY_MAX);
    for (int i = 0; i < 8; i++)
        bytes[HL_ENTRY_MAX + i] = (char)(d->pos >> (56 - 8 * i));
    memcpy(bytes + REPLY_HEAD, d->quote, quote);
    return hl_talk_stash(c->session.talk, &s, wait);
}

static void restore_reply(struct hl_chat *c, uint32_t conv)
{
    struct hl_ui_kept kept = {.conv = conv};
    size_t len = 0;
    char *bytes = hl_talk_stashed(c->session.talk, conv, reply_name, &len);
    char quote[HL_QUOTE_MAX + 1];

    if (bytes != NULL && len >= REPLY_HEAD) {
        memcpy(kept.answers, bytes, HL_ENTRY_MAX);
        for (int i = 0; i < 8; i++)
            kept.pos = kept.pos << 8 | (unsigned char)bytes[HL_ENTRY_MAX + i];
        hl_text_clean(quote, sizeof quote, bytes + REPLY_HEAD, len - REPLY_HEAD,
                      c->program->ascii ? HL_TEXT_ASCII : 0, NULL);
        kept.quote = quote;
        hl_ui_restore_reply(c->ui, &kept);
    }
    free(bytes);
}

static bool keep_drafts(struct hl_chat *c, bool wait)
{
    struct hl_ui_kept d;

    while (hl_ui_keep_draft(c->ui, &d)) {
        const struct hl_stash s = {
            .conv = d.conv, .name = draft_name, .bytes = d.text, .len = d.len};
        if (hl_talk_stash(c->session.talk, &s, wait) != 0 ||
            (d.turned && keep_reply(c, &d, wait) != 0)) {
            hl_ui_not_kept(c->ui, d.conv);
            return false;
        }
    }
    return true;
}

static void keep_history(struct hl_chat *c, bool wait)
{
    char *text = malloc(HL_STASH_MAX);
    size_t len;

    if (text != NULL && hl_ui_keep_history(c->ui, text, HL_STASH_MAX, &len))
        (void)!hl_talk_stash(c->session.talk,
                             &(struct hl_stash){.name = history_name, .bytes = text, .len = len},
                             wait);
    free(text);
}

void hl_chat_keep(struct hl_chat *c, bool wait)
{
    static const struct itimerspec never;

    (void)timerfd_settime(c->keep_timer, 0, &never, NULL);
    c->keep_due = false;
    if (keeps(c) && keep_drafts(c, wait))
        keep_history(c, wait);
}

/* It is tried again with the next key. */
bool hl_chat_kept(struct hl_chat *c, const struct hl_ctl *answer)
{
    if (!hl_talk_is_stash(answer))
        return false;
    if (answer->kind == HL_CTL_ERROR) {
        hl_ui_not_kept(c->ui, (uint32_t)answer->contact);
        if (!c->keep_failed)
            hl_chat_say(c, hl_ui_selected(c->ui), HL_LINE_ERROR,
                        "what you type is not kept for the next start: %s",
                        _(hl_err_text(answer->err)));
    }
    c->keep_failed = answer->kind == HL_CTL_ERROR;
    return true;
}

void hl_chat_restore_draft(struct hl_chat *c, uint32_t conv)
{
    size_t len;
    char *text = keeps(c) ? hl_talk_stashed(c->session.talk, conv, draft_name, &len) : NULL;

    if (text != NULL && hl_ui_restore_draft(c->ui, conv, text, len))
        restore_reply(c, conv);
    free(text);
}

void hl_chat_restore_history(struct hl_chat *c)
{
    size_t len;
    char *text = keeps(c) ? hl_talk_stashed(c->session.talk, 0, history_name, &len) : NULL;

    if (text != NULL)
        hl_ui_restore_history(c->ui, text, len);
    free(text);
    hl_chat_restore_draft(c, 0);
}

/* ---- what is edited ---- */

void hl_chat_original(struct hl_chat *c, const struct hl_ui_action *a)
{
    memcpy(c->edited, a->entry, sizeof c->edited);
    (void)!hl_talk_entry(c->session.talk, a->conv, a->pos, &c->original);
}

bool hl_chat_original_told(struct hl_chat *c, const struct hl_ctl *r)
{
    char *text;

    if (r->request == 0 || r->request != c->original)
        return false;
    if (r->kind == HL_CTL_END || r->kind == HL_CTL_ERROR)
        c->original = 0;
    if (r->kind != HL_CTL_ENTRY || memcmp(r->id, c->edited, sizeof c->edited) != 0)
        return true;
    text = malloc(HL_TEXT_GROWTH * r->text.len + 1);
    if (text != NULL && r->text.len > 0)
        hl_ui_original(c->ui, (uint32_t)r->contact, r->id, text,
                       hl_text_original(text, r->text.at, r->text.len));
    free(text);
    return true;
}
