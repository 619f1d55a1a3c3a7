/* SPDX-License-Identifier: MIT */
#include "splits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    NONE = UINT8_MAX,
    RATIO_DIGITS = 5,
    CONV_DIGITS = 10,
};

/* Columns or rows, according to how a split divides. */
static int extent(const struct hl_rect *r, int kind)
{
    return kind == HL_SPLIT_BESIDE ? r->cols : r->rows;
}

static int rule(int kind)
{
    return kind == HL_SPLIT_BESIDE;
}

static int least(int kind)
{
    return kind == HL_SPLIT_BESIDE ? HL_SPLITS_COLS : HL_SPLITS_ROWS;
}

void hl_splits_init(struct hl_splits *s, uint32_t conv)
{
    *s = (struct hl_splits){
        .nodes[0] = {.kind = HL_SPLIT_PANE, .parent = NONE, .child = {NONE, NONE}, .conv = conv}};
}

size_t hl_splits_count(const struct hl_splits *s)
{
    size_t count = 0;

    for (unsigned i = 0; i < HL_SPLITS_NODES; i++)
        count += s->nodes[i].kind == HL_SPLIT_PANE;
    return count;
}

static unsigned edge_pane(const struct hl_splits *s, unsigned node, int which)
{
    while (s->nodes[node].kind != HL_SPLIT_PANE)
        node = s->nodes[node].child[which];
    return node;
}

unsigned hl_splits_step(const struct hl_splits *s, unsigned pane, int step)
{
    int from = step > 0 ? 0 : 1; /* the child we must come from for there to be one further on */

    for (unsigned at = pane; s->nodes[at].parent != NONE; at = s->nodes[at].parent) {
        const struct hl_split_node *up = &s->nodes[s->nodes[at].parent];
        if (up->child[from] == at)
            return edge_pane(s, up->child[!from], from);
    }
    return edge_pane(s, s->root, from);
}

/* ---- splitting and closing ---- */

static unsigned free_node(const struct hl_splits *s)
{
    unsigned i = 0;

    while (i < HL_SPLITS_NODES && s->nodes[i].kind != HL_SPLIT_FREE)
        i++;
    return i;
}

/* Puts node where old is in the tree. */
static void replace(struct hl_splits *s, unsigned old, unsigned node)
{
    unsigned parent = s->nodes[old].parent;

    s->nodes[node].parent = (uint8_t)parent;
    if (parent == NONE)
        s->root = (uint8_t)node;
    else
        s->nodes[parent].child[s->nodes[parent].child[1] == old] = (uint8_t)node;
}

int hl_splits_split(struct hl_splits *s, enum hl_split_kind kind)
{
    unsigned pane = s->focus;
    unsigned inner = free_node(s);

    if (hl_splits_count(s) == HL_SPLITS_MAX)
        return -1;
    replace(s, pane, inner);
    s->nodes[inner].kind = (uint8_t)kind;
    s->nodes[inner].ratio = HL_SPLITS_WHOLE / 2;
    unsigned added = free_node(s);
    s->nodes[added] = s->nodes[pane];
    s->nodes[pane].parent = s->nodes[added].parent = (uint8_t)inner;
    s->nodes[inner].child[0] = (uint8_t)pane;
    s->nodes[inner].child[1] = (uint8_t)added;
    s->zoomed = false;
    return (int)added;
}

bool hl_splits_close(struct hl_splits *s, unsigned pane)
{
    if (!hl_splits_is_pane(s, pane) || s->nodes[pane].parent == NONE)
        return false;
    unsigned inner = s->nodes[pane].parent;
    bool second = s->nodes[inner].child[1] == pane;
    unsigned other = s->nodes[inner].child[!second];
    replace(s, inner, other);
    s->nodes[inner].kind = s->nodes[pane].kind = HL_SPLIT_FREE;
    if (s->focus == pane)
        s->focus = (uint8_t)edge_pane(s, other, second);
    s->zoomed = false;
    return true;
}

void hl_splits_only(struct hl_splits *s)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        if (i != s->focus)
            (void)hl_splits_close(s, i);
    }
    s->zoomed = false;
}

/* ---- sizes ---- */

/* What a subtree wants at least along one axis so that all of it is seen. */
static int need(const struct hl_splits *s, unsigned node, int axis)
{
    const struct hl_split_node *n = &s->nodes[node];

    if (n->kind == HL_SPLIT_PANE)
        return least(axis);
    int a = need(s, n->child[0], axis);
    int b = need(s, n->child[1], axis);
    return n->kind == axis ? a + rule(axis) + b : a > b ? a : b;
}

static bool contains(const struct hl_splits *s, unsigned node, unsigned pane)
{
    for (; pane != NONE; pane = s->nodes[pane].parent) {
        if (pane == node)
            return true;
    }
    return false;
}

/* Whether one of the two children must go. */
static bool is_crowded(const struct hl_split_node *n, const struct hl_rect *r)
{
    return extent(r, n->kind) - rule(n->kind) < 2 * least(n->kind) || r->rows < HL_SPLITS_ROWS ||
           r->cols < HL_SPLITS_COLS;
}

/* Cells of the first child, when there is room for both. */
static int first_extent(const struct hl_splits *s, const struct hl_split_node *n,
                        const struct hl_rect *r)
{
    int room = extent(r, n->kind) - rule(n->kind);
    int a = need(s, n->child[0], n->kind);
    int b = need(s, n->child[1], n->kind);

    if (a + b > room) /* something will be hidden inside of one or both */
        a = b = least(n->kind);
    int first = (int)(((int64_t)room * n->ratio + HL_SPLITS_WHOLE / 2) / HL_SPLITS_WHOLE);
    return first < a ? a : first > room - b ? room - b : first;
}

static void place(const struct hl_splits *s, unsigned node, const struct hl_rect *r,
                  struct hl_splits_map *map)
{
    const struct hl_split_node *n = &s->nodes[node];
    struct hl_rect a = *r;
    struct hl_rect b = *r;

    map->at[node] = *r;
    if (n->kind == HL_SPLIT_PANE) {
        map->shown++;
        return;
    }
    if (is_crowded(n, r)) {
        place(s, n->child[contains(s, n->child[1], s->focus)], r, map);
        return;
    }
    int first = first_extent(s, n, r);
    if (n->kind == HL_SPLIT_BESIDE) {
        a.cols = first;
        b.col += first + 1;
        b.cols -= first + 1;
    } else {
        a.rows = first;
        b.row += first;
        b.rows -= first;
    }
    place(s, n->child[0], &a, map);
    place(s, n->child[1], &b, map);
}

void hl_splits_place(const struct hl_splits *s, const struct hl_rect *area,
                     struct hl_splits_map *map)
{
    *map = (struct hl_splits_map){.shown = 0};
    place(s, s->zoomed ? s->focus : s->root, area, map);
}

/* How many cells two ranges have in common. */
static int overlap(int a, int a_len, int b, int b_len)
{
    int from = a > b ? a : b;
    int to = a + a_len < b + b_len ? a + a_len : b + b_len;

    return to - from;
}

/* Cells between a pane and the one on that side of it; negative if it is not there. */
static int distance(const struct hl_rect *from, const struct hl_rect *to, enum hl_side side)
{
    switch (side) {
    case HL_SIDE_LEFT:
        return from->col - (to->col + to->cols);
    case HL_SIDE_RIGHT:
        return to->col - (from->col + from->cols);
    case HL_SIDE_UP:
        return from->row - (to->row + to->rows);
    case HL_SIDE_DOWN:
        return to->row - (from->row + from->rows);
    }
    return -1;
}

int hl_splits_toward(const struct hl_splits *s, const struct hl_splits_map *map, enum hl_side side)
{
    const struct hl_rect *from = &map->at[s->focus];
    bool across = side == HL_SIDE_LEFT || side == HL_SIDE_RIGHT;
    int best = -1;
    int best_common = 0;

    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        const struct hl_rect *to = &map->at[i];
        int gap = distance(from, to, side);
        if (!hl_splits_is_pane(s, i) || to->cols == 0 || gap < 0 || gap > 1)
            continue;
        int common = across ? overlap(from->row, from->rows, to->row, to->rows)
                            : overlap(from->col, from->cols, to->col, to->cols);
        if (common > best_common) {
            best = (int)i;
            best_common = common;
        }
    }
    return best;
}

/* Gives the first part so many cells, as far as there is room for both. */
static bool set_first(struct hl_splits *s, const struct hl_splits_map *map, unsigned node,
                      int first)
{
    struct hl_split_node *n = &s->nodes[node];
    int room = extent(&map->at[node], n->kind) - rule(n->kind);
    int had = extent(&map->at[n->child[0]], n->kind);
    int a = need(s, n->child[0], n->kind);
    int b = need(s, n->child[1], n->kind);

    if (room < a + b || had < a || had > room - b)
        return false;
    first = first < a ? a : first > room - b ? room - b : first;
    n->ratio = (uint16_t)(((int64_t)first * HL_SPLITS_WHOLE + room / 2) / room);
    return first != had;
}

int hl_splits_edge(const struct hl_splits *s, const struct hl_splits_map *map, int row, int col)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        const struct hl_split_node *n = &s->nodes[i];
        const struct hl_rect *r = &map->at[i];
        if ((n->kind != HL_SPLIT_BESIDE && n->kind != HL_SPLIT_BELOW) || row < r->row ||
            row >= r->row + r->rows || col < r->col || col >= r->col + r->cols ||
            map->at[n->child[0]].cols == 0 || map->at[n->child[1]].cols == 0)
            continue;
        const struct hl_rect *second = &map->at[n->child[1]];
        if (n->kind == HL_SPLIT_BESIDE ? col == second->col - 1 : row == second->row)
            return (int)i;
    }
    return -1;
}

bool hl_splits_move(struct hl_splits *s, const struct hl_splits_map *map, unsigned node, int row,
                    int col)
{
    bool beside = node < HL_SPLITS_NODES && s->nodes[node].kind == HL_SPLIT_BESIDE;

    if (!beside && (node >= HL_SPLITS_NODES || s->nodes[node].kind != HL_SPLIT_BELOW))
        return false;
    return set_first(s, map, node, beside ? col - map->at[node].col : row - map->at[node].row);
}

bool hl_splits_resize(struct hl_splits *s, const struct hl_splits_map *map, enum hl_split_kind kind,
                      int cells)
{
    unsigned at = s->focus;

    while (s->nodes[at].parent != NONE && s->nodes[s->nodes[at].parent].kind != kind)
        at = s->nodes[at].parent;
    if (s->nodes[at].parent == NONE || s->zoomed)
        return false;
    unsigned split = s->nodes[at].parent;
    const struct hl_split_node *n = &s->nodes[split];
    int had = extent(&map->at[n->child[0]], n->kind);
    return set_first(s, map, split, had + (n->child[0] == at ? cells : -cells));
}

/* Panes along an axis. */
static unsigned along(const struct hl_splits *s, unsigned node, int axis)
{
    const struct hl_split_node *n = &s->nodes[node];

    if (n->kind == HL_SPLIT_PANE)
        return 1;
    unsigned a = along(s, n->child[0], axis);
    unsigned b = along(s, n->child[1], axis);
    return n->kind == axis ? a + b : a > b ? a : b;
}

void hl_splits_equalise(struct hl_splits *s)
{
    for (unsigned i = 0; i < HL_SPLITS_NODES; i++) {
        struct hl_split_node *n = &s->nodes[i];
        if (n->kind != HL_SPLIT_BESIDE && n->kind != HL_SPLIT_BELOW)
            continue;
        unsigned a = along(s, n->child[0], n->kind);
        unsigned b = along(s, n->child[1], n->kind);
        n->ratio = (uint16_t)(HL_SPLITS_WHOLE * a / (a + b));
    }
}

/* ---- as text ---- */

static size_t print(const struct hl_splits *s, unsigned node, char *out, size_t cap)
{
    const struct hl_split_node *n = &s->nodes[node];

    if (n->kind == HL_SPLIT_PANE)
        return (size_t)snprintf(out, cap, "%s%" PRIu32, node == s->focus ? "*" : "", n->conv);
    size_t len = (size_t)snprintf(out, cap, "%c%u[", n->kind == HL_SPLIT_BESIDE ? '|' : '-',
                                  (unsigned)n->ratio);
    len += print(s, n->child[0], out + len, cap - len);
    out[len++] = ' ';
    len += print(s, n->child[1], out + len, cap - len);
    out[len++] = ']';
    out[len] = '\0';
    return len;
}

_Static_assert(HL_SPLITS_MAX *(CONV_DIGITS + 1) + (HL_SPLITS_MAX - 1) * (RATIO_DIGITS + 4) + 2 <
                   HL_SPLITS_TEXT,
               "every layout fits");

size_t hl_splits_print(const struct hl_splits *s, char out[static HL_SPLITS_TEXT])
{
    size_t at = 0;

    if (s->zoomed)
        out[at++] = 'Z';
    return at + print(s, s->root, out + at, HL_SPLITS_TEXT - at);
}

struct parser {
    struct hl_splits *s;
    const char *at;
    unsigned panes, focused;
};

/* A number without sign, blank or leading zero. */
static bool parse_number(struct parser *p, size_t digits, uint64_t max, uint64_t *out)
{
    size_t len = strspn(p->at, "0123456789");

    if (len == 0 || len > digits || (len > 1 && *p->at == '0'))
        return false;
    *out = 0;
    for (; len > 0; len--)
        *out = *out * 10 + (uint64_t)(*p->at++ - '0');
    return *out <= max;
}

static bool parse_char(struct parser *p, char c)
{
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

/* Nodes are only ever added while there is room for another pane, so depth is bounded too. */
static bool parse_node(struct parser *p, unsigned parent, unsigned *out)
{
    unsigned node = *out = free_node(p->s);
    uint64_t number;

    if (node == HL_SPLITS_NODES)
        return false;
    struct hl_split_node *n = &p->s->nodes[node];
    *n = (struct hl_split_node){
        .kind = HL_SPLIT_PANE, .parent = (uint8_t)parent, .child = {NONE, NONE}};
    bool beside = parse_char(p, '|');
    if (!beside && !parse_char(p, '-')) {
        if (parse_char(p, '*')) {
            p->s->focus = (uint8_t)node;
            p->focused++;
        }
        bool ok = ++p->panes <= HL_SPLITS_MAX && parse_number(p, CONV_DIGITS, UINT32_MAX, &number);
        n->conv = ok ? (uint32_t)number : 0;
        return ok;
    }
    n->kind = beside ? HL_SPLIT_BESIDE : HL_SPLIT_BELOW;
    if (!parse_number(p, RATIO_DIGITS, HL_SPLITS_WHOLE, &number) || !parse_char(p, '['))
        return false;
    n->ratio = (uint16_t)number;
    for (int i = 0; i < 2; i++) {
        unsigned child;
        if (!parse_node(p, node, &child) || !parse_char(p, i == 0 ? ' ' : ']'))
            return false;
        n->child[i] = (uint8_t)child;
    }
    return true;
}

bool hl_splits_parse(struct hl_splits *s, const char *text)
{
    struct hl_splits made = {.root = 0};
    struct parser p = {.s = &made, .at = text};
    unsigned root;

    made.zoomed = parse_char(&p, 'Z');
    if (!parse_node(&p, NONE, &root) || *p.at != '\0' || p.focused != 1)
        return false;
    made.root = (uint8_t)root;
    *s = made;
    return true;
}
