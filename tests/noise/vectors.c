/* SPDX-License-Identifier: MIT */
/* hullo-noise-vectors: both sides of Noise handshakes, driven by lines on standard input, so that
 * any set of test vectors can be run without a JSON parser in here. One case:
 *
 *     begin PROTOCOL_NAME           Noise_XXpsk3_25519_ChaChaPoly_SHA256
 *     prologue init|resp HEX
 *     s init|resp HEX               static secret key
 *     e init|resp HEX               ephemeral secret key
 *     rs init|resp HEX              the other side's public key, known before
 *     psk init|resp HEX
 *     flip MESSAGE BIT              this bit of the bytes on the wire is flipped
 *     msg HEX                       payload; init begins, then by turns; transport after handshake
 *     end
 *
 * HEX may be empty. Answers: "skip" to a begin of a protocol that we do not have; to each msg
 * "ct HEX", what was sent, then "pt HEX", what was read from it, or "reject MESSAGE"; "hh HEX", the
 * handshake's hash, after its last message; "done" to each end; "fail REASON" for a case that makes
 * no sense. After skip, reject and fail all lines up to end are ignored. */
#include "noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INIT,
    RESP,
    SIDES,
};

static const struct protocol {
    const char *name;
    enum hl_noise_pattern pattern;
    bool knows_remote[SIDES];
} protocols[] = {
    {"Noise_XX_25519_ChaChaPoly_SHA256", HL_NOISE_XX, {false, false}},
    {"Noise_IK_25519_ChaChaPoly_SHA256", HL_NOISE_IK, {true, false}},
    {"Noise_KK_25519_ChaChaPoly_SHA256", HL_NOISE_KK, {true, true}},
    {"Noise_XXpsk3_25519_ChaChaPoly_SHA256", HL_NOISE_XXPSK3, {false, false}},
    {"Noise_IKpsk2_25519_ChaChaPoly_SHA256", HL_NOISE_IKPSK2, {true, false}},
};

struct side {
    uint8_t prologue[1024];
    size_t prologue_len;
    uint8_t s[HL_KEY_SIZE], e[HL_KEY_SIZE], rs[HL_KEY_SIZE], psk[HL_KEY_SIZE];
    bool has_s, has_e, has_rs, has_psk;
    struct hl_noise noise;
    struct hl_noise_split split;
    uint64_t sent, received; /* transport messages */
};

static struct {
    const struct protocol *protocol; /* NULL: no case, or the rest of it is ignored */
    struct side sides[SIDES];
    long flip_message, flip_bit; /* -1: none */
    bool started, transport;
    long message;
} now;

static uint8_t sent[HL_NOISE_MESSAGE_MAX];
static uint8_t read_back[HL_NOISE_MESSAGE_MAX];
static uint8_t payload[HL_NOISE_MESSAGE_MAX];

static void fail(const char *reason)
{
    printf("fail %s\n", reason);
    now.protocol = NULL;
}

static void print_hex(const char *what, const uint8_t *at, size_t len)
{
    printf("%s ", what);
    for (size_t i = 0; i < len; i++)
        printf("%02x", at[i]);
    putchar('\n');
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Bytes of hex, -1 if it is none or too long. */
static long from_hex(const char *hex, uint8_t *out, size_t cap)
{
    size_t len = strlen(hex) / 2;

    if (strlen(hex) % 2 || len > cap)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int high = digit(hex[2 * i]);
        int low = digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return (long)len;
}

/* Cuts the first word off *rest, in place. */
static char *next_word(char **rest)
{
    char *word = strsep(rest, " ");

    if (!*rest)
        *rest = word + strlen(word);
    return word;
}

static struct side *side_of(const char *word)
{
    if (strcmp(word, "init") == 0)
        return &now.sides[INIT];
    return strcmp(word, "resp") == 0 ? &now.sides[RESP] : NULL;
}

static void begin(char *rest)
{
    memset(&now, 0, sizeof now);
    now.flip_message = now.flip_bit = -1;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (strcmp(rest, protocols[i].name) == 0)
            now.protocol = &protocols[i];
    }
    if (!now.protocol)
        puts("skip");
}

static void take_prologue(char *rest)
{
    struct side *side = side_of(next_word(&rest));
    long len = side ? from_hex(rest, side->prologue, sizeof side->prologue) : -1;

    if (len < 0)
        fail("prologue");
    else
        side->prologue_len = (size_t)len;
}

static void take_key(const char *hex, uint8_t key[HL_KEY_SIZE], bool *has)
{
    if (*has || from_hex(hex, key, HL_KEY_SIZE) != HL_KEY_SIZE)
        fail("not one key of 32 bytes");
    *has = true;
}

#define KEY_COMMAND(key)                                                                           \
    static void take_##key(char *rest)                                                             \
    {                                                                                              \
        struct side *side = side_of(next_word(&rest));                                             \
                                                                                                   \
        if (side)                                                                                  \
            take_key(rest, side->key, &side->has_##key);                                           \
        else                                                                                       \
            fail("neither init nor resp");                                                         \
    }
KEY_COMMAND(s)
KEY_COMMAND(e)
KEY_COMMAND(rs)
KEY_COMMAND(psk)

static void take_flip(char *rest)
{
    if (sscanf(rest, "%ld %ld", &now.flip_message, &now.flip_bit) != 2)
        fail("flip");
}

static bool start(void)
{
    for (int i = 0; i < SIDES; i++) {
        struct side *side = &now.sides[i];
        struct hl_noise_keys keys = {
            .prologue = {side->prologue, side->prologue_len},
            .s = side->s,
            .rs = side->has_rs ? side->rs : NULL,
            .psk = side->has_psk ? side->psk : NULL,
        };

        if (!side->has_s || !side->has_e || (now.protocol->knows_remote[i] && !side->has_rs)) {
            fail("a key is missing");
            return false;
        }
        hl_noise_init(&side->noise, now.protocol->pattern, i == INIT, &keys);
    }
    now.started = true;
    return true;
}

/* Bytes sent, or negative. */
static int write_message(struct side *from, size_t len)
{
    if (!now.transport)
        return hl_noise_write(&from->noise, from->e, (struct hl_bytes){payload, len}, sent,
                              sizeof sent);
    if (len > sizeof sent - HL_TAG_SIZE)
        return -1;
    memcpy(sent, payload, len);
    hl_crypt_seal(from->split.send, from->sent++, (struct hl_bytes){NULL, 0}, sent, len);
    return (int)len + HL_TAG_SIZE;
}

/* Bytes read, or negative. */
static int read_message(struct side *to, size_t len)
{
    struct hl_bytes message = {sent, len};

    if (!now.transport)
        return hl_noise_read(&to->noise, message, read_back, sizeof read_back);
    return hl_crypt_open(to->split.recv, to->received++, (struct hl_bytes){NULL, 0}, message,
                         read_back)
               ? (int)len - HL_TAG_SIZE
               : -1;
}

static void finish_handshake(void)
{
    for (int i = 0; i < SIDES; i++)
        hl_noise_split(&now.sides[i].noise, &now.sides[i].split);
    if (memcmp(now.sides[INIT].split.hash, now.sides[RESP].split.hash, HL_HASH_SIZE) != 0) {
        fail("the hashes differ");
        return;
    }
    print_hex("hh", now.sides[INIT].split.hash, HL_HASH_SIZE);
    now.transport = true;
}

static void carry(char *rest)
{
    struct side *from = &now.sides[now.message % 2 ? RESP : INIT];
    struct side *to = &now.sides[now.message % 2 ? INIT : RESP];
    long len = from_hex(rest, payload, sizeof payload);
    int wire;
    int got;

    if (len < 0) {
        fail("payload");
        return;
    }
    if (!now.started && !start())
        return;
    wire = write_message(from, (size_t)len);
    if (wire < 0) {
        fail("write");
        return;
    }
    print_hex("ct", sent, (size_t)wire);
    if (now.message == now.flip_message) {
        if (now.flip_bit < 0 || now.flip_bit / 8 >= wire) {
            fail("no such bit");
            return;
        }
        sent[now.flip_bit / 8] ^= (uint8_t)(1U << now.flip_bit % 8);
    }
    got = read_message(to, (size_t)wire);
    if (got < 0) {
        printf("reject %ld\n", now.message);
        now.protocol = NULL;
        return;
    }
    print_hex("pt", read_back, (size_t)got);
    if (!now.transport && hl_noise_done(&from->noise) && hl_noise_done(&to->noise))
        finish_handshake();
    now.message++;
}

static void end(char *rest)
{
    (void)rest;
    now.protocol = NULL;
    puts("done");
}

static const struct {
    const char *word;
    void (*run)(char *rest);
    bool always; /* also where the rest of a case is ignored */
} commands[] = {
    {"begin", begin, true},     {"prologue", take_prologue, false},
    {"s", take_s, false},       {"e", take_e, false},
    {"rs", take_rs, false},     {"psk", take_psk, false},
    {"flip", take_flip, false}, {"msg", carry, false},
    {"end", end, true},
};

static void run_line(char *line)
{
    char *rest = line;
    char *word = next_word(&rest);

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(word, commands[i].word) != 0)
            continue;
        if (commands[i].always || now.protocol)
            commands[i].run(rest);
        return;
    }
    if (now.protocol)
        fail("unknown command");
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;

    while (getline(&line, &cap, stdin) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        run_line(line);
    }
    free(line);
    return ferror(stdin) || fflush(stdout) != 0;
}
