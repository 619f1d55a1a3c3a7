/* SPDX-License-Identifier: MIT */
/* Texts in the user's language, by gettext(3): msgids are English. src/i18n.c says where the
 * catalogues are; until then, and where there is none, everything stays English. What programs
 * read (JSON, logs, the protocol) is not translated. */
#ifndef HL_I18N_H
#define HL_I18N_H

#include <libintl.h>

/* Never of "": that is the head of the catalogue. */
#define _(text) gettext(text)

#endif
