/* SPDX-License-Identifier: MIT */
/* Links in text: where they begin and end (RFC 3986 and, for what is not ASCII, RFC 3987), with
 * what people write around them left out.
 *
 * A link begins with one of a few schemes; a name alone is none. It ends before white space,
 * quotation marks, angle brackets and punctuation beyond ASCII, and without the punctuation of the
 * sentence it stands in: final stops, commas and the like, and a closing bracket that nothing in
 * the link opens. Letters beyond ASCII belong to it, in a host as anywhere, and a user name before
 * the host does: what would be opened is what is read. file: is left out on purpose: what a peer
 * writes is not to name files of ours. Pure. */
#ifndef HL_LINKS_H
#define HL_LINKS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_LINK_URI = 2048, /* bytes with NUL of a link as URI; longer ones have none */
};

struct hl_link {
    size_t start, end; /* bytes of the text */
};

/* The links of a text, one after the other. */
struct hl_links {
    const char *text;
    size_t len, at;
    bool original; /* the text was not filtered: what nobody sees does not end a link in it */
};

/* text is borrowed: valid UTF-8 that went through hl_text_clean(). */
void hl_links_init(struct hl_links *l, const char *text, size_t len);
/* The next one; false after the last. */
bool hl_links_next(struct hl_links *l, struct hl_link *out);

/* The text before it was filtered, in such a form that its links come through the filter whole:
 * what the filter would take from a link, or change in it, stands there percent-encoded. So the
 * link that is read, the one that is opened and the one that was written are the same. flags: enum
 * hl_text_flag, those the filter will get. Returns memory the caller frees, not terminated; NULL:
 * there is nothing to change (or memory is short). */
char *hl_links_spell(const char *text, size_t len, unsigned flags, size_t *out_len)
    __attribute__((warn_unused_result, malloc));

/* hl_text_clean_dup() of the text, with its links so spelt. */
char *hl_links_clean_dup(const char *text, size_t len, unsigned flags, size_t *out_len)
    __attribute__((warn_unused_result, malloc));

/* The link as a URI of printable ASCII, fit to be handed to a terminal or a program: bytes beyond
 * ASCII are percent-encoded (RFC 3987 section 3.1; in a host, RFC 3986 section 3.2.2). Returns its
 * length, 0 if it is too long. */
size_t hl_link_uri(const char *text, const struct hl_link *link, char out[static HL_LINK_URI]);

#endif
