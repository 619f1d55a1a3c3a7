/* SPDX-License-Identifier: MIT */
/* Yes or no, asked on a terminal. */
#ifndef HL_QUESTION_H
#define HL_QUESTION_H

#include "program.h"

/* Puts the question on standard error and reads a line of standard input, if that is a terminal;
 * --yes is a yes. Returns 1 for yes, 0 for no and for what is none, -EINTR when a signal asks the
 * program to end (it waits in signal_fd), -ENOTTY when there is nobody to ask. */
int hl_question_ask(const struct hl_program *p, const char *question);

#endif
