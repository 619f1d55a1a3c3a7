/* SPDX-License-Identifier: MIT */
/* Every screen as the model draws it is the one that was reviewed. */
#include "golden.h"

#include "i18n.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCENES_MIN = 150,
    GOLDEN_MAX = 1 << 20,
};

/* A golden file, taken apart as it is read: each picture ends before the next head. */
struct golden {
    char *text, *at;
};

static struct golden open_golden(const char *subject)
{
    char path[4096];
    struct golden g;

    snprintf(path, sizeof path, "%s/tests/screens/%s.txt", HL_SOURCE_DIR, subject);
    FILE *f = fopen(path, "re");
    cr_assert_not_null(f, "there is no %s", path);
    g.text = malloc(GOLDEN_MAX);
    cr_assert_not_null(g.text);
    size_t len = fread(g.text, 1, GOLDEN_MAX - 1, f);
    fclose(f);
    cr_assert_lt(len, GOLDEN_MAX - 1);
    g.text[len] = '\0';
    g.at = g.text;
    return g;
}

/* The next picture; "" behind the last one. */
static const char *next_picture(struct golden *g)
{
    static char picture[GOLDEN_MAX];
    const char *end = *g->at != '\0' ? strstr(g->at + 1, "\n=== ") : NULL;
    size_t len = end != NULL ? (size_t)(end + 1 - g->at) : strlen(g->at);

    memcpy(picture, g->at, len);
    picture[len] = '\0';
    g->at += len;
    return picture;
}

static bool translated(void)
{
    return strcmp(_("Commands"), "Commands") != 0;
}

static void compare(const char *subject)
{
    struct golden g = open_golden(subject);
    char *have;
    size_t size;

    for (size_t i = 0; i < scenes_count(); i++) {
        const struct scene *s = scenes_at(i);
        if (strcmp(s->subject, subject) != 0)
            continue;
        FILE *to = open_memstream(&have, &size);
        cr_assert_not_null(to);
        golden_print(to, s);
        fclose(to);
        if (s->language != NULL && !translated())
            cr_skip("no catalogues: msgfmt was not there");
        const char *want = next_picture(&g);
        if (strcmp(have, want) != 0)
            fprintf(stderr, "have:\n%swant:\n%s", have, want);
        cr_expect(strcmp(have, want) == 0,
                  "%s/%s differs; if it is meant to: cmake --build --preset dev --target "
                  "screens-golden, and look at the difference",
                  subject, s->name);
        free(have);
    }
    cr_expect_str_empty(next_picture(&g), "%s.txt has a screen that is no more", subject);
    free(g.text);
}

#define SUBJECT(name)                                                                              \
    Test(screens, name)                                                                            \
    {                                                                                              \
        compare(#name);                                                                            \
    }

SUBJECT(chat)
SUBJECT(chinese)
SUBJECT(form)
SUBJECT(input)
SUBJECT(lists)
SUBJECT(looks)
SUBJECT(no_locale)
SUBJECT(panes)
SUBJECT(sizes)
SUBJECT(status)
SUBJECT(text)

/* None is left out above, and each has a name of its own. */
Test(screens, all_have_names)
{
    static const char *const subjects[] = {"chat",  "chinese", "form",      "input",
                                           "lists", "looks",   "no_locale", "panes",
                                           "sizes", "status",  "text"};

    cr_assert_geq(scenes_count(), SCENES_MIN);
    for (size_t i = 0; i < scenes_count(); i++) {
        const struct scene *s = scenes_at(i);
        bool known = false;
        for (size_t n = 0; n < sizeof subjects / sizeof *subjects; n++)
            known = known || strcmp(subjects[n], s->subject) == 0;
        cr_expect(known, "nobody compares %s", s->subject);
        for (size_t n = 0; n < i; n++)
            cr_expect(strcmp(scenes_at(n)->subject, s->subject) != 0 ||
                          strcmp(scenes_at(n)->name, s->name) != 0,
                      "two of the name %s/%s", s->subject, s->name);
    }
}
