/* SPDX-License-Identifier: MIT */
/* Grapheme clusters (UAX #29): what a person calls one character, such as a flag, a family joined
 * by ZWJ or e with a combining acute. Positions are byte offsets into valid UTF-8. */
#ifndef HL_CLUSTER_H
#define HL_CLUSTER_H

#include <stddef.h>

enum {
    /* Characters of the longest. No writing needs so many (a family of eight has fifteen, the
     * stream-safe format of UAX #15 stops after thirty marks), and what somebody makes up without
     * end must not cost its square. */
    HL_CLUSTER_MAX = 64,
};

/* End of the cluster that starts at at; len at the end. */
size_t hl_cluster_next(const char *s, size_t len, size_t at);

/* Start of the cluster that ends at at; 0 at the start. */
size_t hl_cluster_prev(const char *s, size_t len, size_t at);

/* The first boundary at or after at. */
size_t hl_cluster_snap(const char *s, size_t len, size_t at);

/* The longest part from the start that ends between two clusters and has at most max bytes. */
size_t hl_cluster_cut(const char *s, size_t len, size_t max);

#endif
