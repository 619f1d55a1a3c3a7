/* SPDX-License-Identifier: MIT */
/* A host with a name server of its own: this test's network and mount namespaces, with
 *   10.77.0.2           reached
 *   10.77.1.0/24        a black hole but for 10.77.1.1, and so is
 *   fd77::/64           but for fd77::1
 * Both end with the test. */
#ifndef HL_TEST_LAB_H
#define HL_TEST_LAB_H

#include <stdbool.h>

/* Moves into new namespaces with this name server in resolv.conf and these lines as hosts file.
 * Skips the test visibly where that is not permitted. */
void lab_enter(const char *name_server, const char *hosts);

/* Threads of this process. */
unsigned lab_threads(void);

#endif
