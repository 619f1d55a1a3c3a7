/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(err, every_own_error_has_a_text_and_a_class)
{
#define CHECK(name, class, text)                                                                   \
    cr_assert_str_eq(hl_err_text(HL_ERR_##name), text);                                            \
    cr_assert_eq(hl_err_class(HL_ERR_##name), HL_CLASS_##class);
    HL_ERR_LIST(CHECK)
#undef CHECK
}

Test(err, system_errors_keep_their_number_and_text)
{
    for (int e = 1; e < 134; e++)
        cr_assert_not_null(hl_err_text(-e), "errno %d", e);
    cr_assert_str_eq(hl_err_text(-ECONNREFUSED), "Connection refused");
    cr_assert_str_eq(hl_err_word(-ECONNREFUSED), "refused");
    cr_assert_str_eq(hl_err_text(0), "done");
    cr_assert_str_eq(hl_err_text(1), "unknown error");
    cr_assert_str_eq(hl_err_text(-4999999), "unknown error");
}

Test(err, classes_of_system_errors)
{
    cr_assert_eq(hl_err_class(-ECONNREFUSED), HL_CLASS_UNREACHABLE);
    cr_assert_eq(hl_err_class(-ENETUNREACH), HL_CLASS_UNREACHABLE);
    cr_assert_eq(hl_err_class(-ETIMEDOUT), HL_CLASS_TIMEOUT);
    cr_assert_eq(hl_err_class(-EMFILE), HL_CLASS_RUNTIME);
    cr_assert_eq(hl_err_class(0), HL_CLASS_OK);
}
