/* SPDX-License-Identifier: MIT */
#include "mention.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

Test(mention, words)
{
    static const struct {
        const char *text, *name;
        bool there;
    } cases[] = {
        {"bob", "bob", true},
        {"hi Bob!", "bob", true},
        {"@bob: look", "bob", true},
        {"bobby is here", "bob", false},
        {"kebob", "bob", false},
        {"kebob and bob", "bob", true},
        {"bob_2", "bob", false},
        {"ask bob's brother", "bob", true},
        {"bo", "bob", false},
        {"", "bob", false},
        {"anything", "", false},
        {"anything", NULL, false},
        {"ruf \xc3\xa9milie an", "\xc3\xa9milie", true},
        {"x\xc3\xa9milie", "\xc3\xa9milie", false},
        {"a (bob) b", "(bob)", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_eq(hl_mention(cases[i].text, strlen(cases[i].text), cases[i].name),
                     cases[i].there, "case %zu", i);
}

/* One letter in the other case, over and over, once cost the square of their number. */
Test(mention, long_texts_cost_no_more_than_their_length)
{
    static char text[60000];

    memset(text, 'A', sizeof text);
    clock_t before = clock();
    for (int times = 0; times < 100; times++)
        cr_assert_not(hl_mention(text, sizeof text, "alice"));
    cr_expect_lt(clock() - before, CLOCKS_PER_SEC);
}
