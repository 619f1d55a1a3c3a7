/* SPDX-License-Identifier: MIT */
/* Fifty strings that terminals and editors get wrong, as people type them, with the number of
 * grapheme clusters (UAX #29, Unicode 15) and the columns after the display filter. */
#ifndef HL_HARD_STRINGS_H
#define HL_HARD_STRINGS_H

#include <stddef.h>

static const struct hard_string {
    const char *what, *text;
    size_t clusters, columns;
} hard_strings[] = {
    {"ASCII", "hello", 5, 5},
    {"Latin-1", "na\u00efve caf\u00e9", 10, 10},
    {"combining acute", "cafe\u0301", 4, 4},
    {"two marks on one letter", "a\u0323\u0302", 1, 1},
    {"Vietnamese, decomposed", "Tie\u0302\u0301ng Vie\u0323\u0302t", 10, 10},
    {"Zalgo", "H\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308i", 2, 2},
    {"Chinese", "你好，世界", 5, 10},
    {"Chinese beyond the BMP", "𠀀𠀁", 2, 4},
    {"Japanese, three scripts", "日本語カタカナひらがな", 11, 22},
    {"halfwidth katakana with mark", "ｶﾞ", 1, 2},
    {"dakuten, decomposed", "か\u3099", 1, 2},
    {"fullwidth Latin", "ＡＢＣ", 3, 6},
    {"Korean", "한국어", 3, 6},
    {"jamo", "\u1112\u1161\u11ab", 1, 2},
    {"jamo, two syllables", "\u1100\u1161\u1102\u1161", 2, 4},
    {"emoji", "😀", 1, 2},
    {"emoji in text", "a😀b", 3, 4},
    {"heart with VS16", "\u2764\ufe0f", 1, 1},
    {"snowman with VS15", "\u2603\ufe0e", 1, 1},
    {"keycap", "1\ufe0f\u20e3", 1, 1},
    {"skin tone", "👍🏽", 1, 4},
    {"family", "👨\u200d👩\u200d👧\u200d👦", 1, 8},
    {"couple with heart", "👩\u200d\u2764\ufe0f\u200d👩", 1, 5},
    {"profession with skin tone", "👩🏿\u200d🚀", 1, 6},
    {"rainbow flag", "🏳\ufe0f\u200d🌈", 1, 3},
    {"flag", "🇩🇪", 1, 2},
    {"two flags", "🇩🇪🇫🇷", 2, 4},
    {"a flag and a half", "🇩🇪🇫", 2, 3},
    {"flag of Scotland, by tags",
     "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 1, 2},
    {"Devanagari", "नमस्ते", 4, 4},
    {"Devanagari with a spacing vowel", "कि", 1, 2},
    {"Tamil", "தமிழ்", 3, 4},
    {"Bengali", "বাংলা", 2, 5},
    {"Thai", "สวัสดี", 4, 4},
    {"Thai with sara am", "น้ำ", 1, 2},
    {"Lao", "ສະບາຍດີ", 6, 6},
    {"Khmer", "ខ្មែរ", 3, 4},
    {"Burmese", "မြန်မာ", 4, 5},
    {"Tibetan", "བོད", 2, 2},
    {"Arabic", "مرحبا", 5, 5},
    {"Arabic with vowel marks", "مَرْحَبًا", 5, 5},
    {"Persian with ZWNJ", "می\u200cخواهم", 7, 7},
    {"Hebrew with points", "שָׁלוֹם", 4, 4},
    {"mixed directions", "abc שלום 123", 12, 12},
    {"override", "a\u202ebc\u202c", 5, 3},
    {"Greek with marks", "ᾳ\u0313", 1, 1},
    {"Cyrillic", "Привет", 6, 6},
    {"soft hyphen", "co\u00adop", 5, 4},
    {"ideographic space", "a\u3000b", 3, 4},
    {"box drawing", "┌─┐", 3, 3},
};

enum { HARD_STRINGS = sizeof hard_strings / sizeof hard_strings[0] };

#endif
