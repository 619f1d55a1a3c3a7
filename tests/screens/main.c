/* SPDX-License-Identifier: MIT */
/* The corpus of screens as a program.
 *
 * usage: screens list                                   number, terminal, columns, rows, name
 *        screens show [PART]                            all of whose SUBJECT/NAME PART is a part
 *        screens golden FOLDER                          writes the golden files
 *        screens paint TERMINAL FAMILY COMMANDS ANSWERS see painter.h; TERMINAL is a number */
#include "golden.h"
#include "painter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list(void)
{
    for (size_t i = 0; i < scenes_count(); i++) {
        const struct scene *s = scenes_at(i);
        printf("%zu\t%d\t%d\t%d\t%s/%s\n", i, (int)s->terminal, s->cols, s->rows, s->subject,
               s->name);
    }
    return 0;
}

static int show(const char *part)
{
    for (size_t i = 0; i < scenes_count(); i++) {
        const struct scene *s = scenes_at(i);
        char name[256];
        snprintf(name, sizeof name, "%s/%s", s->subject, s->name);
        if (strstr(name, part) != NULL)
            golden_print(stdout, s);
    }
    return 0;
}

static int golden(const char *folder)
{
    char path[4096];

    for (size_t i = 0; i < scenes_count(); i++) {
        const char *subject = scenes_at(i)->subject;
        if (i > 0 && strcmp(subject, scenes_at(i - 1)->subject) == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s.txt", folder, subject);
        FILE *to = fopen(path, "we");
        if (to == NULL) {
            perror(path);
            return 1;
        }
        golden_print_subject(to, subject);
        if (fclose(to) != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (strcmp(verb, "list") == 0)
        return list();
    if (strcmp(verb, "show") == 0)
        return show(argc > 2 ? argv[2] : "");
    if (strcmp(verb, "golden") == 0 && argc == 3)
        return golden(argv[2]);
    if (strcmp(verb, "paint") == 0 && argc == 6 && atoi(argv[2]) < TERMINALS)
        return painter_run((enum terminal)atoi(argv[2]), argv[3], argv[4], argv[5]);
    fputs("usage: screens list | show [PART] | golden FOLDER |\n"
          "               paint TERMINAL FAMILY COMMANDS ANSWERS\n",
          stderr);
    return 2;
}
