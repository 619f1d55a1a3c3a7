/* SPDX-License-Identifier: MIT */
/* A hullo: link that somebody has mailed, and one made of any key and address. What is taken as a
 * link is written again as it was, but for the case of the key; and of a link that was written no
 * character of the key can be another with the key still the same. */
#include "fuzz.h"
#include "link.h"

#include <ctype.h>
#include <strings.h>

enum {
    HEAD = 6 + HL_LINK_KEY, /* the scheme and the key */
    TEXT_MAX = 512,
};

static void read_any(const char *text)
{
    char again[HL_LINK_MAX];
    struct hl_link link;
    const char *why = hl_link_parse(text, &link);

    if (why) {
        FUZZ_CHECK(*why);
        return;
    }
    FUZZ_CHECK(hl_link_is(text));
    FUZZ_CHECK(memchr(link.address, '\0', sizeof link.address));
    hl_link_format(&link, again);
    FUZZ_CHECK(strncasecmp(text, again, HEAD) == 0 && strcmp(text + HEAD, again + HEAD) == 0);
}

/* place chooses the character, and what it becomes. */
static void mistype(const char *text, const struct hl_link *link, unsigned place)
{
    char slip[HL_LINK_MAX];
    struct hl_link other;
    char *c = &slip[6 + place % HL_LINK_KEY];

    memcpy(slip, text, sizeof slip);
    *c = (char)(1 + place / HL_LINK_KEY % 127);
    if (tolower((unsigned char)*c) == tolower((unsigned char)text[c - slip]))
        return;
    FUZZ_CHECK(hl_link_parse(slip, &other) || memcmp(other.key, link->key, sizeof other.key) != 0);
}

static void write_one(const char *text, size_t len)
{
    char formatted[HL_LINK_MAX] = "";
    struct hl_link link = {.address = ""};
    struct hl_link again;

    if (len < sizeof link.key || strlen(text + sizeof link.key) >= sizeof link.address)
        return;
    memcpy(link.key, text, sizeof link.key);
    hl_link_format(&link, formatted);
    FUZZ_CHECK(hl_link_parse(formatted, &again) == NULL);
    FUZZ_CHECK(memcmp(&link, &again, sizeof link) == 0);
    mistype(formatted, &link, (unsigned)(uint8_t)text[0] << 8 | (uint8_t)text[1]);
    strcpy(link.address, text + sizeof link.key);
    hl_link_format(&link, formatted);
    read_any(formatted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char text[TEXT_MAX + 1] = "";

    if (len > TEXT_MAX)
        return 0;
    memcpy(text, data, len);
    read_any(text);
    write_one(text, len);
    return 0;
}
