/* SPDX-License-Identifier: MIT */
/* Words, queries, and searching with the index, without it and in a sealed store: all alike. */
#include "storehome.h"

#include "bytes_of.h"
#include "query.h"
#include "words.h"

static const uint8_t key[HL_STORE_SEAL] = {9};

TestSuite(store_search, .init = home_make, .fini = home_remove, .timeout = 60);

/* ---- words ---- */

static const struct {
    const char *text, *words;
} splits[] = {
    {"", ""},
    {"  \t\n", ""},
    {"Hello, World!", "hello|world"},
    {"it's 3.14 a_b", "it|s|3|14|a|b"},
    {"ÄRGER Ärger A\xcc\x88rger", "arger|arger|arger"},
    {"STRASSE Straße", "strasse|strasse"},
    {"Ελλάδα ΕΛΛΆΔΑ", "ελλαδα|ελλαδα"},
    {"ёлка Й", "елка|и"},
    {"ﬁne Ａ１", "fine|a1"},
    {"你好世界", "你|好|世|界"},
    {"我说hello了", "我|说|hello|了"},
    {"カタカナ ｶﾀｶﾅ", "カ|タ|カ|ナ|カ|タ|カ|ナ"},
    {"が か\xe3\x82\x99", "か\xe3\x82\x99|か\xe3\x82\x99"},
    {"ไทย", "ไ|ท|ย"},
    {"한국어",
     "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xae\xe1\x86\xa8\xe1\x84\x8b"
     "\xe1\x85\xa5"},
    {"👍🏽 ok ❤️", "👍|ok|❤"},
    {"soft\xc2\xadhyphen", "softhyphen"},
    {"\xff\xfe"
     "a\x80"
     "b",
     "a|b"},
    {"हिन्दी", "हिन्दी"},
    {"كِتَاب", "كتاب"},
};

static const char *split(struct hl_bytes text)
{
    static char out[4000];
    struct hl_words w;
    size_t len = 0;

    out[0] = '\0';
    hl_words_init(&w, text);
    while (hl_words_next(&w)) {
        cr_assert_leq(w.len, HL_WORD_MAX);
        cr_assert_lt(w.from, w.to);
        cr_assert_leq(w.to, text.len);
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%.*s", len ? "|" : "", (int)w.len,
                                w.word);
    }
    return out;
}

Test(store_search, words)
{
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++)
        cr_assert_str_eq(split(text_bytes(splits[i].text)), splits[i].words, "%s: %s",
                         splits[i].text, split(text_bytes(splits[i].text)));
}

Test(store_search, words_of_any_bytes)
{
    uint64_t seed = 5;
    uint8_t text[200];
    struct hl_words w;

    for (int i = 0; i < 50000; i++) {
        size_t len = next_random(&seed) % sizeof text;

        fill_random(&seed, text, len);
        hl_words_init(&w, (struct hl_bytes){text, len});
        for (size_t at = 0; hl_words_next(&w); at = w.from)
            cr_assert(w.len > 0 && w.from >= at && w.to <= len);
    }
}

Test(store_search, a_long_word_is_cut)
{
    char text[1001];

    memset(text, 'x', 1000);
    text[1000] = '\0';
    cr_assert_eq(strlen(split(text_bytes(text))), HL_WORD_MAX);
}

/* ---- queries, each over the same texts in three stores ---- */

static const char *const texts[] = {
    "The meeting is tomorrow at ten",
    "tomorrow never comes",
    "don't panic: the \"answer\" is 42",
    "我们明天开会",
    "明天见, see you tomorrow",
    "Ärger im Büro",
    "NOT AND OR NEAR(a b) body:x who : c1 ^ - + { }",
    "c1 c2 who",
    "meetings are met with meteors",
    "%_' ; DROP TABLE entry; --",
};

/* found: which texts, the latest first. */
static const struct {
    const char *words, *found;
} queries[] = {
    {"tomorrow", "410"},
    {"TOMORROW", "410"},
    {"tomorrow the", "0"},
    {"the tomorrow meeting", "0"},
    {"\"tomorrow never\"", "1"},
    {"\"never tomorrow\"", ""},
    {"meet", ""},
    {"meet*", "80"},
    {"m*", "80"},
    {"met* meetings", "8"},
    {"\"with met\"*", "8"},
    {"\"the meet\"*", "0"},
    {"don't", "2"},
    {"dont", ""},
    {"明天", "43"},
    {"天开", "3"},
    {"天明", ""},
    {"们明天", "3"},
    {"们天", ""},
    {"天", "43"},
    {"见", "4"},
    {"见*", "4"},
    {"明天*", "43"},
    {"\"明天 see\"", ""},
    {"天见see", "4"},
    {"\"见 se\"*", "4"},
    {"\"天 se\"*", ""},
    {"tomorrow*", "410"},
    {"meteo*", "8"},
    {"明 会", "3"},
    {"明天 tomorrow", "4"},
    {"arger", "5"},
    {"ÄRGER büro", "5"},
    {"NOT", "6"},
    {"AND", "6"},
    {"body:x", "6"},
    {"who:c1", "6"},
    {"c1", "76"},
    {"c1 AND who", "6"},
    {"NEAR(a b)", "6"},
    {"^ NOT", "6"},
    {"'", NULL},
    {"answer", "2"},
    {"\"answer", "2"},
    {"answer\"", "2"},
    {"\"the \"answer\" is\"", "2"},
    {"drop table", "9"},
    {"DROP TABLE entry; --", "9"},
    {"*", NULL},
    {"\"\"", NULL},
    {"\"\"*", NULL},
    {"", NULL},
    {"  ?! ", NULL},
    {"? tomorrow !", "410"},
    {"42", "2"},
    {"4*", "2"},
};

static bool note(void *user, const struct hl_stored *e)
{
    char *out = user;
    uint64_t number;

    memcpy(&number, e->row.id, sizeof number);
    snprintf(out + strlen(out), 3, "%lu", (unsigned long)number - 1);
    return true;
}

static void put_texts(uint32_t contact)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_assert_eq(put_theirs(contact, make_entry(HL_ENTRY_TEXT, i + 1, 0, texts[i]), 0, NULL),
                     0);
}

static void ask_all(uint32_t contact, const char *where)
{
    char found[64];

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct hl_store_query q = {.words = queries[i].words, .contact = contact, .limit = 50};
        int err;

        found[0] = '\0';
        err = hl_store_read(store, &q, note, found);
        cr_assert_eq(err, queries[i].found ? 0 : -EINVAL, "%s: %s: %d %s", where, queries[i].words,
                     err, hl_store_why(store));
        cr_assert_str_eq(found, queries[i].found ? queries[i].found : "", "%s: %s: %s", where,
                         queries[i].words, found);
    }
}

Test(store_search, the_same_with_an_index_and_without)
{
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    put_texts(bob);
    ask_all(0, "without an index");
    ask_all(bob, "without an index, bob");
    tidy();
    ask_all(0, "with an index");
    ask_all(bob, "with an index, bob");
    home_close();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
    ask_all(0, "after opening again");
    check();
}

Test(store_search, the_same_in_a_sealed_store)
{
    cr_assert_eq(home_open(key), 0, "%s", why);
    put_texts(add_contact("bob"));
    tidy();
    ask_all(0, "sealed");
}

/* Or whoever tidies up would never be done. */
Test(store_search, the_index_ends_where_the_entries_did)
{
    bool more = true;
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    put_theirs(add_contact("carol"), make_entry(HL_ENTRY_TEXT, 1, 0, "stays"), 0, NULL);
    bob = add_contact("bob");
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "goes"), 0, NULL);
    cr_assert_eq(hl_store_contact_delete(store, bob), 0);
    cr_assert_eq(hl_store_tidy(store, &more), 0);
    cr_assert_not(more);
    cr_assert_eq(read_all((struct hl_store_query){.words = "stays"}).count, 1);
    check();
}

Test(store_search, half_in_the_index)
{
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (i == 5)
            tidy();
        put_theirs(bob, make_entry(HL_ENTRY_TEXT, i + 1, 0, texts[i]), 0, NULL);
    }
    ask_all(0, "half");
}

Test(store_search, one_conversation_alone)
{
    uint32_t bob, carol, tenth;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    carol = add_contact("carol");
    for (int i = 3; i <= 10; i++) {
        char name[8];

        snprintf(name, sizeof name, "k%d", i);
        tenth = add_contact(name);
    }
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "same words"), 0, NULL);
    put_theirs(carol, make_entry(HL_ENTRY_TEXT, 1, 0, "same words"), 0, NULL);
    put_theirs(tenth, make_entry(HL_ENTRY_TEXT, 1, 0, "same words"), 0, NULL);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(read_all((struct hl_store_query){.words = "same"}).count, 3);
        cr_assert_eq(read_all((struct hl_store_query){.words = "same", .contact = bob}).count, 1);
        tidy();
    }
}

Test(store_search, pages_and_filters)
{
    uint32_t bob;
    uint64_t from = 0;
    size_t found = 0;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    for (uint64_t i = 1; i <= 50; i++) {
        if (i == 30)
            tidy();
        if (i % 2)
            put_ours(bob, make_entry(HL_ENTRY_TEXT, i, 0, "word"), NULL);
        else
            put_theirs(bob, make_entry(HL_ENTRY_TEXT, i, 0, "word"), 0, NULL);
    }
    for (;;) {
        struct told t =
            read_all((struct hl_store_query){.words = "word", .from = from, .limit = 7});

        if (t.count == 0)
            break;
        found += t.count;
        cr_assert(from == 0 || t.last.row.row < from);
        from = t.last.row.row;
    }
    cr_assert_eq(found, 50);
    cr_assert_eq(read_all((struct hl_store_query){.words = "word", .theirs = true}).count, 25);
    cr_assert_eq(read_all((struct hl_store_query){.words = "word", .until_ms = 5}).count, 0);
    cr_assert_eq(read_all((struct hl_store_query){.words = "word", .since_ms = 5}).count, 50);
}

Test(store_search, what_is_changed_is_found_as_it_is_now)
{
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 1, 0, "before"), 0, NULL);
    put_theirs(bob, make_entry(HL_ENTRY_TEXT, 2, 0, "secret"), 0, NULL);
    tidy();
    put_theirs(bob, make_entry(HL_ENTRY_EDIT, 3, 1, "after"), 0, NULL);
    put_theirs(bob, make_entry(HL_ENTRY_DELETE, 4, 2, ""), 0, NULL);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(read_all((struct hl_store_query){.words = "before"}).count, 0);
        cr_assert_eq(read_all((struct hl_store_query){.words = "after"}).count, 1);
        cr_assert_eq(read_all((struct hl_store_query){.words = "secret"}).count, 0);
        tidy();
    }
    check();
}

Test(store_search, any_query_is_one)
{
    static const char *const parts[] = {"\"", "*",  "a", " ", "(", "NEAR",
                                        "明", "\\", "-", ":", "c1"};
    uint64_t seed = 3;
    size_t refused = 0;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    put_texts(add_contact("bob"));
    tidy();
    for (int i = 0; i < 5000; i++) {
        char words[200] = "", found[64] = "";
        struct hl_store_query q = {.words = words, .contact = (uint32_t)i % 2, .limit = 50};
        int err;

        for (uint64_t n = next_random(&seed) % 12; n > 0; n--)
            strcat(words, parts[next_random(&seed) % (sizeof parts / sizeof parts[0])]);
        err = hl_store_read(store, &q, note, found);
        cr_assert(err == 0 || err == -EINVAL, "%s: %d %s", words, err, hl_store_why(store));
        refused += err < 0;
    }
    cr_assert_lt(refused, 2500);
}

/* Words of one or two letters, of all kinds, so that few queries find nothing. */
static void make_words(uint64_t *seed, char *out, size_t parts)
{
    static const char *const letters[] = {"a", "b", "明", "天", "か", "か\xe3\x82\x99",
                                          "👍", " ", " "};

    out[0] = '\0';
    for (size_t i = next_random(seed) % parts + 1; i > 0; i--)
        strcat(out, letters[next_random(seed) % (sizeof letters / sizeof letters[0])]);
}

static void make_query(uint64_t *seed, char *out, size_t size)
{
    const char *quote = next_random(seed) % 2 ? "\"" : "";
    char words[64];

    make_words(seed, words, 4);
    snprintf(out, size, "%s%s%s%s", quote, words, quote, next_random(seed) % 2 ? "*" : "");
}

Test(store_search, the_index_finds_what_reading_finds)
{
    static char words[400][80], found[400][200];
    uint64_t seed = 11;
    size_t some = 0;
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    for (uint64_t i = 1; i <= 60; i++) {
        char text[100];

        make_words(&seed, text, 12);
        put_theirs(bob, make_entry(HL_ENTRY_TEXT, i, 0, text), 0, NULL);
    }
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 400; i++) {
            struct hl_store_query q = {.words = words[i], .limit = 70};
            char now[200] = "";

            if (turn == 0)
                make_query(&seed, words[i], sizeof words[i]);
            if (hl_store_read(store, &q, note, now) == 0 && turn == 0)
                strcpy(found[i], now);
            cr_assert_str_eq(now, found[i], "%s: %s, not %s", words[i], now, found[i]);
            some += now[0] != '\0';
        }
        tidy();
    }
    cr_assert_gt(some, 200);
}

Test(store_search, a_long_beginning_far_back)
{
    enum {
        TEXTS = 3500, /* more than are looked through one by one */
    };
    struct hl_ledger_row row;
    uint64_t from = 0;
    size_t found = 0;
    struct told t;
    uint32_t bob;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    bob = add_contact("bob");
    cr_assert_eq(ledger->begin(ledger->user), 0);
    for (uint64_t i = 1; i <= TEXTS; i++) {
        struct hl_entry e = make_entry(HL_ENTRY_TEXT, i, 0, i % 100 ? "other" : "beginning");

        cr_assert_eq(ledger->take(ledger->user, bob, &e, 0, i + 1, &row), 0);
    }
    cr_assert_eq(ledger->commit(ledger->user), 0);
    tidy();
    do {
        t = read_all((struct hl_store_query){.words = "beginn*", .from = from, .limit = 8});
        found += t.count;
        cr_assert(t.count == 0 || from == 0 || t.last.row.row < from);
        from = t.last.row.row;
    } while (t.count > 0);
    cr_assert_eq(found, TEXTS / 100);
}

Test(store_search, a_query_of_thousands_of_words)
{
    static char words[20001];
    struct hl_store_query q = {.words = words, .limit = 1};
    size_t count = 0;

    cr_assert_eq(home_open(NULL), 0, "%s", why);
    put_texts(add_contact("bob"));
    tidy();
    for (size_t i = 0; i + 1 < sizeof words; i += 2)
        memcpy(words + i, "a ", 2);
    cr_assert_eq(hl_store_read(store, &q, tell, &(struct told){.count = count}), 0, "%s",
                 hl_store_why(store));
    memset(words, 'a', 3);
    for (size_t i = 0; i + 3 < sizeof words; i += 3)
        memcpy(words + i, "明", 3);
    cr_assert_eq(hl_store_read(store, &q, tell, &(struct told){.count = count}), 0, "%s",
                 hl_store_why(store));
}
