/* SPDX-License-Identifier: MIT */
#include "contact.h"

#include <string.h>

const char *hl_contact_name_wrong(const char *name)
{
    size_t len = strlen(name);

    if (len == 0)
        return "a name must not be empty";
    if (len >= HL_CONTACT_NAME)
        return "a name is at most 96 bytes long";
    if (name[0] == '-' || name[0] == '/' || name[0] == ' ' || name[len - 1] == ' ')
        return "a name begins with neither - nor / nor a space, and does not end with one";
    for (const char *c = name; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "a name holds no control characters";
    }
    if (strstr(name, ": "))
        return "a name holds no colon followed by a space, which ends a sender's name";
    return NULL;
}
