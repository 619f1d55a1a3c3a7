/* SPDX-License-Identifier: MIT */
/* A framed stream in pieces of any size. The records must be those that the slow and obvious way
 * finds, and the stream ends at the same length of 0. The first byte chooses the size of pieces. */
#include "err.h"
#include "fuzz.h"
#include "net_limits.h"
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t buf[HL_RECORD_MAX];
    struct hl_records r = {.buf = buf};
    size_t step;
    size_t place = 0; /* of the record that should come next */

    if (n < 2)
        return 0;
    step = 1 + *data++ % 60U;
    n--;
    for (size_t off = 0; off < n;) {
        size_t most = step - off % step < n - off ? step - off % step : n - off;
        const uint8_t *record;
        size_t len;
        int err;
        size_t taken = hl_records_take(&r, data + off, most, &record, &len, &err);

        FUZZ_CHECK(taken > 0 && taken <= most);
        off += taken;
        if (err) {
            FUZZ_CHECK(err == HL_ERR_FRAMING && !record);
            FUZZ_CHECK(off == place + 2 && data[place] == 0 && data[place + 1] == 0);
            return 0;
        }
        if (!record)
            continue;
        FUZZ_CHECK(len > 0 && len == ((size_t)data[place] << 8 | data[place + 1]));
        FUZZ_CHECK(memcmp(record, data + place + 2, len) == 0);
        place += 2 + len;
        FUZZ_CHECK(off == place);
    }
    FUZZ_CHECK(hl_records_waiting(&r) == (place < n));
    return 0;
}
