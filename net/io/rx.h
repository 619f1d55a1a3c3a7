/* SPDX-License-Identifier: MIT */
#ifndef HL_RX_H
#define HL_RX_H

#include "inside.h"

/* What the receive thread owns; made and freed by the main thread around its life. */
/* Returns 0 or -errno; then nothing is left of it. */
int hl_rx_new(struct hl_net *n, struct hl_rx **out) __attribute__((warn_unused_result));
void hl_rx_free(struct hl_rx *rx);
void *hl_rx_main(void *rx);

#endif
