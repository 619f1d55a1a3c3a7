/* SPDX-License-Identifier: MIT */
#include "keymap.h"

#include "keys.h"
#include "utf8.h"

#include <string.h>

#define C(letter)   (HL_KEY_CTRL | (uint32_t)(letter))
#define M(letter)   (HL_KEY_ALT | (uint32_t)(letter))
#define ALT(name)   (HL_KEY_ALT | (uint32_t)HL_KEY_##name)
#define CTRL(name)  (HL_KEY_CTRL | (uint32_t)HL_KEY_##name)
#define SHIFT(name) (HL_KEY_SHIFT | (uint32_t)HL_KEY_##name)

enum {
    INPUT = HL_CTX_INPUT,
    SEARCH = HL_CTX_SEARCH,
    HELP = HL_CTX_HELP,
    VIEW = HL_CTX_INPUT | HL_CTX_HELP,
    ALL = HL_CTX_ALL,
};

static const struct hl_keymap_row rows[] = {
    {HL_ACT_LEFT, HL_GROUP_MOVE, INPUT, {HL_KEY_LEFT, C('b')}, "back by one character"},
    {HL_ACT_RIGHT, HL_GROUP_MOVE, INPUT, {HL_KEY_RIGHT, C('f')}, "forward by one character"},
    {HL_ACT_WORD_LEFT, HL_GROUP_MOVE, INPUT, {M('b'), CTRL(LEFT), ALT(LEFT)}, "back by one word"},
    {HL_ACT_WORD_RIGHT,
     HL_GROUP_MOVE,
     INPUT,
     {M('f'), CTRL(RIGHT), ALT(RIGHT)},
     "forward by one word"},
    {HL_ACT_LINE_START, HL_GROUP_MOVE, INPUT, {C('a'), HL_KEY_HOME}, "start of the line"},
    {HL_ACT_LINE_END, HL_GROUP_MOVE, INPUT, {C('e'), HL_KEY_END}, "end of the line"},
    {HL_ACT_UP, HL_GROUP_MOVE, INPUT, {HL_KEY_UP}, "line up, or earlier input"},
    {HL_ACT_DOWN, HL_GROUP_MOVE, INPUT, {HL_KEY_DOWN}, "line down, or later input"},
    {HL_ACT_HISTORY_PREV, HL_GROUP_MOVE, INPUT, {M('p')}, "earlier input"},
    {HL_ACT_HISTORY_NEXT, HL_GROUP_MOVE, INPUT, {M('n')}, "later input"},
    {HL_ACT_HISTORY_SEARCH,
     HL_GROUP_MOVE,
     INPUT | SEARCH,
     {C('r')},
     "search earlier input; again: the next match"},

    {HL_ACT_DELETE_LEFT,
     HL_GROUP_EDIT,
     INPUT | SEARCH,
     {HL_KEY_BACKSPACE, C('h'), SHIFT(BACKSPACE)},
     "delete the character before"},
    {HL_ACT_DELETE_RIGHT, HL_GROUP_EDIT, INPUT, {HL_KEY_DELETE}, "delete the character after"},
    {HL_ACT_DELETE_OR_QUIT, HL_GROUP_EDIT, INPUT, {C('d')}, "the same; on an empty line: quit"},
    {HL_ACT_KILL_LINE_RIGHT, HL_GROUP_EDIT, INPUT, {C('k')}, "kill to the end of the line"},
    {HL_ACT_KILL_LINE_LEFT, HL_GROUP_EDIT, INPUT, {C('u')}, "kill to the start of the line"},
    {HL_ACT_KILL_BLANK_WORD_LEFT, HL_GROUP_EDIT, INPUT, {C('w')}, "kill back to a space"},
    {HL_ACT_KILL_WORD_LEFT,
     HL_GROUP_EDIT,
     INPUT,
     {ALT(BACKSPACE), CTRL(BACKSPACE), M(C('h'))},
     "kill the word before"},
    {HL_ACT_KILL_WORD_RIGHT,
     HL_GROUP_EDIT,
     INPUT,
     {M('d'), ALT(DELETE), CTRL(DELETE)},
     "kill the word after"},
    {HL_ACT_YANK, HL_GROUP_EDIT, INPUT, {C('y')}, "yank what was killed last"},
    {HL_ACT_YANK_POP, HL_GROUP_EDIT, INPUT, {M('y')}, "replace it by what was killed before"},
    {HL_ACT_UNDO, HL_GROUP_EDIT, INPUT, {C('_')}, "undo (also C-/)"},
    {HL_ACT_REDO, HL_GROUP_EDIT, INPUT, {M('_'), M(C('_'))}, "redo"},
    {HL_ACT_TRANSPOSE, HL_GROUP_EDIT, INPUT, {C('t')}, "swap two characters"},
    {HL_ACT_UPCASE, HL_GROUP_EDIT, INPUT, {M('u')}, "word to upper case"},
    {HL_ACT_DOWNCASE, HL_GROUP_EDIT, INPUT, {M('l')}, "word to lower case"},
    {HL_ACT_CAPITALISE, HL_GROUP_EDIT, INPUT, {M('c')}, "capitalise the word"},

    {HL_ACT_SEND, HL_GROUP_SEND, INPUT | SEARCH, {HL_KEY_ENTER}, "send, or run a /command"},
    {HL_ACT_NEWLINE,
     HL_GROUP_SEND,
     INPUT,
     {ALT(ENTER), C('j'), SHIFT(ENTER), CTRL(ENTER)},
     "new line in the same message"},
    {HL_ACT_COMPLETE, HL_GROUP_SEND, INPUT, {HL_KEY_TAB}, "complete a command or a name"},
    {HL_ACT_CLEAR_OR_QUIT,
     HL_GROUP_SEND,
     INPUT,
     {C('c')},
     "clear the input; twice on an empty line: quit"},

    {HL_ACT_PAGE_UP, HL_GROUP_VIEW, VIEW, {HL_KEY_PAGE_UP, M('v')}, "one page up"},
    {HL_ACT_PAGE_DOWN, HL_GROUP_VIEW, VIEW, {HL_KEY_PAGE_DOWN, C('v')}, "one page down"},
    {HL_ACT_SCROLL_UP, HL_GROUP_VIEW, VIEW, {CTRL(UP), SHIFT(UP)}, "one line up"},
    {HL_ACT_SCROLL_DOWN, HL_GROUP_VIEW, VIEW, {CTRL(DOWN), SHIFT(DOWN)}, "one line down"},
    {HL_ACT_SCROLL_TOP, HL_GROUP_VIEW, VIEW, {CTRL(HOME), M('<')}, "oldest message"},
    {HL_ACT_SCROLL_BOTTOM, HL_GROUP_VIEW, VIEW, {CTRL(END), M('>')}, "newest message"},

    {HL_ACT_CONV_PREV, HL_GROUP_CONV, INPUT, {C('p'), ALT(UP)}, "conversation before"},
    {HL_ACT_CONV_NEXT, HL_GROUP_CONV, INPUT, {C('n'), ALT(DOWN)}, "conversation after"},
    {HL_ACT_CONV_UNREAD, HL_GROUP_CONV, INPUT, {M('a')}, "next one with unread messages"},
    {HL_ACT_CONV_NUMBER,
     HL_GROUP_CONV,
     INPUT,
     {M('1'), M('2'), M('3'), M('4'), M('5'), M('6'), M('7'), M('8'), M('9')},
     "conversation 1 to 9"},

    {HL_ACT_HELP, HL_GROUP_PROGRAM, ALL, {HL_KEY_F1}, "this page, and back"},
    {HL_ACT_CANCEL,
     HL_GROUP_PROGRAM,
     SEARCH | HELP,
     {HL_KEY_ESCAPE, C('g'), C('c')},
     "leave this page or the search"},
    {HL_ACT_CANCEL, HL_GROUP_PROGRAM, HELP, {'q', HL_KEY_ENTER}, "leave this page"},
    {HL_ACT_REDRAW, HL_GROUP_PROGRAM, ALL, {C('l')}, "draw the screen afresh"},
    {HL_ACT_SUSPEND, HL_GROUP_PROGRAM, ALL, {C('z')}, "suspend; fg comes back"},
    {HL_ACT_FOCUS_IN, HL_GROUP_PROGRAM, ALL, {HL_KEY_FOCUS_IN}, ""},
    {HL_ACT_FOCUS_OUT, HL_GROUP_PROGRAM, ALL, {HL_KEY_FOCUS_OUT}, ""},
};

static const char *const group_names[HL_GROUP_COUNT] = {
    [HL_GROUP_MOVE] = "Moving",  [HL_GROUP_EDIT] = "Editing",       [HL_GROUP_SEND] = "Sending",
    [HL_GROUP_VIEW] = "Reading", [HL_GROUP_CONV] = "Conversations", [HL_GROUP_PROGRAM] = "Program",
};

const struct hl_keymap_row *hl_keymap_rows(size_t *count)
{
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const char *hl_keymap_group_name(enum hl_key_group group)
{
    return group < HL_GROUP_COUNT ? group_names[group] : "";
}

static bool has_key(const struct hl_keymap_row *row, uint32_t key)
{
    for (size_t i = 0; row->keys[i] != HL_KEY_NONE; i++)
        if (row->keys[i] == key)
            return true;
    return false;
}

enum hl_action hl_keymap_find(enum hl_key_context context, uint32_t key)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].contexts & context && has_key(&rows[i], key))
            return rows[i].action;
    return HL_ACT_NONE;
}

int hl_keymap_digit(uint32_t key)
{
    return key >= M('1') && key <= M('9') ? (int)(key - M('0')) : 0;
}

bool hl_keymap_is_text(uint32_t key)
{
    return key >= ' ' && key < HL_KEY_NAMED;
}

/* Adds text while it fits. */
static size_t append(char out[static HL_KEYMAP_TEXT], size_t at, const char *text)
{
    size_t n = strlen(text);
    if (at + n >= HL_KEYMAP_TEXT)
        return at;
    memcpy(out + at, text, n + 1);
    return at + n;
}

size_t hl_keymap_name(uint32_t key, char out[static HL_KEYMAP_TEXT])
{
    static const char *const names[] = {
#define NAME(name, text) text,
        HL_KEY_LIST(NAME)
#undef NAME
    };
    uint32_t code = key & HL_KEY_CODE;
    char character[HL_UTF8_MAX + 1] = "";
    const char *name = character;
    if (code > HL_KEY_NAMED && code < HL_KEY_NAMED_END)
        name = names[code - HL_KEY_NAMED - 1];
    else if (code == ' ')
        name = "Space";
    else
        character[hl_utf8_encode(code, character)] = '\0';
    size_t at = 0;
    out[0] = '\0';
    if (key & HL_KEY_CTRL)
        at = append(out, at, "C-");
    if (key & HL_KEY_ALT)
        at = append(out, at, "M-");
    if (key & HL_KEY_SHIFT)
        at = append(out, at, "S-");
    return append(out, at, name);
}

size_t hl_keymap_names(const struct hl_keymap_row *row, char out[static HL_KEYMAP_TEXT])
{
    enum { LISTED_MAX = 4 };
    char name[HL_KEYMAP_TEXT];
    size_t count = 0;
    while (row->keys[count] != HL_KEY_NONE)
        count++;
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i<count; i += count> LISTED_MAX ? count - 1 : 1) {
        if (i > 0)
            at = append(out, at, count > LISTED_MAX ? " .. " : ", ");
        hl_keymap_name(row->keys[i], name);
        at = append(out, at, name);
    }
    return at;
}
