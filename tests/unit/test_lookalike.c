/* SPDX-License-Identifier: MIT */
/* Names that imitate others are found, and names that merely exist are left alone. */
#include "lookalike.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *a, *b;
    bool alike;
} pairs[] = {
    {"alice", "alice", true},
    {"alice", "Alice", true},
    {"alice", "ALICE", true},
    {"alice", "aliсe", true}, /* Cyrillic es */
    {"alice", "аlісе", true}, /* all but one letter */
    {"PAUL", "РАUL", true},   /* Cyrillic capitals */
    {"paul", "РАUL", true},   /* and case */
    {"Nick", "Νick", true},   /* Greek capital nu */
    {"vera", "νera", true},   /* the small one */
    {"ΝΙΚΟΣ", "νικος", true}, /* case in Greek, both sigmas */
    {"Bob", "B0b", true},     /* digit */
    {"bill", "bi11", true},   /* digits */
    {"Ian", "lan", true},     /* capital i, small l */
    {"ian", "1an", true},
    {"tom", "torn", true}, /* two letters as one */
    {"will", "vvill", true},
    {"paul", "pa\u200bul", true},       /* zero width space */
    {"paul", "pau\u00adl", true},       /* soft hyphen */
    {"paul", "\u202epaul\u202c", true}, /* overrides */
    {"paul",
     "p\xef\xbb\xbf"
     "aul",
     true},                                  /* byte order mark */
    {"paul", "ｐａｕｌ", true},              /* full width */
    {"paul", "𝐩𝖺𝓾𝙡", true},                  /* mathematical */
    {"paul smith", "paul\u00a0smith", true}, /* spaces */
    {"paul smith", "paul \u2003 smith", true},
    {"paul", " paul ", true},
    {"jose", "josé", true}, /* accents, in both forms */
    {"jose", "jose\u0301", true},
    {"anne-marie", "anne\u2011marie", true},
    {"o'neill", "o’neill", true},
    {"straße", "STRASSE", true},
    {"", "", false},
    {"\u200b", "\u200b\u200b", false}, /* nothing to see */
    {"alice", "bob", false},
    {"alice", "alicia", false},
    {"anna", "hanna", false},
    {"paul smith", "paulsmith", false},
    {"राम", "रमा", false}, /* vowel signs make the word */
    {"你好", "世界", false},
    {"host2", "host3", false},
    {"Ольга", "olga", false}, /* another script is no crime */
};

Test(lookalike, pairs)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        cr_assert_eq(hl_lookalike_names(pairs[i].a, pairs[i].b), pairs[i].alike, "row %zu: %s %s",
                     i, pairs[i].a, pairs[i].b);
        cr_assert_eq(hl_lookalike_names(pairs[i].b, pairs[i].a), pairs[i].alike, "row %zu", i);
    }
}

Test(lookalike, what_is_not_utf8_counts_byte_by_byte)
{
    cr_assert(hl_lookalike_names("a\xff", "A\xfe"));
    cr_assert_not(hl_lookalike_names("a\xff", "a\xff\xff"));
}

Test(lookalike, long_names_stay_within_bounds)
{
    struct hl_lookalike form;
    char name[400];

    /* U+FDFA becomes eighteen letters. */
    for (size_t i = 0; i + 4 <= sizeof name; i += 3)
        memcpy(name + i, "\xef\xb7\xba", 4);
    hl_lookalike_of(&form, name);
    cr_assert_lt(strlen(form.as_written), HL_LOOKALIKE_MAX);
    cr_assert_gt(strlen(form.as_written), HL_LOOKALIKE_MAX - 8);
    memset(name, 'm', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    hl_lookalike_of(&form, name);
    cr_assert_lt(strlen(form.in_lower_case), HL_LOOKALIKE_MAX);
}

Test(lookalike, any_bytes)
{
    struct hl_lookalike form;
    char name[64];

    srand(1);
    for (int round = 0; round < 100000; round++) {
        size_t len = (size_t)rand() % (sizeof name - 1);

        for (size_t i = 0; i < len; i++)
            name[i] = (char)(1 + rand() % 255);
        name[len] = '\0';
        hl_lookalike_of(&form, name);
        cr_assert(hl_lookalike_match(&form, &form) || !*form.as_written);
    }
}
