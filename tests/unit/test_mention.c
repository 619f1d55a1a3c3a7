/* SPDX-License-Identifier: MIT */
#include "mention.h"

#include <criterion/criterion.h>
#include <string.h>

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
