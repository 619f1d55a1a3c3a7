/* SPDX-License-Identifier: MIT */
/* Lines of a transcript: marks, gaps, days, and whom ours are for. */
#include "transcript.h"

#include "log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define DAY  INT64_C(86400000)

static struct hl_options options;
static struct hl_program program = {.options = &options};
static struct hl_ask ask = {.program = &program};
static struct hl_known bob = {.id = 7, .name = "bob"};
static struct hl_transcript transcript;

static void set_up(void)
{
    setenv("TZ", "UTC0", 1);
    tzset();
    setlocale(LC_CTYPE, "C.UTF-8");
    cr_redirect_stdout();
    ask.printer.program = &program;
    transcript = (struct hl_transcript){.ask = &ask, .contacts = &bob, .count = 1, .day = -1};
}

TestSuite(transcript, .init = set_up);

static struct hl_ctl entry(const char *text, uint64_t flags, int64_t when)
{
    return (struct hl_ctl){.kind = HL_CTL_ENTRY,
                           .contact = 7,
                           .text = {text, strlen(text)},
                           .flags = flags,
                           .state = flags & HL_CTL_E_OURS ? HL_STATE_DELIVERED : HL_STATE_TAKEN,
                           .until = when};
}

Test(transcript, days_gaps_and_marks)
{
    struct hl_ctl e = entry("shall we?\nnow", 0, NOON);

    hl_transcript_print(&transcript, &e);
    e = entry("yes", HL_CTL_E_OURS | HL_CTL_E_EDITED, NOON + 1000);
    e.has_target = true;
    e.other = (struct hl_ctl_bytes){"👍 2", strlen("👍 2")};
    hl_transcript_print(&transcript, &e);
    e = entry("", HL_CTL_E_DELETED, NOON + DAY);
    e.count = 2;
    hl_transcript_print(&transcript, &e);
    fflush(stdout);
    cr_assert_stdout_eq_str("─── Saturday, 21 November 2026 ───\n"
                            "12:00:00  bob: shall we?⏎now\n"
                            "12:00:01  you: yes  [reply] [edited] [👍 2] [delivered]\n"
                            "─── Sunday, 22 November 2026 ───\n"
                            "2 messages missing\n"
                            "12:00:00  bob:   [deleted]\n");
}

/* Two, each as long as one may be, a letter with marks: the filter leaves four. */
static void long_reactions(char out[static HL_REACTIONS_MAX])
{
    out[0] = '\0';
    for (int i = 0; i < 2; i++) {
        strcat(out, i == 0 ? "e" : " o");
        for (int n = 0; n < 31; n++)
            strcat(out, "\u0301");
        strcat(out, " 1");
    }
}

Test(transcript, reactions_are_whole)
{
    char both[HL_REACTIONS_MAX];
    struct hl_ctl e = entry("yes", 0, NOON);

    long_reactions(both);
    e.other = (struct hl_ctl_bytes){both, strlen(both)};
    transcript.dated = true;
    hl_transcript_print(&transcript, &e);
    fflush(stdout);
    cr_assert_stdout_eq_str("2026-11-21 12:00:00  bob: yes  "
                            "[e\u0301\u0301\u0301\u0301 1 o\u0301\u0301\u0301\u0301 1]\n");
}

Test(transcript, an_event_tells_whole_reactions)
{
    char both[HL_REACTIONS_MAX];
    struct hl_log log = {.fd = -1};
    struct hl_conv conv = {.name = "bob"};
    struct hl_ctl e = entry("yes", HL_CTL_E_CHANGED | HL_CTL_E_REACTED, NOON);

    long_reactions(both);
    e.other = (struct hl_ctl_bytes){both, strlen(both)};
    program.log = &log;
    hl_print(&ask.printer,
             &(struct hl_notice){.kind = HL_NOTICE_ENTRY, .conv = &conv, .record = &e});
    fflush(stdout);
    cr_assert_stdout_eq_str("bob: [reaction e\u0301\u0301\u0301\u0301 1 "
                            "o\u0301\u0301\u0301\u0301 1] yes\n");
}

Test(transcript, several_conversations_and_a_stranger)
{
    struct hl_ctl e = entry("\033[2Jhi", HL_CTL_E_OURS, NOON);

    transcript.several = true;
    transcript.dated = true;
    hl_transcript_print(&transcript, &e);
    e.contact = 8;
    e.flags = 0;
    hl_transcript_print(&transcript, &e);
    fflush(stdout);
    cr_assert_stdout_eq_str("2026-11-21 12:00:00  you to bob: \uFFFD[2Jhi  [delivered]\n"
                            "2026-11-21 12:00:00  ?: \uFFFD[2Jhi\n");
}
