/* SPDX-License-Identifier: MIT */
/* Where links begin and end, and what a terminal is told of them. */
#include "links.h"

#include "hard_strings.h"
#include "text.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void utf8_locale(void)
{
    setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(links, .init = utf8_locale);

/* All links of a text, one space between them. */
static const char *links_of(const char *text)
{
    static char found[1024];
    struct hl_links l;
    struct hl_link link;
    size_t len = 0;

    found[0] = '\0';
    hl_links_init(&l, text, strlen(text));
    while (hl_links_next(&l, &link))
        len += (size_t)snprintf(found + len, sizeof found - len, "%s%.*s", len > 0 ? " " : "",
                                (int)(link.end - link.start), text + link.start);
    return found;
}

static const struct {
    const char *text, *links;
} rows[] = {
    {"no link at all", ""},
    {"", ""},
    {"http://a.example", "http://a.example"},
    {"see https://a.example/b?c=d#e now", "https://a.example/b?c=d#e"},
    {"HTTPS://A.EXAMPLE", "HTTPS://A.EXAMPLE"},
    {"two: http://a.example and ftp://b.example/c", "http://a.example ftp://b.example/c"},
    /* punctuation of the sentence */
    {"at http://a.example.", "http://a.example"},
    {"at http://a.example, or http://b.example!", "http://a.example http://b.example"},
    {"is it http://a.example?", "http://a.example"},
    {"http://a.example/?q=1.5;", "http://a.example/?q=1.5"},
    {"'http://a.example'", "http://a.example"},
    {"\"http://a.example\"", "http://a.example"},
    {"<http://a.example>", "http://a.example"},
    {"*http://a.example*", "http://a.example"},
    {"http://a.example...", "http://a.example"},
    {"http://a.example/a_b_", "http://a.example/a_b_"},
    /* brackets */
    {"(http://a.example)", "http://a.example"},
    {"(see http://a.example/b).", "http://a.example/b"},
    {"http://a.example/Foo_(bar)", "http://a.example/Foo_(bar)"},
    {"(http://a.example/Foo_(bar))", "http://a.example/Foo_(bar)"},
    {"[text](http://a.example/b)", "http://a.example/b"},
    {"[http://a.example]", "http://a.example"},
    {"http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"},
    {"http://[2001:db8::1]", "http://[2001:db8::1]"},
    {"{http://a.example}", "http://a.example"},
    /* punctuation and letters beyond ASCII */
    {"请看 https://a.example/路径。谢谢", "https://a.example/路径"},
    {"（https://a.example）", "https://a.example"},
    {"「https://a.example/b」", "https://a.example/b"},
    {"见https://a.example，好", "https://a.example"},
    {"“https://a.example”", "https://a.example"},
    {"https://例え.jp/テスト", "https://例え.jp/テスト"},
    {"https://bücher.example/ü", "https://bücher.example/ü"},
    {"https://a.example/Foo–Bar_1 – x", "https://a.example/Foo–Bar_1"},
    {"https://a.example/b…", "https://a.example/b"},
    {"https://a.example/\xef\xbf\xbd"
     "b",
     "https://a.example/"},
    {"https://مثال.example/x", "https://مثال.example/x"},
    {"https://a.example/👍🏽", "https://a.example/👍🏽"},
    {"https://a.example/b\u3000c", "https://a.example/b"},
    /* what is read is what is opened */
    {"http://good.example@evil.example/x", "http://good.example@evil.example/x"},
    {"http://good.example%2f@evil.example", "http://good.example%2f@evil.example"},
    {"http://good.example\nevil", "http://good.example"},
    {"hxxp://a.example javascript:alert(1) data:text/html,x", ""},
    {"file:///etc/passwd", ""},
    {"view-source:http://a.example", "http://a.example"},
    {"xhttp://a.example", ""},
    {"shttps://a.example", ""},
    /* too little for a link */
    {"http:", ""},
    {"http://", ""},
    {"http:///", ""},
    {"http://?", ""},
    {"http:/a.example", ""},
    {"12:30: hello", ""},
    {"mailto:alice", ""},
    {"mailto:@b", ""},
    {"mailto:alice@a.example, please", "mailto:alice@a.example"},
    {"hullo:", ""},
    {"add hullo:8246abcd@bob.local!", "hullo:8246abcd@bob.local"},
    {"gemini://a.example/ irc://b.example/#c", "gemini://a.example/ irc://b.example/#c"},
    {"http://a.example/http://b.example", "http://a.example/http://b.example"},
};

Test(links, begin_and_end_where_a_reader_would_say)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(links_of(rows[i].text), rows[i].links, "%s: %s", rows[i].text,
                         links_of(rows[i].text));
}

Test(links, inside_other_text)
{
    for (size_t i = 0; i < HARD_STRINGS; i++) {
        char text[512];
        char clean[1024];
        snprintf(text, sizeof text, "%s https://a.example/%d, %s", hard_strings[i].text, (int)i,
                 hard_strings[i].text);
        hl_text_clean(clean, sizeof clean, text, strlen(text), 0, NULL);
        snprintf(text, sizeof text, "https://a.example/%d", (int)i);
        cr_expect_str_eq(links_of(clean), text, "%s", hard_strings[i].what);
    }
}

/* The links of a text as it is after spelling and the filter. */
static const char *filtered_links_of(const char *text, unsigned flags)
{
    static char clean[4096];
    size_t len = strlen(text);
    char *spelt = hl_links_spell(text, len, flags, &len);

    hl_text_clean(clean, sizeof clean, spelt != NULL ? spelt : text, len, flags, NULL);
    free(spelt);
    return links_of(clean);
}

static const struct {
    const char *what, *text, *links, *ascii;
} originals[] = {
    {"all of it can be shown", "see https://a.example/ü.", "https://a.example/ü",
     "https://a.example/%C3%BC"},
    {"no link", "é", "", ""},
    {"decomposed", "https://a.example/e\u0301x", "https://a.example/e\u0301x",
     "https://a.example/e%CC%81x"},
    {"a host", "https://bücher.example/, and http://b.example",
     "https://bücher.example/ http://b.example", "https://b%C3%BCcher.example/ http://b.example"},
    {"ZWNJ", "https://a.example/می\u200cخواهم", "https://a.example/م%DB%8C%E2%80%8Cخواهم",
     "https://a.example/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85"},
    {"a selector at the end", "https://a.example/\u2764\ufe0f",
     "https://a.example/%E2%9D%A4%EF%B8%8F", "https://a.example/%E2%9D%A4%EF%B8%8F"},
    {"an override", "https://a.example/\u202egpj.exe x", "https://a.example/%E2%80%AEgpj.exe",
     "https://a.example/%E2%80%AEgpj.exe"},
    {"controls around it", "\u2066https://a.example/b.\u2069\u200e", "https://a.example/b",
     "https://a.example/b"},
    {"only there", "https://a.example/\u200b", "https://a.example/", "https://a.example/"},
    {"marks beyond what is shown", "http://a.example/e\u0301\u0301\u0301\u0301\u0301",
     "http://a.example/e%CC%81%CC%81%CC%81%CC%81%CC%81",
     "http://a.example/e%CC%81%CC%81%CC%81%CC%81%CC%81"},
    {"two", "http://a.example/é é http://b.example/é", "http://a.example/é http://b.example/é",
     "http://a.example/%C3%A9 http://b.example/%C3%A9"},
    {"ill-formed", "http://a.example/é\xe9 \xff http://b.example",
     "http://a.example/é http://b.example", "http://a.example/%C3%A9 http://b.example"},
};

/* What is opened is what was written, on every screen. */
Test(links, come_whole_through_the_filter)
{
    for (size_t i = 0; i < sizeof originals / sizeof originals[0]; i++) {
        const char *found = filtered_links_of(originals[i].text, 0);
        cr_expect_str_eq(found, originals[i].links, "%s: %s", originals[i].what, found);
        found = filtered_links_of(originals[i].text, HL_TEXT_ASCII);
        cr_expect_str_eq(found, originals[i].ascii, "%s, ASCII: %s", originals[i].what, found);
    }
}

Test(links, other_text_is_not_spelt)
{
    size_t len;
    cr_assert_null(hl_links_spell("é https://a.example/ é", 24, 0, &len));
    char *spelt = hl_links_spell("é http://a/é é", 17, HL_TEXT_ASCII, &len);
    cr_assert_not_null(spelt);
    cr_assert_eq(len, 21);
    cr_assert_eq(memcmp(spelt, "é http://a/%C3%A9 é", len), 0);
    free(spelt);
}

static const char *uri_of(const char *text)
{
    static char uri[HL_LINK_URI];
    struct hl_link link = {0, strlen(text)};

    return hl_link_uri(text, &link, uri) > 0 ? uri : NULL;
}

Test(links, as_uri)
{
    cr_assert_str_eq(uri_of("http://a.example/b%20c"), "http://a.example/b%20c");
    cr_assert_str_eq(uri_of("http://a.example/ü"), "http://a.example/%C3%BC");
    cr_assert_str_eq(uri_of("http://例.jp"), "http://%E4%BE%8B.jp");
    char text[HL_LINK_URI + 1];
    memset(text, 'a', sizeof text);
    text[HL_LINK_URI] = '\0';
    cr_assert_null(uri_of(text));
    text[HL_LINK_URI - 4] = '\0';
    cr_assert_eq(strlen(uri_of(text)), HL_LINK_URI - 4);
    text[HL_LINK_URI - 5] = '\xff'; /* three bytes that do not fit */
    cr_assert_null(uri_of(text) ? strchr(uri_of(text), '\xff') : NULL);
}

/* Random mixtures of what links are made of: each link found lies inside, after the one before,
 * and its URI is printable ASCII without anything that could end an escape sequence. */
Test(links, of_random_texts)
{
    static const char *const pieces[] = {
        "http", "https://", "://",     ":", "//", "a.example", "/",      "?",           "#",
        "@",    "(",        ")",       "[", "]",  ".",         ",",      " ",           "ü",
        "漢",   "。",       "%20",     "'", "\"", "<",         "mailto", "hullo:",      "~",
        "\n",   "שלום",     "e\u0301", "&", "=",  "👍",         ";",      "\xef\xbf\xbd"};
    for (unsigned seed = 1; seed <= 20000; seed++) {
        char text[512] = "";
        char uri[HL_LINK_URI];
        size_t len = 0;
        unsigned state = seed;
        for (int n = rand_r(&state) % 24; n > 0; n--)
            len += (size_t)snprintf(
                text + len, sizeof text - len, "%s",
                pieces[(size_t)rand_r(&state) / 7 % (sizeof pieces / sizeof pieces[0])]);
        struct hl_links l;
        struct hl_link link;
        size_t after = 0;
        hl_links_init(&l, text, len);
        while (hl_links_next(&l, &link)) {
            cr_assert(link.start >= after && link.end > link.start && link.end <= len, "seed %u",
                      seed);
            after = link.end;
            cr_assert(hl_utf8_valid(text + link.start, link.end - link.start), "seed %u", seed);
            size_t n = hl_link_uri(text, &link, uri);
            cr_assert(n >= link.end - link.start, "seed %u", seed);
            for (size_t i = 0; i < n; i++)
                cr_assert(uri[i] > ' ' && uri[i] < 0x7f, "seed %u", seed);
        }
    }
}

Test(links, a_megabyte_of_them_is_walked)
{
    enum { COUNT = 50000 };
    static const char one[] = "http://a.example/(b, ";
    char *text = malloc(COUNT * sizeof one);
    struct hl_links l;
    struct hl_link link;
    size_t len = 0;
    size_t count = 0;

    for (int i = 0; i < COUNT; i++, len += sizeof one - 1)
        memcpy(text + len, one, sizeof one);
    hl_links_init(&l, text, len);
    while (hl_links_next(&l, &link))
        count++;
    cr_assert_eq(count, COUNT);
    memset(text, ':', len); /* no scheme before any of them */
    hl_links_init(&l, text, len);
    cr_assert_not(hl_links_next(&l, &link));
    for (size_t i = 0; i + 7 <= len; i += 7)
        memcpy(text + i, "mailto:", 7);
    hl_links_init(&l, text, len);
    cr_assert_not(hl_links_next(&l, &link));
    memset(text, ')', len); /* all to be cut off */
    memcpy(text, "http://a", 8);
    hl_links_init(&l, text, len);
    cr_assert(hl_links_next(&l, &link));
    cr_assert_eq(link.end, 8);
    free(text);
}
