/* SPDX-License-Identifier: MIT */
#include "err.h"
#include "program.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    REPORT_MAX = 1024,
};

int hl_exit_status(int err)
{
    static const int statuses[] = {
        [HL_CLASS_OK] = HL_EXIT_DONE,
        [HL_CLASS_RUNTIME] = HL_EXIT_FAILED,
        [HL_CLASS_USAGE] = HL_EXIT_USAGE,
        [HL_CLASS_NAME] = HL_EXIT_NAME,
        [HL_CLASS_UNREACHABLE] = HL_EXIT_UNREACHABLE,
        [HL_CLASS_TIMEOUT] = HL_EXIT_TIMEOUT,
        [HL_CLASS_IDENTITY] = HL_EXIT_IDENTITY,
        [HL_CLASS_STORAGE] = HL_EXIT_STORAGE,
    };

    return statuses[hl_err_class(err)];
}

/* Whatever is reported may hold a peer's words: a name, a path, an address. */
void hl_report(const char *what, const char *why)
{
    char raw[2 * REPORT_MAX];
    char clean[HL_TEXT_GROWTH * sizeof raw];

    snprintf(raw, sizeof raw, "%s%s%s", what, why ? ": " : "", why ? why : "");
    hl_text_clean(clean, sizeof clean, raw, strlen(raw), 0, NULL);
    fflush(stdout); /* what happened before stands before, where both go to one place */
    fprintf(stderr, "hullo: %s\n", clean);
}

void hl_reportf(const char *what, const char *format, ...)
{
    char why[REPORT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    hl_report(what, why);
}
