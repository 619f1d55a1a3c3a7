/* SPDX-License-Identifier: MIT */
#include "entry.h"

const char *hl_entry_kind_name(int kind)
{
    switch (kind) {
#define KIND_NAME(name, number, text)                                                              \
    case number:                                                                                   \
        return text;
        HL_ENTRY_LIST(KIND_NAME)
    default:
        return NULL;
    }
}

const char *hl_entry_state_name(int state)
{
    switch (state) {
#define STATE_NAME(name, number, text)                                                             \
    case number:                                                                                   \
        return text;
        HL_STATE_LIST(STATE_NAME)
    default:
        return NULL;
    }
}

bool hl_entry_state_last(int state)
{
    switch (state) {
    case HL_STATE_QUEUED:
    case HL_STATE_SENT:
    case HL_STATE_CANCELLING:
    case HL_STATE_EXPIRING:
    case HL_STATE_WITHDRAWN:
    case HL_STATE_LAPSED:
        return false;
    default:
        return true;
    }
}
