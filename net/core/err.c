/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *text;
    enum hl_err_class class;
} errors[] = {
#define HL_ERR_ROW(name, class, text) {text, HL_CLASS_##class},
    HL_ERR_LIST(HL_ERR_ROW)
#undef HL_ERR_ROW
};

enum {
    ERRNO_MAX = 4095,
};

static size_t own_index(int err)
{
    return (size_t)(err - HL_ERR_BASE - 1);
}

static int is_own(int err)
{
    return err > HL_ERR_BASE && err < HL_ERR_END;
}

const char *hl_err_text(int err)
{
    const char *text = NULL;

    if (err == 0)
        return "done";
    if (is_own(err))
        return errors[own_index(err)].text;
    if (err < 0 && err >= -ERRNO_MAX)
        text = strerrordesc_np(-err);
    return text ? text : "unknown error";
}

const char *hl_err_word(int err)
{
    switch (err) {
    case -ECONNREFUSED:
        return "refused";
    case -EHOSTUNREACH:
    case -ENETUNREACH:
    case -EHOSTDOWN:
    case -ENETDOWN:
        return "unreachable";
    case -ECONNRESET:
    case -EPIPE:
        return "reset by the peer";
    case -EMSGSIZE:
        return "too large for the path";
    case -EACCES:
    case -EPERM:
        return "not permitted";
    case -ETIMEDOUT:
        return "timed out";
    default:
        return hl_err_text(err);
    }
}

enum hl_err_class hl_err_class(int err)
{
    if (err == 0)
        return HL_CLASS_OK;
    if (is_own(err))
        return errors[own_index(err)].class;
    switch (err) {
    case -ECONNREFUSED:
    case -EHOSTUNREACH:
    case -ENETUNREACH:
    case -EHOSTDOWN:
    case -ENETDOWN:
    case -ECONNRESET:
    case -ENOENT: /* a Unix socket that is not there */
    case -EADDRNOTAVAIL:
        return HL_CLASS_UNREACHABLE;
    case -ETIMEDOUT:
        return HL_CLASS_TIMEOUT;
    case -ENOSPC:
    case -EDQUOT:
    case -EFBIG:
    case -EIO:
    case -EROFS:
        return HL_CLASS_STORAGE;
    default:
        return HL_CLASS_RUNTIME;
    }
}
