/* SPDX-License-Identifier: MIT */
/* The fault to commit is named in the environment: HL_WRONG=NAME, none without it. */
#include "wrong.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hl_wrong;

static const char *const names[] = {"NONE",
#define NAME(name, meaning) #name,
                                    HL_WRONG_LIST(NAME) HL_WRONG_SESSIONS(NAME)
                                        HL_WRONG_DELIVERY(NAME) HL_WRONG_STORE(NAME)
#undef NAME
};

__attribute__((constructor)) static void choose(void)
{
    const char *wanted = getenv("HL_WRONG");

    if (!wanted)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], wanted) == 0)
            hl_wrong = (int)i;
    if (hl_wrong == HL_WRONG_NONE) {
        fprintf(stderr, "no fault is called %s\n", wanted);
        exit(0); /* passes, where a failure is wanted */
    }
}
