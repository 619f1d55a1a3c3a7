/* SPDX-License-Identifier: MIT */
#include "err.h"
#include "program.h"

#include <stdarg.h>
#include <stdio.h>

int hl_exit_status(int err)
{
    static const int statuses[] = {
        [HL_CLASS_OK] = HL_EXIT_DONE,
        [HL_CLASS_RUNTIME] = HL_EXIT_FAILED,
        [HL_CLASS_USAGE] = HL_EXIT_USAGE,
        [HL_CLASS_NAME] = HL_EXIT_NAME,
        [HL_CLASS_UNREACHABLE] = HL_EXIT_UNREACHABLE,
        [HL_CLASS_TIMEOUT] = HL_EXIT_TIMEOUT,
    };

    return statuses[hl_err_class(err)];
}

void hl_report(const char *what, const char *why)
{
    fprintf(stderr, "hullo: %s%s%s\n", what, why ? ": " : "", why ? why : "");
}

void hl_reportf(const char *what, const char *format, ...)
{
    char why[512];
    va_list args;

    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    hl_report(what, why);
}
