/* SPDX-License-Identifier: MIT */
/* The spelling of what is typed: words go from the screen to the speller, its answers back. */
#include "chat.h"

#include "conf.h"

static void answer(void *user, const char *word, bool good, const char *near)
{
    struct hl_chat *c = user;

    hl_ui_spelt(c->ui, word, good, near);
    if (!good)
        hl_reactor_dirty(&c->reactor);
    hl_chat_spell_ask(c);
}

static void gone(void *user, const char *why)
{
    struct hl_chat *c = user;

    (void)hl_ui_spell(c->ui, false);
    hl_chat_say(c, hl_ui_selected(c->ui), HL_LINE_ERROR, "%s", why);
    hl_reactor_dirty(&c->reactor);
}

static const struct hl_speller_ops ops = {.answer = answer, .gone = gone};

int hl_chat_spell_start(struct hl_chat *c)
{
    c->speller = hl_speller_new(&ops, c);
    return c->speller != NULL ? hl_reactor_add(&c->reactor, hl_speller_fd(c->speller)) : 0;
}

void hl_chat_spell_stop(struct hl_chat *c)
{
    hl_speller_free(c->speller);
    c->speller = NULL;
}

void hl_chat_spell_changed(struct hl_chat *c)
{
    const char *command = c->program->conf->settings.spell;

    if (c->speller == NULL || hl_speller_is_set(c->speller, command))
        return;
    if (hl_ui_spell(c->ui, command[0] != '\0') == 0)
        hl_speller_set(c->speller, command);
    hl_reactor_dirty(&c->reactor);
}

void hl_chat_spell_again(struct hl_chat *c)
{
    if (c->speller != NULL && hl_ui_spell(c->ui, true) == 0)
        hl_speller_set(c->speller, c->program->conf->settings.spell);
}

bool hl_chat_spell_ready(struct hl_chat *c, int fd)
{
    if (c->speller == NULL || fd != hl_speller_fd(c->speller))
        return false;
    hl_speller_handle(c->speller);
    hl_chat_spell_ask(c);
    return true;
}

void hl_chat_spell_ask(struct hl_chat *c)
{
    char word[HL_SPELL_WORD];

    if (c->speller != NULL && hl_speller_is_idle(c->speller) && hl_ui_spell_next(c->ui, word))
        hl_speller_ask(c->speller, word);
}
