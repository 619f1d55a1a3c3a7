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
    free(t->shown);
    *t = (struct hl_ui_topic){.about = HL_UI_ABOUT_NOTHING};
}

bool hl_ui_about_end(struct hl_ui *ui, struct hl_ui_room *room)
{
    struct hl_ui_topic *t = &room->topic;
    bool was = t->about != HL_UI_ABOUT_NOTHING;

    if (t->about == HL_UI_ABOUT_EDIT || t->about == HL_UI_ABOUT_REACT) {
        const char *before = t->before != NULL ? t->before : "";
        if (hl_edit_set(room->draft, before, t->before_len) == HL_EDIT_MEMORY)
            hl_ui_hint(ui, "out of memory: your earlier draft is lost");
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

/* To know then whether anything was changed before the original came. No memory: it is not taken.
 */
static void keep_shown(struct hl_ui_room *room)
{
    struct hl_ui_topic *t = &room->topic;
    const char *draft = hl_edit_text(room->draft, &t->shown_len);

    t->shown = malloc(t->shown_len + 1);
    if (t->shown != NULL)
        memcpy(t->shown, draft, t->shown_len + 1);
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
    if (edits)
        keep_shown(room);
}

void hl_ui_original(struct hl_ui *ui, uint32_t conv, const uint8_t entry[static HL_ENTRY_MAX],
                    const char *text, size_t len)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    struct hl_ui_topic *t = room != NULL ? &room->topic : NULL;
    size_t now_len = 0;
    const char *now = room != NULL ? hl_edit_text(room->draft, &now_len) : "";

    if (t == NULL || t->shown == NULL || memcmp(t->entry, entry, sizeof t->entry) != 0)
        return;
    if (now_len == t->shown_len && memcmp(now, t->shown, now_len) == 0)
        (void)hl_edit_set(room->draft, text, len); /* no memory: it stays as it is shown */
    free(t->shown);
    t->shown = NULL;
}

const char *hl_ui_about_word(const struct hl_ui_room *room)
{
    static const char *const words[] = {[HL_UI_ABOUT_NOTHING] = "",
                                        [HL_UI_ABOUT_REPLY] = N_("reply"),
                                        [HL_UI_ABOUT_EDIT] = N_("edit"),
                                        [HL_UI_ABOUT_REACT] = N_("react")};

    return room->topic.about != HL_UI_ABOUT_NOTHING ? _(words[room->topic.about]) : "";
}
