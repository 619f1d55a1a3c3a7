/* SPDX-License-Identifier: MIT */
/* How the screen is divided into panes: a binary tree whose leaves are panes.
 *
 * A pane keeps its number (of its leaf) as long as it lives, whatever is split or closed around it.
 * Ratios, not sizes, are kept, so that a screen that shrinks and grows again looks as before; sizes
 * come from hl_splits_place(), which hides panes that do not fit, whole, but never the focused one.
 * Values only: no memory is asked for. Pure; any thread. */
#ifndef HL_SPLITS_H
#define HL_SPLITS_H

#include "frame.h"

enum hl_splits_limits {
    HL_SPLITS_MAX = 16, /* panes */
    HL_SPLITS_NODES = 2 * HL_SPLITS_MAX - 1,
    HL_SPLITS_WHOLE = 10000, /* a ratio of 1 */
    HL_SPLITS_ROWS = 3,      /* the smallest pane, its title included */
    HL_SPLITS_COLS = 16,
    HL_SPLITS_TEXT = 512, /* bytes with NUL that hold any layout as text */
};

enum hl_split_kind {
    HL_SPLIT_FREE,   /* an unused node */
    HL_SPLIT_PANE,   /* a leaf */
    HL_SPLIT_BESIDE, /* the second one to the right of the first, a rule of one column between */
    HL_SPLIT_BELOW,  /* the second one below the first; its title row divides them */
};

enum hl_side {
    HL_SIDE_LEFT,
    HL_SIDE_RIGHT,
    HL_SIDE_UP,
    HL_SIDE_DOWN,
};

struct hl_split_node {
    uint8_t kind; /* enum hl_split_kind */
    uint8_t parent, child[2];
    uint16_t ratio; /* what the first child has, of HL_SPLITS_WHOLE */
    uint32_t conv;  /* PANE: the conversation in it */
};

struct hl_splits {
    struct hl_split_node nodes[HL_SPLITS_NODES];
    uint8_t root, focus;
    bool zoomed; /* the focused pane has all */
};

/* Where everything is. */
struct hl_splits_map {
    struct hl_rect at[HL_SPLITS_NODES]; /* cols 0: hidden, or an unused node */
    size_t shown;                       /* panes */
};

/* One pane with conversation conv. */
void hl_splits_init(struct hl_splits *s, uint32_t conv);
size_t hl_splits_count(const struct hl_splits *s);
/* The pane after this one in reading order, from the last one to the first. step: 1 or -1. */
unsigned hl_splits_step(const struct hl_splits *s, unsigned pane, int step);
static inline bool hl_splits_is_pane(const struct hl_splits *s, unsigned node)
{
    return node < HL_SPLITS_NODES && s->nodes[node].kind == HL_SPLIT_PANE;
}

/* Divides the focused pane into two equal ones with the same conversation. The number of the new
 * one, which is not focused; -1 if there are too many. kind: BESIDE or BELOW. */
int hl_splits_split(struct hl_splits *s, enum hl_split_kind kind);
/* Its neighbour takes its room, and the focus if it had it. False: it is the only one. */
bool hl_splits_close(struct hl_splits *s, unsigned pane);
/* Closes all but the focused one. */
void hl_splits_only(struct hl_splits *s);

void hl_splits_place(const struct hl_splits *s, const struct hl_rect *area,
                     struct hl_splits_map *map);
/* The pane on that side of the focused one, as they stand in map; -1 if there is none. */
int hl_splits_toward(const struct hl_splits *s, const struct hl_splits_map *map, enum hl_side side);
/* The focused pane gets cells more (or less) columns or rows, as they stand in map, from the pane
 * beside (or below) it. False if there is no such edge, or it cannot move. */
bool hl_splits_resize(struct hl_splits *s, const struct hl_splits_map *map, enum hl_split_kind kind,
                      int cells);
/* The split whose edge is there: the rule between two sides, the first row of the lower part; -1 if
 * there is none. */
int hl_splits_edge(const struct hl_splits *s, const struct hl_splits_map *map, int row, int col);
/* Moves that edge there, as far as it can go. False: it stays. */
bool hl_splits_move(struct hl_splits *s, const struct hl_splits_map *map, unsigned node, int row,
                    int col);
/* All panes along an edge get the same. */
void hl_splits_equalise(struct hl_splits *s);

/* One line of text: "|5000[1 -2500[*2 0]]" is pane 1 at the left, the focused pane 2 above 0 at the
 * right; a Z before it means zoomed. Returns its length. */
size_t hl_splits_print(const struct hl_splits *s, char out[static HL_SPLITS_TEXT]);
/* False, and *s is as it was, if the text is not exactly what print() makes. */
bool hl_splits_parse(struct hl_splits *s, const char *text);

#endif
