/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include "bidi.h"
#include "width.h"

#include <gnu/libc-version.h>
#include <jansson.h>
#include <string.h>
#include <utf8proc.h>

enum {
    OPTION_COLUMN = 24,
};

static void print_options(FILE *out, unsigned verbs)
{
    size_t count;
    const struct hl_option_row *row = hl_options_table(&count);
    char text[64];

    for (; count; count--, row++) {
        if (!(row->verbs & verbs))
            continue;
        snprintf(text, sizeof text, "--%s%s%s", row->name, row->arg ? " " : "",
                 row->arg ? row->arg : "");
        if (row->letter)
            fprintf(out, "  -%c, %-*s %s\n", row->letter, OPTION_COLUMN - 4, text, row->help);
        else
            fprintf(out, "      %-*s %s\n", OPTION_COLUMN - 4, text, row->help);
    }
}

static void help_program(FILE *out)
{
    fputs("Usage: hullo [OPTION...] [COMMAND] [ARG...]\n"
          "       hullo [OPTION...] PEER\n"
          "Serverless messenger for the terminal.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < HL_VERB_COUNT; i++) {
        const struct hl_verb_row *row = hl_verb_row((enum hl_verb)i);

        fprintf(out, "  %-8s%-19s %s\n", row->name, row->args, row->help);
    }
    fputs("\nPEER is a host, HOST:PORT, 192.0.2.1:4855, [2001:db8::1]:4855, tcp://HOST:PORT\n"
          "or unix:PATH. `hullo PEER' is short for `hullo chat PEER'. The default port is 4855.\n"
          "\nOptions:\n",
          out);
    print_options(out, ~0U);
    fputs("\n`hullo COMMAND --help' lists the options of that command.\n"
          "Exit status: 0 done, 1 failed, 2 usage, 3 name not resolved, 4 refused or unreachable,\n"
          "5 timed out, 6 another key than before, 7 storage, 128+N ended by signal N.\n",
          out);
}

void hl_usage_help(const struct hl_options *o, FILE *out)
{
    const struct hl_verb_row *row = hl_verb_row(o->verb);

    if (!o->verb_given) {
        help_program(out);
        return;
    }
    fprintf(out, "Usage: hullo %s [OPTION...] %s\n%s\n\nOptions:\n", row->name, row->args,
            row->more);
    print_options(out, 1U << o->verb);
}

void hl_usage_unicode(char out[static HL_USAGE_UNICODE])
{
    const char *width = hl_width_unicode_version();

    snprintf(out, HL_USAGE_UNICODE, "Unicode: columns %s, clusters %s, directions %s",
             *width ? width : "unknown", utf8proc_unicode_version(), hl_bidi_unicode_version());
}

void hl_usage_version(FILE *out)
{
    char unicode[HL_USAGE_UNICODE];

    hl_usage_unicode(unicode);
    fprintf(out, "hullo %s\nlibraries: %s, jansson %s, utf8proc %s, fribidi %s, glibc %s\n%s\n",
            HL_VERSION, HL_CURSES_VERSION, jansson_version_str(), utf8proc_version(),
            hl_bidi_version(), gnu_get_libc_version(), unicode);
}
