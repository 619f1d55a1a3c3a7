/* SPDX-License-Identifier: MIT */
/* Words of a text, as a search compares them: case folded, compatibility forms resolved, without
 * the accents of Latin, Greek and Cyrillic, the vowel points of Hebrew and Arabic. In scripts that
 * put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese), and of emoji, each
 * character is a word, so that any part of a text is found as a phrase. Pure. */
#ifndef HL_WORDS_H
#define HL_WORDS_H

#include "bytes.h"

#include <stdbool.h>

enum {
    HL_WORDS_VERSION = 2,   /* of all this; an index that was made by another one is made anew */
    HL_WORDS_BEGINNING = 3, /* characters; beginnings of words up to this length are indexed */
    HL_WORDS_PAIR = 0x1f,   /* in the index: between two characters that are words, and behind the
                             * last of several. No part of a word. */
    HL_WORD_MAX = 120,      /* bytes; what is longer is cut */
    HL_WORDS_FOLDED = 32,   /* code points that one can become, and more */
};

struct hl_words {
    struct hl_bytes text;
    size_t at, next; /* the code point that is looked at begins and ends there */
    int32_t folded[HL_WORDS_FOLDED];
    int folded_at, folded_count;

    char word[HL_WORD_MAX];
    size_t len;
    size_t from, to; /* where it stands in the text */
    bool alone;      /* one character, of a script without spaces */
};

void hl_words_init(struct hl_words *w, struct hl_bytes text);
/* The next word; false: no more. Invalid UTF-8 is a space. */
bool hl_words_next(struct hl_words *w);

#endif
