/* SPDX-License-Identifier: MIT */
#include "program.h"
#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A socket must not get the number of a closed standard stream, or a message would be printed
 * into it. */
static void fill_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static int show(const struct hl_options *o)
{
    if (o->show == HL_SHOW_HELP)
        hl_usage_help(o, stdout);
    else
        hl_usage_version(stdout);
    return HL_EXIT_DONE;
}

/* Data that could not be written must not end in status 0; a reader who left is no failure. */
static int flush_output(int status)
{
    if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE && status == HL_EXIT_DONE) {
        hl_report("standard output", strerror(errno));
        status = HL_EXIT_FAILED;
    }
    return status;
}

int main(int argc, char **argv)
{
    struct hl_options options;
    char why[HL_WHY_MAX];

    fill_standard_streams();
    setlocale(LC_ALL, "");
    if (hl_options_parse(argc, argv, &options, why)) {
        hl_report(why, NULL);
        fputs("Try `hullo --help'.\n", stderr);
        return HL_EXIT_USAGE;
    }
    if (options.show != HL_SHOW_NOTHING)
        return flush_output(show(&options));
    hl_report("encrypted sessions are not built yet", "use --plain to talk in raw text");
    return HL_EXIT_FAILED;
}
