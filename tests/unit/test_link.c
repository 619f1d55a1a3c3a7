/* SPDX-License-Identifier: MIT */
/* hullo: links: one spelling of each key, and every slip of a finger is noticed. */
#include "link.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The key 00 01 02 ... 1f; computed with Python's hashlib and base64. */
#define KEY "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp54sfy"

static uint8_t counting[HL_CONTACT_KEY];

static void set_up(void)
{
    for (size_t i = 0; i < sizeof counting; i++)
        counting[i] = (uint8_t)i;
}

TestSuite(link, .init = set_up);

static const struct {
    const char *text;
    const char *address;
} good[] = {
    {"hullo:" KEY, ""},
    {"HULLO:AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYP54SFY", ""},
    {"Hullo:" KEY "@bob.local", "bob.local"},
    {"hullo:" KEY "@bob.local:4855", "bob.local:4855"},
    {"hullo:" KEY "@192.0.2.1:7000", "192.0.2.1:7000"},
    {"hullo:" KEY "@[2001:db8::1]:4855", "[2001:db8::1]:4855"},
    {"hullo:" KEY "@tcp://bob.local:80", "tcp://bob.local:80"},
    {"hullo:" KEY "@unix:/tmp/a@b", "unix:/tmp/a@b"},
};

Test(link, read)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct hl_link link;
        const char *why = hl_link_parse(good[i].text, &link);

        cr_assert_null(why, "%s: %s", good[i].text, why);
        cr_assert(hl_link_is(good[i].text));
        cr_assert_arr_eq(link.key, counting, sizeof counting);
        cr_assert_str_eq(link.address, good[i].address);
    }
}

static const struct {
    const char *text;
    const char *why;
} bad[] = {
    {"", "begins with hullo:"},
    {"hullo", "begins with hullo:"},
    {"http:" KEY, "begins with hullo:"},
    {"hullo:", "missing"},
    {"hullo:@bob.local", "missing"},
    {"hullo:aaaq@bob.local", "missing"},
    {"hullo:" KEY "a", "too many"},
    {"hullo:" KEY "/", "letters a to z"},
    {"hullo://" KEY, "letters a to z"},
    {"hullo:0aaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp54sfy", "letters a to z"},
    {"hullo:baaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp54sfy", "mistyped"},
    {"hullo:" KEY "@", "not an address"},
    {"hullo:" KEY "@bob.local:0", "port must be"},
    {"hullo:" KEY "@010.0.0.1", "IPv4"},
    {"hullo:" KEY "@a b", "not a host name"},
};

Test(link, refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hl_link link;
        const char *why = hl_link_parse(bad[i].text, &link);

        cr_assert_not_null(why, "%s", bad[i].text);
        cr_assert_not_null(strstr(why, bad[i].why), "%s: %s", bad[i].text, why);
    }
}

Test(link, address_too_long)
{
    char text[HL_LINK_MAX + 100] = "hullo:" KEY "@unix:/";
    struct hl_link link;
    size_t len = strlen(text);

    memset(text + len, 'a', HL_CONTACT_ADDRESS);
    text[len + HL_CONTACT_ADDRESS] = '\0';
    cr_assert_str_eq(hl_link_parse(text, &link), "the address of the link is too long");
}

Test(link, written_and_read_again)
{
    srand(2);
    for (int round = 0; round < 20000; round++) {
        struct hl_link link = {.address = "[2001:db8::1]:4855"};
        struct hl_link again;
        char text[HL_LINK_MAX];
        size_t at;
        char was;

        for (size_t i = 0; i < sizeof link.key; i++)
            link.key[i] = (uint8_t)rand();
        hl_link_format(&link, text);
        cr_assert_null(hl_link_parse(text, &again));
        cr_assert_arr_eq(again.key, link.key, sizeof link.key);
        cr_assert_str_eq(again.address, link.address);
        at = 6 + (size_t)rand() % HL_LINK_KEY; /* one letter is another */
        was = text[at];
        do
            text[at] = "abcdefghijklmnopqrstuvwxyz234567"[rand() % 32];
        while (text[at] == was);
        cr_assert_not_null(hl_link_parse(text, &again), "round %d: %s", round, text);
        text[at] = (char)toupper(was);
        cr_assert_null(hl_link_parse(text, &again));
    }
}
