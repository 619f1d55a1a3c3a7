/* SPDX-License-Identifier: MIT */
/* What the pure core must be given by the system: random bytes, memory, fast cryptography. */
#ifndef HL_ENTROPY_H
#define HL_ENTROPY_H

#include "env.h"

/* Chooses the fastest code for this processor; once per process, before the first key. Any thread,
 * again is harmless. 0, or -ENOSYS if the library cannot start. */
int hl_crypt_init(void);

/* getrandom() and realloc(). Static; its functions may be called from any thread. Ends the program
 * if the kernel has no random bytes: a key made of anything else would be worse. */
const struct hl_env *hl_entropy_env(void);

#endif
