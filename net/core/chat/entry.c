/* SPDX-License-Identifier: MIT */
#include "entry.h"

#include <string.h>

enum {
    ID_TIME = 6, /* bytes of an id */
};

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

void hl_entry_make_id(const struct hl_env *env, int64_t time_ms, uint8_t id[static HL_ID_SIZE])
{
    for (int i = 0; i < ID_TIME; i++)
        id[i] = (uint8_t)((uint64_t)time_ms >> 8 * (ID_TIME - 1 - i));
    env->random(env->user, id + ID_TIME, HL_ID_SIZE - ID_TIME);
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

bool hl_entry_has_target(const struct hl_entry *e)
{
    static const uint8_t none[HL_ID_SIZE];

    return memcmp(e->target, none, sizeof none) != 0;
}
