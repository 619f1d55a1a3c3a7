/* SPDX-License-Identifier: MIT */
/* Criterion's worker library maps its arena at 0x200000000000 + rand_r() * 16 MiB, which
 * ThreadSanitizer keeps for itself, and then no test runs. This rand_r(), linked into TSan test
 * binaries only, moves the arena into a range that TSan leaves to the program. */
#include <stdlib.h>
#include <unistd.h>

enum {
    ARENA_FIRST = 0x350000, /* 0x550000000000 after the multiplication */
    ARENA_MASK = 0x3fff,
};

int rand_r(unsigned int *seed)
{
    *seed = *seed * 1103515245U + (unsigned int)getpid();
    return ARENA_FIRST + (int)((*seed >> 8) & ARENA_MASK);
}
