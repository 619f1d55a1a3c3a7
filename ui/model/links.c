/* SPDX-License-Identifier: MIT */
#include "links.h"

#include "cluster.h"
#include "text.h"
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
    SCHEME = 6, /* bytes of the longest */
};

/* What must stand behind the colon. */
enum form {
    HOST,    /* two slashes and a host */
    MAILBOX, /* something@something */
    ANY,     /* something */
};

static const struct scheme {
    const char *name;
    enum form form;
} schemes[] = {
    {"http", HOST},   {"https", HOST}, {"ftp", HOST},       {"ftps", HOST}, {"gemini", HOST},
    {"gopher", HOST}, {"irc", HOST},   {"ircs", HOST},      {"sftp", HOST}, {"ssh", HOST},
    {"git", HOST},    {"hullo", ANY},  {"mailto", MAILBOX}, {"sip", ANY},   {"xmpp", ANY},
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_alnum(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

/* RFC 3986 section 3.1 */
static bool is_scheme_char(char c)
{
    return is_alnum(c) || c == '+' || c == '-' || c == '.';
}

static const struct scheme *find_scheme(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        const char *known = schemes[i].name;
        size_t n = 0;
        while (n < len && known[n] != '\0' && lower(name[n]) == known[n])
            n++;
        if (n == len && known[n] == '\0')
            return &schemes[i];
    }
    return NULL;
}

/* Letters, marks, digits and symbols: what is left are punctuation, spaces and what the filter put
 * in the place of something unreadable. A dash as in a range is allowed inside. */
static bool is_wide(uint32_t cp)
{
    enum { HYPHEN = 0x2010, EN_DASH = 0x2013 };
    static const uint32_t categories =
        1U << UTF8PROC_CATEGORY_LU | 1U << UTF8PROC_CATEGORY_LL | 1U << UTF8PROC_CATEGORY_LT |
        1U << UTF8PROC_CATEGORY_LM | 1U << UTF8PROC_CATEGORY_LO | 1U << UTF8PROC_CATEGORY_MN |
        1U << UTF8PROC_CATEGORY_MC | 1U << UTF8PROC_CATEGORY_ND | 1U << UTF8PROC_CATEGORY_NL |
        1U << UTF8PROC_CATEGORY_NO | 1U << UTF8PROC_CATEGORY_SM | 1U << UTF8PROC_CATEGORY_SC |
        1U << UTF8PROC_CATEGORY_SK | 1U << UTF8PROC_CATEGORY_SO;
    if (cp >= HYPHEN && cp <= EN_DASH)
        return true;
    if (cp == HL_UTF8_INVALID || cp == HL_UTF8_REPLACEMENT)
        return false;
    return (categories >> utf8proc_category((utf8proc_int32_t)cp) & 1) != 0;
}

/* A character beyond ASCII that the filter drops: joiners, soft hyphens, what gives a direction. */
static bool is_dropped(const char *s, size_t len)
{
    char clean[HL_UTF8_MAX * HL_TEXT_GROWTH + 1];
    return hl_text_clean(clean, sizeof clean, s, len, 0, NULL) == 0;
}

/* Bytes of the character at s that may stand in a link; 0 if it may not. */
static size_t link_char(const struct hl_links *l, const char *s, size_t len)
{
    static const char marks[] = "-._~:/?#[]@!$&'()*+,;=%"; /* RFC 3986 section 2 */
    uint32_t cp;
    if (*s >= ' ' && *s < 0x7f)
        return is_alnum(*s) || memchr(marks, *s, sizeof marks - 1) != NULL;
    if ((unsigned char)*s < 0x80)
        return 0;
    size_t n = hl_utf8_decode(s, len, &cp);
    return is_wide(cp) || (l->original && is_dropped(s, n)) ? n : 0;
}

static ptrdiff_t count(const char *s, size_t len, char c)
{
    ptrdiff_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += s[i] == c;
    return n;
}

/* Bytes of the character at the end if it belongs to no word; 0 if it does. */
static size_t dropped_end(const char *s, size_t len)
{
    size_t at = hl_utf8_prev(s, len);
    uint32_t cp;

    hl_utf8_decode(s + at, len - at, &cp);
    return is_wide(cp) ? 0 : len - at;
}

/* The length without what belongs to the sentence around it. */
static size_t trim(const char *s, size_t len)
{
    static const char stops[] = ".,:;!?'*";
    ptrdiff_t round = count(s, len, ')') - count(s, len, '(');
    ptrdiff_t square = count(s, len, ']') - count(s, len, '[');
    for (size_t cut = 1; len > 0; len -= cut) {
        char last = s[len - 1];
        cut = 1;
        if ((unsigned char)last >= 0x80) {
            cut = dropped_end(s, len);
            if (cut == 0)
                break;
        } else if (last == ')' && round > 0)
            round--;
        else if (last == ']' && square > 0)
            square--;
        else if (memchr(stops, last, sizeof stops - 1) == NULL)
            break;
    }
    return len;
}

/* Looked at before the end is: a text full of colons is to cost no more than any other. */
static bool begins(const struct scheme *scheme, const char *rest, size_t len)
{
    enum { LOCAL_PART = 256 }; /* RFC 5321 section 4.5.3.1.1 allows 64, before percent-encoding */
    switch (scheme->form) {
    case HOST:
        /* Not a slash, a port or a query where the host should be. */
        return len > 2 && rest[0] == '/' && rest[1] == '/' && memchr("/:?#@&=", rest[2], 7) == NULL;
    case MAILBOX:
        return len > 1 && rest[0] != '@' &&
               memchr(rest, '@', len < LOCAL_PART ? len : LOCAL_PART) != NULL;
    case ANY:
    default:
        return true;
    }
}

static bool is_whole(const struct scheme *scheme, const char *rest, size_t len)
{
    const char *at = memchr(rest, '@', len);
    return scheme->form == HOST      ? len > 2
           : scheme->form == MAILBOX ? at != NULL && at + 1 < rest + len
                                     : len > 0;
}

/* The link whose scheme ends at colon; false if there is none. */
static bool link_at(const struct hl_links *l, size_t colon, struct hl_link *out)
{
    size_t start = colon;
    while (start > l->at && colon - start <= SCHEME && is_scheme_char(l->text[start - 1]))
        start--;
    const struct scheme *scheme = find_scheme(l->text + start, colon - start);
    const char *rest = l->text + colon + 1;
    size_t room = l->len - colon - 1;
    if (scheme == NULL || !begins(scheme, rest, room))
        return false;
    size_t len = 0;
    for (size_t n; len < room && (n = link_char(l, rest + len, room - len)) > 0;)
        len += n;
    len = trim(rest, len);
    *out = (struct hl_link){start, colon + 1 + len};
    return is_whole(scheme, rest, len);
}

void hl_links_init(struct hl_links *l, const char *text, size_t len)
{
    *l = (struct hl_links){.text = text, .len = len};
}

bool hl_links_next(struct hl_links *l, struct hl_link *out)
{
    const char *from = l->text + l->at;
    const char *colon;
    while ((colon = memchr(from, ':', (size_t)(l->text + l->len - from))) != NULL) {
        if (link_at(l, (size_t)(colon - l->text), out)) {
            l->at = out->end;
            return true;
        }
        from = colon + 1;
    }
    l->at = l->len;
    return false;
}

/* Appends a byte of a link, at most three; returns where the next one goes. */
static char *put_encoded(char *out, char byte)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)byte;
    if (c > ' ' && c < 0x7f) {
        *out++ = byte;
    } else {
        *out++ = '%';
        *out++ = hex[c >> 4];
        *out++ = hex[c & 15];
    }
    return out;
}

size_t hl_link_uri(const char *text, const struct hl_link *link, char out[static HL_LINK_URI])
{
    char *end = out;
    for (size_t i = link->start; i < link->end; i++) {
        if (end - out + 4 > HL_LINK_URI)
            return 0;
        end = put_encoded(end, text[i]);
    }
    *end = '\0';
    return (size_t)(end - out);
}

/* ---- before the filter ---- */

/* What a reader calls one character comes through the filter as it is. One that is longer than any
 * of a language counts as none. */
static bool survives(const char *cluster, size_t len, unsigned flags)
{
    enum { CLUSTER = 64 };
    char clean[CLUSTER * HL_TEXT_GROWTH + 1];
    return len <= CLUSTER && hl_text_clean(clean, sizeof clean, cluster, len, flags, NULL) == len &&
           memcmp(clean, cluster, len) == 0;
}

static bool is_ascii(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && (unsigned char)s[n] < 0x80)
        n++;
    return n == len;
}

/* Returns where the next byte goes. */
static char *spell(char *out, const char *link, size_t len, unsigned flags)
{
    size_t next;
    for (size_t at = 0; at < len; at = next) {
        next = hl_cluster_next(link, len, at);
        if (survives(link + at, next - at, flags)) {
            memcpy(out, link + at, next - at);
            out += next - at;
            continue;
        }
        for (size_t i = at; i < next; i++)
            out = put_encoded(out, link[i]);
    }
    return out;
}

char *hl_links_spell(const char *text, size_t len, unsigned flags, size_t *out_len)
{
    struct hl_links links = {.text = text, .len = len, .original = true};
    struct hl_link link;
    char *out = NULL;
    char *end = NULL;
    size_t done = 0; /* bytes of the text */
    while (hl_links_next(&links, &link)) {
        const char *at = text + link.start;
        size_t bytes = link.end - link.start;
        if (is_ascii(at, bytes))
            continue;
        if (out == NULL)
            out = end = malloc(3 * len);
        if (out == NULL)
            return NULL;
        memcpy(end, text + done, link.start - done);
        end = spell(end + (link.start - done), at, bytes, flags);
        done = link.end;
    }
    if (out == NULL)
        return NULL;
    memcpy(end, text + done, len - done);
    *out_len = (size_t)(end - out) + len - done;
    return out;
}

char *hl_links_clean_dup(const char *text, size_t len, unsigned flags, size_t *out_len)
{
    char *spelt = hl_links_spell(text, len, flags, &len);
    char *clean = hl_text_clean_dup(spelt != NULL ? spelt : text, len, flags, out_len, NULL);
    free(spelt);
    return clean;
}
