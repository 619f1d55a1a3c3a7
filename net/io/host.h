/* SPDX-License-Identifier: MIT */
/* This machine's own name. There is no way here to change it: sethostname() renames the machine
 * for everybody on it and needs CAP_SYS_ADMIN; a chat program takes a name of its own (--name). */
#ifndef HL_HOST_H
#define HL_HOST_H

#include "net_limits.h"

/* gethostname(), never empty and always terminated: "localhost" if there is none. Any thread. */
const char *hl_host_name(char out[static HL_HOST_MAX]);

#endif
