/* SPDX-License-Identifier: MIT */
#include "cmdline.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes one word from *in to *out, without its quotes. False: a quote is not closed. */
static bool take_word(const char **in, char **out)
{
    const char *p = *in;
    char *to = *out;
    char quote = '\0';

    for (; *p != '\0' && (quote != '\0' || !is_blank(*p)); p++) {
        if (*p == quote)
            quote = '\0';
        else if (quote == '\0' && (*p == '\'' || *p == '"'))
            quote = *p;
        else if (*p == '\\' && quote != '\'' && p[1] != '\0')
            *to++ = *++p;
        else
            *to++ = *p;
    }
    *to++ = '\0';
    *in = p;
    *out = to;
    return quote == '\0';
}

int hl_cmdline_split(struct hl_cmdline *w, const char *command)
{
    char *text = w->text;

    w->count = 0;
    if (strlen(command) >=
        HL_CMDLINE_LINE / 2) /* a word never needs more than its bytes and a NUL */
        return -EINVAL;
    for (;;) {
        while (is_blank(*command))
            command++;
        if (*command == '\0')
            break;
        if (w->count == HL_CMDLINE_MAX)
            return -EINVAL;
        w->at[w->count++] = text;
        if (!take_word(&command, &text))
            return -EINVAL;
    }
    w->at[w->count] = NULL;
    return 0;
}
