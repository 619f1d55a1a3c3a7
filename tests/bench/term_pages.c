/* SPDX-License-Identifier: MIT */
#include "term_pages.h"

#include "stats.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_US = 300000,   /* for a page to come */
    PAGE_QUIET_MS = 10, /* without a byte: it is there */
    PAGES_US = 30000000,
};

/* Lines whose number has been on the screen. */
struct seen {
    bool *line;         /* by number */
    size_t first, last; /* on the screen now; 0: none */
    bool whole;         /* all between them are there, each below the one before */
};

static void look(struct term *t, size_t lines, struct seen *s)
{
    s->first = s->last = 0;
    s->whole = true;
    for (int row = 0; row < t->rows; row++) {
        const char *at = strstr(term_row(t, row), "line ");
        size_t number = at ? strtoul(at + 5, NULL, 10) : 0;

        if (number == 0 || number >= lines)
            continue;
        s->line[number] = true;
        s->first = s->first ? s->first : number;
        s->whole = s->whole && (s->last == 0 || number == s->last + 1);
        s->last = number;
    }
}

void term_pages(struct term *t, size_t lines, size_t *kept, size_t *missing)
{
    struct seen s = {.line = calloc(lines, sizeof *s.line)};
    double end = stats_now() + PAGES_US;
    size_t oldest = lines;

    if (!s.line)
        abort();
    *kept = 0;
    term_watch(t);
    look(t, lines, &s);
    for (int misses = 0; misses < 3 && oldest > 1 && stats_now() < end;) {
        double page = stats_now() + PAGE_US;

        oldest = s.first ? s.first : oldest;
        term_type(t, "\033[5~");
        /* What is not there yet moves it again once it is: the next key waits for that, too. */
        for (uint64_t bytes = 0; stats_now() < page; bytes = t->bytes) {
            term_read(t, PAGE_QUIET_MS);
            look(t, lines, &s);
            if (t->bytes == bytes && s.first != oldest && s.whole)
                break;
        }
        misses = s.first < oldest ? 0 : misses + 1;
    }
    for (size_t i = oldest; i < lines; i++)
        *kept += s.line[i];
    *missing = lines - oldest - *kept;
    free(s.line);
}
