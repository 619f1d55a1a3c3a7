/* SPDX-License-Identifier: MIT */
#include "thread.h"

struct hl_role hl_role_main;
struct hl_role hl_role_rx;
struct hl_role hl_role_tx;
struct hl_role hl_role_core;
