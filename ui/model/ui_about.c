/* SPDX-License-Identifier: MIT */
/* What a draft is about: an answer to a message, the new text of one, a reaction. The message is
 * named above the input line until the draft is sent or given up. */
#include "ui_state.h"

#include "i18n.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT = 60, /* bytes of the message that are quoted */
};

static void quote(const struct hl_line *line, char out[static HL_QUOTE_MAX + 1])
{
    const char *text = hl_line_text(line);
    size_t row = strcspn(text, "\n");
    size_t len = hl_utf8_cut(text, row, SHORT);

    snprintf(out, HL_QUOTE_MAX + 1, "%s: %.*s%s", hl_line_sender(line), (int)len, text,
             len < line->len ? "..." : "");
}

void hl_ui_about_fini(struct hl_ui_topic *t)
{
    free(t->before);
    *t = (struct hl_ui_topic){.about = HL_UI_ABOUT_NOTHING};
}

bool hl_ui_about_end(struct hl_ui *ui, struct hl_ui_room *room)
{
    struct hl_ui_topic *t = &room->topic;
    bool was = t->about != HL_UI_ABOUT_NOTHING;

    if (t->about == HL_UI_ABOUT_EDIT || t->about == HL_UI_ABOUT_REACT) {
        const char *before = t->before != NULL ? t->before : "";
        if (hl_edit_set(room->draft, before, t->before_len) == HL_EDIT_MEMORY)
            hl_ui_hint(ui, "out of memory: the draft from before is lost");
    }
    hl_ui_about_fini(t);
    return was;
}

/* The draft waits while something else is typed in its place. */
static bool put_aside(struct hl_ui_room *room, const char *text, size_t len)
{
    size_t before;
    const char *draft = hl_edit_text(room->draft, &before);

    if (before > 0) {
        room->topic.before = malloc(before + 1);
        if (room->topic.before == NULL)
            return false;
        memcpy(room->topic.before, draft, before + 1);
        room->topic.before_len = before;
    }
    enum hl_edit_result done = hl_edit_set(room->draft, text, len);
    return done == HL_EDIT_DONE || done == HL_EDIT_EDGE;
}

void hl_ui_about_begin(struct hl_ui *ui, enum hl_ui_about about, const struct hl_line *line)
{
    struct hl_ui_room *room = hl_ui_current(ui);
    bool edits = about == HL_UI_ABOUT_EDIT;

    (void)hl_ui_about_end(ui, room);
    if (about != HL_UI_ABOUT_REPLY &&
        !put_aside(room, edits ? hl_line_text(line) : "", edits ? line->len : 0)) {
        hl_ui_hint(ui, "out of memory: nothing was changed");
        hl_ui_about_fini(&room->topic);
        return;
    }
    room->topic.about = about;
    room->topic.pos = line->pos;
    memcpy(room->topic.entry, line->entry, sizeof room->topic.entry);
    quote(line, room->topic.quote);
}

const char *hl_ui_about_word(const struct hl_ui_room *room)
{
    static const char *const words[] = {[HL_UI_ABOUT_NOTHING] = "",
                                        [HL_UI_ABOUT_REPLY] = N_("reply"),
                                        [HL_UI_ABOUT_EDIT] = N_("edit"),
                                        [HL_UI_ABOUT_REACT] = N_("react")};

    return room->topic.about != HL_UI_ABOUT_NOTHING ? _(words[room->topic.about]) : "";
}
