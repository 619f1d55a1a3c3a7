/* SPDX-License-Identifier: MIT */
/* What is known of the spelling of words, and which parts of a text are words to be checked at all.
 * A program outside knows the language (src/speller.h); here stands what it said. Pure. */
#ifndef HL_SPELL_H
#define HL_SPELL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_SPELL_WORD = 64,    /* bytes with NUL of a word that is checked */
    HL_SPELL_WORDS = 1024, /* words that are remembered; then all are forgotten */
};

/* The words of a text, one after the other. What people write without spaces between words, and
 * what is no prose (addresses, paths, names with @, numbers, :emoji:) is left out.
 *
 *     struct hl_spell_walk w = {.text = text, .len = len};
 *     while (hl_spell_walk(&w))
 *         check(w.text + w.from, w.to - w.from);
 */
struct hl_spell_walk {
    const char *text; /* valid UTF-8 */
    size_t len;
    size_t from, to; /* the word */
    size_t end;      /* of the piece between blanks that it is part of */
};
bool hl_spell_walk(struct hl_spell_walk *w);

enum hl_spelling {
    HL_SPELLING_UNKNOWN,
    HL_SPELLING_ASKED,
    HL_SPELLING_GOOD,
    HL_SPELLING_BAD,
};

struct hl_spell;

struct hl_spell *hl_spell_new(void); /* NULL: no memory */
void hl_spell_free(struct hl_spell *s);

enum hl_spelling hl_spell_of(const struct hl_spell *s, const char *word, size_t len);
/* Words to take instead, with ", " between them; "" = none are known. */
const char *hl_spell_near(const struct hl_spell *s, const char *word, size_t len);
/* Without memory the word stays unknown. near may be NULL. */
void hl_spell_set(struct hl_spell *s, const char *word, size_t len, enum hl_spelling spelling,
                  const char *near);

#endif
