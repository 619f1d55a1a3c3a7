/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>
#include <unistd.h>

const char *hl_host_name(char out[static HL_HOST_MAX])
{
    if (gethostname(out, HL_HOST_MAX) != 0)
        out[0] = '\0';
    out[HL_HOST_MAX - 1] = '\0';
    if (out[0] == '\0')
        memcpy(out, "localhost", sizeof("localhost"));
    return out;
}
