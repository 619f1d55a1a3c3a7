/* SPDX-License-Identifier: MIT */
/* The screen model says what is looked for in the history, the messenger finds it. */
#include "chat.h"

#include "err.h"
#include "i18n.h"
#include "picker.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being typed may be the beginning of a word. */
static bool is_unfinished(const char *words)
{
    size_t len = strlen(words);

    return len > 0 && strchr(" *\"", words[len - 1]) == NULL && strchr(words, '"') == NULL;
}

static void ask(struct hl_chat *c, const struct hl_ui_asks *asks)
{
    char words[HL_PICKER_TEXT];
    struct hl_ctl r = {.kind = HL_CTL_HISTORY,
                       .contact = asks->conv,
                       .number = asks->number,
                       .flags = asks->kind == HL_UI_FIND_BEFORE ? HL_CTL_BACKWARD : 0,
                       .pos = asks->at};
    int err;

    if (asks->kind == HL_UI_FIND_WORDS) {
        r.kind = HL_CTL_SEARCH;
        r.pos = 0;
        r.row = asks->at;
        snprintf(words, sizeof words, "%s%s", asks->words, is_unfinished(asks->words) ? "*" : "");
        r.text = (struct hl_ctl_bytes){words, strlen(words)};
    }
    err = hl_talk_ask(c->session.talk, &r);
    c->find = err == 0 ? r.request : 0;
    if (err != 0)
        hl_ui_find_end(c->ui, _(hl_err_text(err)));
}

void hl_chat_find_ask(struct hl_chat *c)
{
    struct hl_ui_asks asks;

    if (c->find == 0 && hl_ui_find_next(c->ui, &asks))
        ask(c, &asks);
}

static void tell(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *e)
{
    unsigned flags = c->program->ascii ? HL_TEXT_ASCII : 0;
    char name[HL_SENDER_MAX];
    struct hl_ui_said said = {.conv = conv->id,
                              .row = e->row,
                              .pos = e->pos,
                              .stamp = hl_chat_stamp(c, e->until / 1000),
                              .sender = e->flags & HL_CTL_E_OURS ? _("you") : name};
    char *text;

    if (e->code != HL_ENTRY_TEXT || e->flags & HL_CTL_E_DELETED || e->text.len == 0)
        return;
    hl_text_clean_name(name, sizeof name, conv->name, strlen(conv->name), flags);
    text = hl_text_clean_dup(e->text.at, e->text.len, flags, &said.len, NULL);
    if (text == NULL)
        return;
    said.text = text;
    hl_ui_find_said(c->ui, &said);
    free(text);
}

bool hl_chat_find_told(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *r)
{
    if (r->request == 0 || r->request != c->find)
        return false;
    if (r->kind == HL_CTL_ENTRY && conv != NULL)
        tell(c, conv, r);
    if (r->kind != HL_CTL_END && r->kind != HL_CTL_ERROR)
        return true;
    c->find = 0;
    hl_ui_find_end(c->ui, r->err != 0 ? _(hl_err_text(r->err)) : NULL);
    hl_reactor_dirty(&c->reactor);
    return true;
}
