/* SPDX-License-Identifier: MIT */
#include "keymap.h"

#include "i18n.h"
#include "keys.h"
#include "suggest.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#define C(letter)   (HL_KEY_CTRL | (uint32_t)(letter))
#define M(letter)   (HL_KEY_ALT | (uint32_t)(letter))
#define ALT(name)   (HL_KEY_ALT | (uint32_t)HL_KEY_##name)
#define CTRL(name)  (HL_KEY_CTRL | (uint32_t)HL_KEY_##name)
#define SHIFT(name) (HL_KEY_SHIFT | (uint32_t)HL_KEY_##name)
#define CX(key)     (HL_KEYMAP_PREFIX | (uint32_t)(key))

enum {
    INPUT = HL_CTX_INPUT,
    SEARCH = HL_CTX_SEARCH,
    HELP = HL_CTX_HELP,
    PICKER = HL_CTX_PICKER,
    MESSAGE = HL_CTX_MESSAGE,
    LINE = HL_CTX_INPUT | HL_CTX_PICKER, /* where a line is edited */
    VIEW = HL_CTX_INPUT | HL_CTX_HELP | HL_CTX_PICKER | HL_CTX_MESSAGE,
    ALL = HL_CTX_ALL,
};

static const struct hl_keymap_row rows[] = {
    {HL_ACT_LEFT,
     "backward-char",
     HL_GROUP_MOVE,
     LINE,
     {HL_KEY_LEFT, C('b')},
     "back by one character"},
    {HL_ACT_RIGHT,
     "forward-char",
     HL_GROUP_MOVE,
     LINE,
     {HL_KEY_RIGHT, C('f')},
     "forward by one character"},
    {HL_ACT_WORD_LEFT,
     "backward-word",
     HL_GROUP_MOVE,
     LINE,
     {M('b'), CTRL(LEFT), ALT(LEFT)},
     "back by one word"},
    {HL_ACT_WORD_RIGHT,
     "forward-word",
     HL_GROUP_MOVE,
     LINE,
     {M('f'), CTRL(RIGHT), ALT(RIGHT)},
     "forward by one word"},
    {HL_ACT_LINE_START,
     "beginning-of-line",
     HL_GROUP_MOVE,
     LINE,
     {C('a'), HL_KEY_HOME},
     "start of the line"},
    {HL_ACT_LINE_END, "end-of-line", HL_GROUP_MOVE, LINE, {C('e'), HL_KEY_END}, "end of the line"},
    {HL_ACT_UP, "previous-line", HL_GROUP_MOVE, LINE, {HL_KEY_UP}, "line up, or earlier input"},
    {HL_ACT_DOWN, "next-line", HL_GROUP_MOVE, LINE, {HL_KEY_DOWN}, "line down, or later input"},
    {HL_ACT_HISTORY_PREV, "previous-history", HL_GROUP_MOVE, INPUT, {M('p')}, "earlier input"},
    {HL_ACT_HISTORY_NEXT, "next-history", HL_GROUP_MOVE, INPUT, {M('n')}, "later input"},
    {HL_ACT_HISTORY_SEARCH,
     "reverse-search-history",
     HL_GROUP_MOVE,
     INPUT | SEARCH,
     {C('r')},
     "search earlier input; again: the next match"},
    {HL_ACT_HISTORY_SEARCH_BACK,
     "forward-search-history",
     HL_GROUP_MOVE,
     SEARCH,
     {C('s')},
     "in such a search: the match before"},
    {HL_ACT_HISTORY_LIKE,
     "history-search-backward",
     HL_GROUP_MOVE,
     INPUT,
     {M(C('p'))},
     "earlier input that begins as this does"},
    {HL_ACT_HISTORY_LIKE_NEXT,
     "history-search-forward",
     HL_GROUP_MOVE,
     INPUT,
     {M(C('n'))},
     "later input that begins as this does"},
    {HL_ACT_SEEK,
     "character-search",
     HL_GROUP_MOVE,
     INPUT,
     {C(']')},
     "to the next one of the character typed then"},
    {HL_ACT_SEEK_BACK,
     "character-search-backward",
     HL_GROUP_MOVE,
     INPUT,
     {M(C(']'))},
     "to the one before"},
    {HL_ACT_SET_MARK, "set-mark", HL_GROUP_MOVE, INPUT, {C(' '), M(' ')}, "set the mark here"},
    {HL_ACT_SWAP_MARK,
     "exchange-point-and-mark",
     HL_GROUP_MOVE,
     INPUT,
     {CX(C('x'))},
     "to the mark, which is set where you were"},
    {HL_ACT_ARGUMENT,
     "digit-argument",
     HL_GROUP_MOVE,
     INPUT,
     {M('0'), M('-')},
     "how often the next key is meant: M-0 12 C-d"},

    {HL_ACT_DELETE_LEFT,
     "backward-delete-char",
     HL_GROUP_EDIT,
     LINE | SEARCH,
     {HL_KEY_BACKSPACE, C('h'), SHIFT(BACKSPACE)},
     "delete the character before"},
    {HL_ACT_DELETE_RIGHT,
     "delete-char",
     HL_GROUP_EDIT,
     LINE,
     {HL_KEY_DELETE},
     "delete the character after"},
    {HL_ACT_DELETE_OR_QUIT,
     "delete-char-or-quit",
     HL_GROUP_EDIT,
     INPUT,
     {C('d')},
     "the same; on an empty line: quit"},
    {HL_ACT_KILL_LINE_RIGHT,
     "kill-line",
     HL_GROUP_EDIT,
     LINE,
     {C('k')},
     "kill to the end of the line"},
    {HL_ACT_KILL_LINE_LEFT,
     "backward-kill-line",
     HL_GROUP_EDIT,
     LINE,
     {C('u'), CX(HL_KEY_BACKSPACE)},
     "kill to the start of the line"},
    {HL_ACT_KILL_LINE,
     "kill-whole-line",
     HL_GROUP_EDIT,
     INPUT,
     {CX(C('k'))},
     "kill the whole line"},
    {HL_ACT_KILL_REGION,
     "kill-region",
     HL_GROUP_EDIT,
     INPUT,
     {CX(C('w'))},
     "kill from the mark to here"},
    {HL_ACT_COPY_REGION,
     "copy-region-as-kill",
     HL_GROUP_EDIT,
     INPUT,
     {CX('w')},
     "the same, but leave the text"},
    {HL_ACT_KILL_BLANK_WORD_LEFT,
     "unix-word-rubout",
     HL_GROUP_EDIT,
     LINE,
     {C('w')},
     "kill back to a space"},
    {HL_ACT_KILL_WORD_LEFT,
     "backward-kill-word",
     HL_GROUP_EDIT,
     LINE,
     {ALT(BACKSPACE), CTRL(BACKSPACE), M(C('h'))},
     "kill the word before"},
    {HL_ACT_KILL_WORD_RIGHT,
     "kill-word",
     HL_GROUP_EDIT,
     LINE,
     {M('d'), ALT(DELETE), CTRL(DELETE)},
     "kill the word after"},
    {HL_ACT_YANK, "yank", HL_GROUP_EDIT, LINE, {C('y')}, "yank what was killed last"},
    {HL_ACT_YANK_POP,
     "yank-pop",
     HL_GROUP_EDIT,
     LINE,
     {M('y')},
     "replace it by what was killed before"},
    {HL_ACT_HISTORY_WORD,
     "yank-last-arg",
     HL_GROUP_EDIT,
     INPUT,
     {M('.')},
     "the last word of earlier input"},
    {HL_ACT_UNDO, "undo", HL_GROUP_EDIT, LINE, {C('_'), CX(C('u'))}, "undo (also C-/)"},
    {HL_ACT_REDO, "redo", HL_GROUP_EDIT, LINE, {M('_'), M(C('_'))}, "redo"},
    {HL_ACT_REVERT, "revert-line", HL_GROUP_EDIT, LINE, {M('r')}, "undo all"},
    {HL_ACT_TRANSPOSE, "transpose-chars", HL_GROUP_EDIT, LINE, {C('t')}, "swap two characters"},
    {HL_ACT_TRANSPOSE_WORDS, "transpose-words", HL_GROUP_EDIT, LINE, {M('t')}, "swap two words"},
    {HL_ACT_DELETE_BLANKS,
     "delete-horizontal-space",
     HL_GROUP_EDIT,
     LINE,
     {M('\\')},
     "delete the spaces around"},
    {HL_ACT_UPCASE, "upcase-word", HL_GROUP_EDIT, LINE, {M('u')}, "word to upper case"},
    {HL_ACT_DOWNCASE, "downcase-word", HL_GROUP_EDIT, LINE, {M('l')}, "word to lower case"},
    {HL_ACT_CAPITALISE, "capitalize-word", HL_GROUP_EDIT, LINE, {M('c')}, "capitalise the word"},

    {HL_ACT_QUOTED_INSERT,
     "quoted-insert",
     HL_GROUP_EDIT,
     INPUT,
     {C('q')},
     "type the next key as it is: Tab, Enter"},
    {HL_ACT_TAB, "tab-insert", HL_GROUP_EDIT, INPUT, {ALT(TAB)}, "type a Tab"},

    {HL_ACT_SEND, "send", HL_GROUP_SEND, LINE | SEARCH, {HL_KEY_ENTER}, "send, or run a /command"},
    {HL_ACT_NEWLINE,
     "newline",
     HL_GROUP_SEND,
     INPUT,
     {ALT(ENTER), C('j'), SHIFT(ENTER), CTRL(ENTER)},
     "new line in the same message"},
    {HL_ACT_EDITOR,
     "external-editor",
     HL_GROUP_SEND,
     INPUT,
     {CX(C('e'))},
     "write the message in your editor"},
    {HL_ACT_COMPLETE,
     "complete",
     HL_GROUP_SEND,
     INPUT,
     {HL_KEY_TAB},
     "complete a word; again: the next candidate"},
    {HL_ACT_COMPLETE_BACK,
     "complete-backward",
     HL_GROUP_SEND,
     INPUT,
     {SHIFT(TAB)},
     "the candidate before"},
    {HL_ACT_CLEAR_OR_QUIT,
     "clear-or-quit",
     HL_GROUP_SEND,
     INPUT,
     {C('c')},
     "clear the input; twice on an empty line: quit"},

    {HL_ACT_PAGE_UP, "page-up", HL_GROUP_VIEW, VIEW, {HL_KEY_PAGE_UP, M('v')}, "one page up"},
    {HL_ACT_PAGE_DOWN,
     "page-down",
     HL_GROUP_VIEW,
     VIEW,
     {HL_KEY_PAGE_DOWN, C('v')},
     "one page down"},
    {HL_ACT_SCROLL_UP, "scroll-up", HL_GROUP_VIEW, VIEW, {CTRL(UP), SHIFT(UP)}, "one line up"},
    {HL_ACT_SCROLL_DOWN,
     "scroll-down",
     HL_GROUP_VIEW,
     VIEW,
     {CTRL(DOWN), SHIFT(DOWN)},
     "one line down"},
    {HL_ACT_SCROLL_TOP, "scroll-top", HL_GROUP_VIEW, VIEW, {CTRL(HOME), M('<')}, "oldest message"},
    {HL_ACT_SCROLL_BOTTOM,
     "scroll-bottom",
     HL_GROUP_VIEW,
     VIEW,
     {CTRL(END), M('>')},
     "newest message"},

    {HL_ACT_MSG_SELECT,
     "message-select",
     HL_GROUP_MESSAGE,
     INPUT,
     {M('m')},
     "select a message; then these keys, and Esc"},
    {HL_ACT_MSG_OLDER,
     "message-older",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {HL_KEY_UP, 'p', 'k', C('p'), M('m')},
     "the message before"},
    {HL_ACT_MSG_NEWER,
     "message-newer",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {HL_KEY_DOWN, 'n', 'j', C('n')},
     "the message after"},
    {HL_ACT_MSG_REPLY,
     "message-reply",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'r', HL_KEY_ENTER},
     "answer it"},
    {HL_ACT_MSG_REACT,
     "message-react",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'+'},
     "react to it with one sign; nothing: take that back"},
    {HL_ACT_MSG_EDIT,
     "message-edit",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'e'},
     "change a message of yours"},
    {HL_ACT_MSG_DELETE,
     "message-delete",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'d', HL_KEY_DELETE},
     "take its text away, here and there; it asks first"},
    {HL_ACT_MSG_TAKE_BACK,
     "message-cancel",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'c'},
     "take it back before it is delivered"},
    {HL_ACT_MSG_COPY,
     "message-copy",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'w', 'y', M('w')},
     "copy its text, for C-y and for the clipboard"},
    {HL_ACT_MSG_ANSWERED,
     "message-answered",
     HL_GROUP_MESSAGE,
     MESSAGE,
     {'g'},
     "go to what it answers"},

    {HL_ACT_CONV_PREV,
     "conversation-previous",
     HL_GROUP_CONV,
     INPUT,
     {C('p'), ALT(UP)},
     "conversation before"},
    {HL_ACT_CONV_NEXT,
     "conversation-next",
     HL_GROUP_CONV,
     INPUT,
     {C('n'), ALT(DOWN)},
     "conversation after"},
    {HL_ACT_CONV_UNREAD,
     "conversation-unread",
     HL_GROUP_CONV,
     INPUT,
     {M('a')},
     "next unread one; all read: back"},
    {HL_ACT_CONV_BEFORE,
     "conversation-before",
     HL_GROUP_CONV,
     INPUT,
     {CX('l')},
     "the one shown before"},
    {HL_ACT_CONV_NUMBER,
     "conversation-number",
     HL_GROUP_CONV,
     INPUT,
     {M('1'), M('2'), M('3'), M('4'), M('5'), M('6'), M('7'), M('8'), M('9')},
     "conversation 1 to 9"},
    {HL_ACT_SWITCH,
     "conversation-switch",
     HL_GROUP_CONV,
     INPUT,
     {CX('b')},
     "list of the conversations"},
    {HL_ACT_FIND, "search", HL_GROUP_CONV, INPUT, {C('s')}, "search in all that was said"},
    {HL_ACT_LINKS,
     "links",
     HL_GROUP_CONV,
     INPUT,
     {CX('u')},
     "list of the links in this conversation"},

    {HL_ACT_PANE_BELOW,
     "split-below",
     HL_GROUP_PANE,
     INPUT,
     {CX('2')},
     "split: another pane below"},
    {HL_ACT_PANE_BESIDE,
     "split-beside",
     HL_GROUP_PANE,
     INPUT,
     {CX('3')},
     "split: another pane beside it"},
    {HL_ACT_PANE_CLOSE, "pane-close", HL_GROUP_PANE, INPUT, {CX('0')}, "close this pane"},
    {HL_ACT_PANE_ONLY, "pane-only", HL_GROUP_PANE, INPUT, {CX('1')}, "close the other panes"},
    {HL_ACT_PANE_NEXT, "pane-next", HL_GROUP_PANE, INPUT, {CX('o'), CX(C('o'))}, "next pane"},
    {HL_ACT_PANE_PREV, "pane-previous", HL_GROUP_PANE, INPUT, {CX('O')}, "pane before"},
    {HL_ACT_PANE_LEFT, "pane-left", HL_GROUP_PANE, INPUT, {CX(HL_KEY_LEFT)}, "pane at the left"},
    {HL_ACT_PANE_RIGHT,
     "pane-right",
     HL_GROUP_PANE,
     INPUT,
     {CX(HL_KEY_RIGHT)},
     "pane at the right"},
    {HL_ACT_PANE_UP, "pane-up", HL_GROUP_PANE, INPUT, {CX(HL_KEY_UP)}, "pane above"},
    {HL_ACT_PANE_DOWN, "pane-down", HL_GROUP_PANE, INPUT, {CX(HL_KEY_DOWN)}, "pane below"},
    {HL_ACT_PANE_TALLER, "pane-taller", HL_GROUP_PANE, INPUT, {CX('^')}, "make it taller"},
    {HL_ACT_PANE_LOWER, "pane-lower", HL_GROUP_PANE, INPUT, {CX('-')}, "make it lower"},
    {HL_ACT_PANE_WIDER, "pane-wider", HL_GROUP_PANE, INPUT, {CX('}')}, "make it wider"},
    {HL_ACT_PANE_NARROWER, "pane-narrower", HL_GROUP_PANE, INPUT, {CX('{')}, "make it narrower"},
    {HL_ACT_PANE_EQUAL,
     "panes-equal",
     HL_GROUP_PANE,
     INPUT,
     {CX('+')},
     "the same room for all panes"},
    {HL_ACT_PANE_ZOOM,
     "pane-zoom",
     HL_GROUP_PANE,
     INPUT,
     {CX('z')},
     "this pane alone on the screen, and back"},
    {HL_ACT_COPY,
     "copy",
     HL_GROUP_PANE,
     INPUT,
     {M('w')},
     "text alone, to be selected and copied, and back"},

    {HL_ACT_DOWN,
     "next-line",
     HL_GROUP_LIST,
     PICKER,
     {C('n'), C('r')},
     "row below; in a search older"},
    {HL_ACT_UP,
     "previous-line",
     HL_GROUP_LIST,
     PICKER,
     {C('p'), C('s')},
     "row above; in a search newer"},
    {HL_ACT_SCOPE,
     "search-scope",
     HL_GROUP_LIST,
     PICKER,
     {HL_KEY_TAB},
     "search in this conversation, or in all"},
    {HL_ACT_DELETE_RIGHT,
     "delete-char",
     HL_GROUP_LIST,
     PICKER,
     {C('d')},
     "delete the character after"},
    {HL_ACT_PALETTE, "palette", HL_GROUP_LIST, HELP, {'/', C('s')}, "on this page: search in it"},

    {HL_ACT_HELP,
     "help",
     HL_GROUP_PROGRAM,
     INPUT | SEARCH | HELP,
     {HL_KEY_F1},
     "this page, and back"},
    {HL_ACT_PALETTE,
     "palette",
     HL_GROUP_PROGRAM,
     INPUT,
     {M('x'), HL_KEY_F2, CX('p')},
     "list of all that can be done"},
    {HL_ACT_CANCEL,
     "cancel",
     HL_GROUP_PROGRAM,
     SEARCH | HELP | PICKER,
     {HL_KEY_ESCAPE, C('g'), C('c')},
     "leave this page, list or search"},
    {HL_ACT_CANCEL,
     "cancel",
     HL_GROUP_PROGRAM,
     INPUT | MESSAGE,
     {HL_KEY_ESCAPE, C('g')},
     "select no message; neither reply nor edit"},
    {HL_ACT_CANCEL, "cancel", HL_GROUP_PROGRAM, MESSAGE, {'q', C('c')}, "select no message"},
    {HL_ACT_CANCEL, "cancel", HL_GROUP_PROGRAM, HELP, {'q', HL_KEY_ENTER}, "leave this page"},
    {HL_ACT_REDRAW, "redraw", HL_GROUP_PROGRAM, ALL, {C('l')}, "draw the screen afresh"},
    {HL_ACT_SUSPEND, "suspend", HL_GROUP_PROGRAM, ALL, {C('z')}, "suspend; fg comes back"},
    {HL_ACT_FOCUS_IN, "focus-in", HL_GROUP_PROGRAM, ALL, {HL_KEY_FOCUS_IN}, ""},
    {HL_ACT_FOCUS_OUT, "focus-out", HL_GROUP_PROGRAM, ALL, {HL_KEY_FOCUS_OUT}, ""},
};

enum {
    ROWS = sizeof rows / sizeof rows[0],
};

static const char *const group_names[HL_GROUP_COUNT] = {
    [HL_GROUP_MOVE] = "Moving",  [HL_GROUP_EDIT] = "Editing",     [HL_GROUP_SEND] = "Sending",
    [HL_GROUP_VIEW] = "Reading", [HL_GROUP_MESSAGE] = "Messages", [HL_GROUP_CONV] = "Conversations",
    [HL_GROUP_PANE] = "Panes",   [HL_GROUP_LIST] = "Lists",       [HL_GROUP_PROGRAM] = "Program",
};

const struct hl_keymap_row *hl_keymap_rows(size_t *count)
{
    *count = ROWS;
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

/* ---- actions ---- */

static const struct hl_keymap_row *row_of(enum hl_action action)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].action == action)
            return &rows[i];
    return NULL;
}

const char *hl_keymap_action_name(enum hl_action action)
{
    const struct hl_keymap_row *row = row_of(action);
    return row != NULL ? row->name : "none";
}

enum hl_action hl_keymap_action(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].action;
    return HL_ACT_NONE;
}

/* Where an action can be done at all. */
static unsigned contexts_of(enum hl_action action)
{
    unsigned contexts = action == HL_ACT_NONE ? (unsigned)HL_CTX_ALL : 0;
    for (size_t i = 0; i < ROWS; i++)
        contexts |= rows[i].action == action ? rows[i].contexts : 0;
    return contexts;
}

/* Index of its bind, map->count if there is none. */
static size_t bind_at(const struct hl_keymap *map, uint32_t key)
{
    size_t at = 0;
    while (at < map->count && map->binds[at].key != key)
        at++;
    return at;
}

static const struct hl_keymap_bind *bind_of(const struct hl_keymap *map, uint32_t key)
{
    size_t at = map != NULL ? bind_at(map, key) : 0;
    return map != NULL && at < map->count ? &map->binds[at] : NULL;
}

enum hl_action hl_keymap_find(const struct hl_keymap *map, enum hl_key_context context,
                              uint32_t key)
{
    const struct hl_keymap_bind *bind = bind_of(map, key);
    if (bind != NULL && contexts_of(bind->action) & context)
        return bind->action;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].contexts & context && has_key(&rows[i], key))
            return rows[i].action;
    return HL_ACT_NONE;
}

/* ---- binding ---- */

void hl_keymap_set(struct hl_keymap *map, uint32_t key, enum hl_action action)
{
    size_t at = bind_at(map, key);
    if (at == HL_KEYMAP_BINDS)
        return;
    map->binds[at] = (struct hl_keymap_bind){key, action};
    map->count += at == map->count;
}

void hl_keymap_reset(struct hl_keymap *map, uint32_t key)
{
    size_t at = bind_at(map, key);
    if (at == map->count)
        return;
    map->count--;
    memmove(&map->binds[at], &map->binds[at + 1], (map->count - at) * sizeof(map->binds[0]));
}

/* Why a key is not to be bound; NULL = it may be. */
static const char *refused(const struct hl_keymap *map, uint32_t key)
{
    static const struct {
        uint32_t key;
        const char *why;
    } fixed[] = {
        {HL_KEY_ENTER, N_("always sends: with it every mistake can be mended")},
        {C('x'), N_("begins the keys of two strokes, as C-x 2")},
        {C('i'), N_("terminals send Tab for it")},
        {C('m'), N_("terminals send Enter for it")},
        {C('['), N_("terminals send Esc for it")},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (fixed[i].key == key)
            return _(fixed[i].why);
    if (hl_keymap_is_text(key))
        return _("is typed text; bind it with C- or M- before it");
    if (bind_of(map, key) == NULL && map->count == HL_KEYMAP_BINDS)
        return _("more keys cannot be bound");
    return NULL;
}

static void unknown_action(const char *name, char why[static HL_KEYMAP_WHY])
{
    struct hl_suggestion near;
    hl_suggest_start(&near, name);
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].help[0] != '\0')
            hl_suggest_offer(&near, rows[i].name);
    if (near.best != NULL)
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: no such action: did you mean %s?"), name, near.best);
    else
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: no such action"), name);
}

/* Why an action is not to be bound; NULL = it may be. */
static const char *not_for_keys(enum hl_action action)
{
    if (action == HL_ACT_CONV_NUMBER)
        return _("belongs to M-1 .. M-9");
    return row_of(action)->help[0] == '\0' ? _("is no action of a key") : NULL;
}

int hl_keymap_bind(struct hl_keymap *map, const char *key, const char *action,
                   char why[static HL_KEYMAP_WHY])
{
    uint32_t code = hl_keymap_parse(key, why);
    bool none = strcmp(action, "none") == 0;
    enum hl_action what = hl_keymap_action(action);
    if (code == HL_KEY_NONE)
        return -1;
    const char *reason = refused(map, code);
    if (reason != NULL) {
        snprintf(why, HL_KEYMAP_WHY, "%.80s: %s", key, reason);
        return -1;
    }
    if (strcmp(action, "default") == 0) {
        hl_keymap_reset(map, code);
        return 0;
    }
    if (what == HL_ACT_NONE && !none) {
        unknown_action(action, why);
        return -1;
    }
    reason = none ? NULL : not_for_keys(what);
    if (reason != NULL) {
        snprintf(why, HL_KEYMAP_WHY, "%s: %s", action, reason);
        return -1;
    }
    hl_keymap_set(map, code, what);
    return 0;
}

/* ---- keys and their names ---- */

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

static const char *const key_names[] = {
#define NAME(name, text) text,
    HL_KEY_LIST(NAME)
#undef NAME
};

static const struct {
    char letter;
    uint32_t bit;
} modifiers[] = {{'C', HL_KEY_CTRL}, {'M', HL_KEY_ALT}, {'S', HL_KEY_SHIFT}};

size_t hl_keymap_name(uint32_t key, char out[static HL_KEYMAP_TEXT])
{
    uint32_t code = key & HL_KEY_CODE;
    char character[HL_UTF8_MAX + 1] = "";
    const char *name = character;
    if (code > HL_KEY_NAMED && code < HL_KEY_NAMED_END)
        name = key_names[code - HL_KEY_NAMED - 1];
    else if (code == ' ')
        name = "Space";
    else
        character[hl_utf8_encode(code, character)] = '\0';
    size_t at = 0;
    out[0] = '\0';
    if (key & HL_KEYMAP_PREFIX)
        at = append(out, at, "C-x ");
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++)
        if (key & modifiers[i].bit)
            at = append(out, at, (const char[]){modifiers[i].letter, '-', '\0'});
    return append(out, at, name);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* A key without modifiers; HL_KEY_NONE if there is none of that name. */
static uint32_t parse_code(const char *text)
{
    size_t len = strlen(text);
    uint32_t code = HL_KEY_NONE;
    if (len > 0 && hl_utf8_decode(text, len, &code) == len)
        return code > ' ' && code != 0x7f && !(code >= 0x80 && code < 0xa0) && code < HL_KEY_NAMED
                   ? code
                   : HL_KEY_NONE;
    if (same_name(text, "Space"))
        return ' ';
    for (uint32_t i = 0; HL_KEY_NAMED + 1 + i < HL_KEY_PASTE; i++)
        if (same_name(text, key_names[i]))
            return HL_KEY_NAMED + 1 + i;
    return HL_KEY_NONE;
}

static void unknown_key(const char *text, const char *name, char why[static HL_KEYMAP_WHY])
{
    struct hl_suggestion near;
    hl_suggest_start(&near, name);
    for (uint32_t i = 0; HL_KEY_NAMED + 1 + i < HL_KEY_PASTE; i++)
        hl_suggest_offer(&near, key_names[i]);
    hl_suggest_offer(&near, "Space");
    if (near.best != NULL)
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: no such key: did you mean %.*s%s?"), text,
                 (int)(name - text > 16 ? 16 : name - text), text, near.best);
    else
        snprintf(why, HL_KEYMAP_WHY,
                 _("%.80s: no such key; names are as C-w, M-a, C-x 2, F5, PageUp"), text);
}

/* Takes "C-", "M-" or "S-" off the start of *name; 0 if none is there or nothing would be left. */
static uint32_t parse_modifier(const char **name)
{
    const char *text = *name;
    if (text[0] == '\0' || text[1] != '-' || text[2] == '\0')
        return 0;
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++) {
        if (lower(text[0]) == lower(modifiers[i].letter)) {
            *name += 2;
            return modifiers[i].bit;
        }
    }
    return 0;
}

uint32_t hl_keymap_parse(const char *text, char why[static HL_KEYMAP_WHY])
{
    const char *name = text;
    uint32_t bits = 0;
    if (lower(name[0]) == 'c' && name[1] == '-' && lower(name[2]) == 'x' && name[3] == ' ') {
        bits = HL_KEYMAP_PREFIX;
        name += 3 + strspn(name + 3, " ");
    }
    for (uint32_t bit; (bit = parse_modifier(&name)) != 0;)
        bits |= bit;
    uint32_t code = parse_code(name);
    if (code == HL_KEY_NONE) {
        unknown_key(text, name, why);
        return HL_KEY_NONE;
    }
    if (code < HL_KEY_NAMED && bits & HL_KEY_SHIFT) {
        snprintf(why, HL_KEYMAP_WHY, _("%.80s: S- goes with named keys; a character has its shift"),
                 text);
        return HL_KEY_NONE;
    }
    if (bits & HL_KEY_CTRL && code < 0x80) /* as terminals send it */
        code = (uint32_t)lower((char)code);
    return bits | code;
}

/* The keys that do a row's action: its own that nobody took, then those bound to it. */
static size_t keys_in_force(const struct hl_keymap *map, const struct hl_keymap_row *row,
                            uint32_t out[static HL_KEYMAP_IN_FORCE])
{
    size_t count = 0;
    for (size_t i = 0; row->keys[i] != HL_KEY_NONE; i++) {
        const struct hl_keymap_bind *bind = bind_of(map, row->keys[i]);
        if (bind == NULL || row->contexts & ~contexts_of(bind->action))
            out[count++] = row->keys[i];
    }
    if (row != row_of(row->action))
        return count; /* what was bound stands with the first row of an action */
    for (size_t i = 0; map != NULL && i < map->count && count < HL_KEYMAP_IN_FORCE; i++)
        if (map->binds[i].action == row->action && !has_key(row, map->binds[i].key))
            out[count++] = map->binds[i].key;
    return count;
}

size_t hl_keymap_names(const struct hl_keymap *map, const struct hl_keymap_row *row,
                       char out[static HL_KEYMAP_TEXT])
{
    enum { LISTED_MAX = 4 };
    char name[HL_KEYMAP_TEXT];
    uint32_t keys[HL_KEYMAP_IN_FORCE];
    size_t count = keys_in_force(map, row, keys);
    bool run = count > LISTED_MAX && row->keys[LISTED_MAX] != HL_KEY_NONE;
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i += run ? count - 1 : 1) {
        const char *between = i == 0 ? "" : run ? " .. " : ", ";
        if (at + strlen(between) + hl_keymap_name(keys[i], name) >= HL_KEYMAP_TEXT)
            break;
        at = append(out, at, between);
        at = append(out, at, name);
    }
    return at;
}
