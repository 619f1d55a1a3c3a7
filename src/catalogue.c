/* SPDX-License-Identifier: MIT */
#include "catalogue.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FOLDER_MAX = 4096,
};

static const char domain[] = "hullo";

/* The folder in which LANG/LC_MESSAGES/hullo.mo lie. */
static const char *find_folder(char out[static FOLDER_MAX])
{
    ssize_t len = readlink("/proc/self/exe", out, FOLDER_MAX - sizeof("/po"));
    char *slash;

    if (len <= 0)
        return HL_LOCALE_DIR;
    out[len] = '\0';
    slash = strrchr(out, '/');
    if (slash == NULL)
        return HL_LOCALE_DIR;
    memcpy(slash, "/po", sizeof("/po"));
    return access(out, X_OK) == 0 ? out : HL_LOCALE_DIR;
}

void hl_catalogue_open(const char *language)
{
    char folder[FOLDER_MAX];

    setlocale(LC_MESSAGES, "");
    if (*language != '\0') {
        /* gettext heeds LANGUAGE in every locale but C */
        const char *now = setlocale(LC_MESSAGES, NULL);
        if (now == NULL || strcmp(now, "C") == 0 || strcmp(now, "POSIX") == 0)
            setlocale(LC_MESSAGES, "C.UTF-8");
        setenv("LANGUAGE", language, 1);
    }
    bindtextdomain(domain, find_folder(folder));
    bind_textdomain_codeset(domain, "UTF-8");
    textdomain(domain);
}
