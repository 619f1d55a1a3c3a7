/* SPDX-License-Identifier: MIT */
/* Texts in the user's language, by gettext(3): msgids are English, and where there is no catalogue
 * they are what is shown. src/catalogue.c opens it for people alone; what programs read (JSON,
 * logs, errors of commands without a conversation, the protocol) stays as it is.
 *
 * hl_ui_hint(), hl_chat_say() and hl_command_say() look up their format themselves, so that no
 * remark is forgotten. Tables hold msgids, which are looked up where they are shown.
 * tests/words.sh compares all of them with the catalogues. */
#ifndef HL_I18N_H
#define HL_I18N_H

#include <libintl.h>

/* Never of "": that is the head of the catalogue. */
#define _(text) gettext(text)

/* Marks a text of a table: it is looked up later. */
#define N_(text) text

#endif
