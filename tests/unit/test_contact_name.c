/* SPDX-License-Identifier: MIT */
/* What a contact may be called. */
#include "contact.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    const char *name;
    bool good;
} rows[] = {
    {"bob", true},
    {"Bob the builder", true},
    {"李雷", true},
    {"a:b", true},
    {"12:30", true},
    {"[2001:db8::1]:4855", true},
    {"", false},
    {"-f", false},
    {"/quit", false},
    {" bob", false},
    {"bob ", false},
    {"bob\nalice", false},
    {"bob\x7f", false},
    {"bob\x1b[2J", false},
    {"bob: I owe you", false},
    {"bob:  alice", false},
};

Test(contact_name, rows)
{
    char longest[HL_CONTACT_NAME + 1];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *wrong = hl_contact_name_wrong(rows[i].name);

        cr_assert_eq(wrong == NULL, rows[i].good, "row %zu: %s", i, wrong ? wrong : "taken");
    }
    memset(longest, 'x', sizeof longest);
    longest[HL_CONTACT_NAME] = '\0';
    cr_assert_not_null(hl_contact_name_wrong(longest));
    longest[HL_CONTACT_NAME - 1] = '\0';
    cr_assert_null(hl_contact_name_wrong(longest));
}
