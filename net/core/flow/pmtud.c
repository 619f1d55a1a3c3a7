/* SPDX-License-Identifier: MIT */
#include "pmtud.h"

/* Ethernet with IPv6 and with IPv4, its jumbo frames, loopback: each is tried in turn. */
static const uint16_t usual[] = {1452, 1472, 8952, HL_PMTUD_MAX};
/* What lies between, tried once the next usual size has failed: the least that IPv6 demands,
 * WireGuard and other tunnels, PPPoE with IPv6 and with IPv4, FDDI and the jumbograms of clouds. */
static const uint16_t odd[] = {1232, 1372, 1392, 1444, 1464, 4304, 8872};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Smallest of the table above the size in use and below the ceiling; 0 = none. */
static uint16_t next_of(const struct hl_pmtud *p, const uint16_t *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i] > p->size && table[i] < p->ceiling)
            return table[i];
    }
    return 0;
}

static uint16_t candidate(const struct hl_pmtud *p)
{
    uint16_t size = next_of(p, usual, LENGTH(usual));

    if (size == 0 && p->max > p->size && p->max < p->ceiling)
        size = p->max;
    if (size == 0)
        size = next_of(p, odd, LENGTH(odd));
    return size;
}

/* Looks for the next size, or rests until the path may have become wider. */
static void search_on(struct hl_pmtud *p, hl_time now)
{
    p->probing = 0;
    p->tries = 0;
    p->next = now;
    if (candidate(p) != 0)
        return;
    p->ceiling = (uint16_t)(p->max + 1);
    p->next = p->size < p->max ? now + HL_PMTUD_RAISE : HL_NEVER;
}

static void forget_losses(struct hl_pmtud *p)
{
    p->full_lost = 0;
    p->lost_min = 0;
    p->small_acked = false;
}

static void fall_back(struct hl_pmtud *p, hl_time next)
{
    p->size = HL_PMTUD_BASE;
    p->probing = 0;
    p->tries = 0;
    p->next = next;
    forget_losses(p);
}

void hl_pmtud_init(struct hl_pmtud *p, hl_time now, size_t max)
{
    if (max > HL_PMTUD_MAX)
        max = HL_PMTUD_MAX;
    if (max < HL_PMTUD_BASE)
        max = HL_PMTUD_BASE;
    *p = (struct hl_pmtud){.size = HL_PMTUD_BASE, .max = (uint16_t)max};
    p->ceiling = (uint16_t)(max + 1);
    search_on(p, now);
}

size_t hl_pmtud_probe(const struct hl_pmtud *p, hl_time now)
{
    return p->probing != 0 || now < p->next ? 0 : candidate(p);
}

void hl_pmtud_probe_sent(struct hl_pmtud *p, hl_time now)
{
    p->probing = (uint16_t)hl_pmtud_probe(p, now);
}

void hl_pmtud_probe_acked(struct hl_pmtud *p, hl_time now)
{
    if (p->probing == 0)
        return;
    p->size = p->probing;
    forget_losses(p);
    search_on(p, now);
}

void hl_pmtud_probe_lost(struct hl_pmtud *p, hl_time now)
{
    if (p->probing == 0)
        return;
    if (++p->tries < HL_PMTUD_TRIES) {
        p->probing = 0;
        return;
    }
    p->ceiling = p->probing;
    search_on(p, now);
}

void hl_pmtud_too_big(struct hl_pmtud *p, hl_time now, size_t size)
{
    if (size <= HL_PMTUD_BASE || size >= p->ceiling)
        return;
    p->ceiling = (uint16_t)size;
    if (size <= p->size)
        fall_back(p, now);
    if (p->probing == 0 || p->probing >= size)
        search_on(p, now);
}

bool hl_pmtud_lost(struct hl_pmtud *p, hl_time now, size_t size)
{
    /* Larger than the size in use: from before a fall back, says nothing about the present. */
    if (size <= HL_PMTUD_BASE || size > p->size)
        return false;
    if (p->lost_min == 0 || size < p->lost_min)
        p->lost_min = (uint16_t)size;
    p->full_lost++;
    if (p->full_lost < (p->small_acked ? HL_PMTUD_FULL_LOST : HL_PMTUD_SILENT_LOST))
        return false;
    p->ceiling = (uint16_t)(p->max + 1);
    fall_back(p, now + HL_PMTUD_PAUSE);
    return true;
}

void hl_pmtud_acked(struct hl_pmtud *p, size_t size)
{
    if (p->full_lost == 0)
        return;
    if (size >= p->lost_min)
        forget_losses(p);
    else
        p->small_acked = true;
}
