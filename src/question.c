/* SPDX-License-Identifier: MIT */
#include "question.h"

#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    QUESTION_MAX = 1024,
    ANSWER_MAX = 64,
};

int hl_question_ask(const struct hl_program *p, const char *question)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = p->signal_fd, .events = POLLIN}};
    char clean[HL_TEXT_GROWTH * QUESTION_MAX];
    char answer[ANSWER_MAX];
    ssize_t got;

    if (p->options->yes)
        return 1;
    if (!isatty(STDIN_FILENO))
        return -ENOTTY;
    hl_text_clean(clean, sizeof clean, question, strlen(question), p->ascii ? HL_TEXT_ASCII : 0,
                  NULL);
    fflush(stdout);
    fprintf(stderr, "%s [y/N] ", clean);
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (fds[1].revents)
        return -EINTR;
    got = read(STDIN_FILENO, answer, sizeof answer - 1);
    if (got <= 0)
        return 0;
    answer[got] = '\0';
    answer[strcspn(answer, "\r\n")] = '\0';
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}
