/* SPDX-License-Identifier: MIT */
#include "mention.h"

#include <string.h>

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* A byte of a word: letters of other scripts are beyond ASCII. */
static bool in_word(char c)
{
    unsigned char f = fold(c);

    return (f >= 'a' && f <= 'z') || (f >= '0' && f <= '9') || f == '_' || f >= 0x80;
}

static bool matches(const char *text, const char *name, size_t len)
{
    size_t i = 0;

    while (i < len && fold(text[i]) == fold(name[i]))
        i++;
    return i == len;
}

bool hl_mention(const char *text, size_t len, const char *name)
{
    size_t size = name != NULL ? strlen(name) : 0;

    if (size == 0 || size > len)
        return false;
    for (size_t at = 0; at + size <= len; at++) {
        if (fold(text[at]) != fold(name[0]))
            continue; /* lines are many, and few have a name in them */
        bool begins = at == 0 || !in_word(text[at - 1]) || !in_word(name[0]);
        bool ends = at + size == len || !in_word(text[at + size]) || !in_word(name[size - 1]);
        if (begins && ends && matches(text + at, name, size))
            return true;
    }
    return false;
}
