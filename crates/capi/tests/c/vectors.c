/* Answers requests, one a line, in JSON, one a line: tests/vectors.rs puts the cases of spec/vectors through it.
 *
 * A request is words with a space between; bytes are in hex, none of them `-`. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exactly.h"
#include "keyward.h"

enum { MAX_WORDS = 64 };

struct bytes {
    unsigned char *at;
    size_t size;
};

static struct bytes unhex(const char *digits)
{
    size_t size = strcmp(digits, "-") == 0 ? 0 : strlen(digits) / 2;
    struct bytes bytes = {exactly(digits, size), size};
    for (size_t i = 0; i < size; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};
        bytes.at[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return bytes;
}

static int64_t number(const char *word)
{
    return (int64_t)strtoll(word, NULL, 10);
}

/* What JSON is made of. Each value is followed by a comma, and `"end":0` ends an object. */

static void string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ')
            printf("\\u%04x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void text(const char *name, const char *value)
{
    printf("\"%s\":", name);
    string(value);
    putchar(',');
}

static void integer(const char *name, int64_t value)
{
    printf("\"%s\":%" PRId64 ",", name, value);
}

static void boolean(const char *name, bool value)
{
    printf("\"%s\":%s,", name, value ? "true" : "false");
}

static void hex(const char *name, const unsigned char *bytes, size_t size)
{
    printf("\"%s\":\"", name);
    for (size_t i = 0; i < size; i++)
        printf("%02x", (unsigned)bytes[i]);
    printf("\",");
}

static void day(const char *name, kw_day day)
{
    if (day.year == 0)
        printf("\"%s\":null,", name);
    else
        printf("\"%s\":\"%04u-%02u-%02u\",", name, (unsigned)day.year, (unsigned)day.month, (unsigned)day.day);
}

static void features(uint64_t bits)
{
    const char *comma = "";
    printf("\"features\":[");
    for (unsigned feature = 0; feature < 64; feature++) {
        if ((bits >> feature & 1) == 0)
            continue;
        printf("%s%u", comma, feature);
        comma = ",";
    }
    printf("],");
}

/* Unlimited seats are -1 here. */
static void seat_count(uint64_t seats)
{
    integer("seats", seats == KW_UNLIMITED_SEATS ? -1 : (int64_t)seats);
}

static void standing(const kw_standing *standing)
{
    printf("\"standing\":{");
    text("state", kw_code(standing->state));
    integer("kind", standing->kind);
    integer("opens_at", standing->opens_at);
    integer("closes_at", standing->closes_at);
    integer("grace_closes_at", standing->grace_closes_at);
    integer("days_left", standing->days_left);
    day("valid_from", standing->valid_from);
    day("valid_through", standing->valid_through);
    day("grace_through", standing->grace_through);
    day("next_reminder", standing->next_reminder);
    boolean("usable", standing->is_usable);
    boolean("successor_held", standing->has_successor);
    integer("grace_days", standing->grace_days);
    text("notice", standing->notice);
    text("text", standing->text);
    printf("\"end\":0},");
}

static void claims(const kw_claims *claims)
{
    printf("\"claims\":{");
    hex("serial", claims->serial, sizeof claims->serial);
    integer("product", claims->product);
    integer("edition", claims->edition);
    seat_count(claims->seats);
    integer("kind", claims->kind);
    integer("environment", claims->environment);
    day("valid_from", claims->valid_from);
    day("valid_through", claims->valid_through);
    day("updates_through", claims->updates_through);
    features(claims->features);
    boolean("locked", claims->is_locked);
    hex("fingerprint", claims->fingerprint, sizeof claims->fingerprint);
    text("licensee", claims->licensee);
    hex("extension", claims->extension, claims->extension_size);
    printf("\"limits\":{");
    for (unsigned i = 0; i < claims->limit_count; i++)
        printf("%s\"%u\":%" PRIu64, i > 0 ? "," : "", (unsigned)claims->limits[i].id, claims->limits[i].value);
    printf("},\"end\":0},");
}

static void result(const kw_result *result)
{
    text("outcome", kw_code(result->outcome));
    integer("number", result->outcome);
    boolean("usable", result->is_usable);
    text("message", result->message);
    text("key", result->key);
    hex("digest", result->digest, sizeof result->digest);
    hex("key_id", result->key_id, sizeof result->key_id);
    claims(&result->claims);
    standing(&result->standing);
    printf("\"repairs\":[");
    for (unsigned i = 0; i < result->repair_count; i++) {
        const kw_repair *repair = &result->repairs[i];
        printf("%s[%u,\"%s\",\"%s\"]", i > 0 ? "," : "", (unsigned)repair->group, repair->typed, repair->expected);
    }
    printf("],");
    integer("groups", result->group_count);
    hex("unreadable", result->unreadable_groups, sizeof result->unreadable_groups);
}

/* The texts of a request for several. */

struct texts {
    size_t count;
    const char **texts;
    size_t *sizes;
};

static struct texts texts_of(char **words, int count)
{
    size_t texts = (size_t)count;
    struct texts all = {texts, calloc(texts + 1, sizeof(char *)), calloc(texts + 1, sizeof(size_t))};
    if (all.texts == NULL || all.sizes == NULL)
        exit(2);
    for (size_t i = 0; i < texts; i++) {
        struct bytes bytes = unhex(words[i]);
        all.texts[i] = (const char *)bytes.at;
        all.sizes[i] = bytes.size;
    }
    return all;
}

static void free_texts(struct texts all)
{
    for (size_t i = 0; i < all.count; i++)
        free((void *)(uintptr_t)all.texts[i]);
    free(all.texts);
    free(all.sizes);
}

/* The verifier that is being set up, or asked. */
static kw_verifier *verifier;

static kw_status verify(char **words)
{
    struct bytes typed = unhex(words[2]);
    kw_result *found = exactly(&(kw_result){.is_usable = true}, sizeof(kw_result));
    kw_status status = kw_verify(verifier, (const char *)typed.at, typed.size, number(words[1]), found);
    result(found);
    free(found);
    free(typed.at);
    return status;
}

static kw_status combine(char **words, int count)
{
    struct texts all = texts_of(words + 2, count - 2);
    kw_entitlement holding;
    kw_status status = kw_combine(verifier, all.texts, all.sizes, all.count, number(words[1]), &holding);
    text("outcome", kw_code(holding.outcome));
    boolean("usable", holding.is_usable);
    integer("index", (int64_t)holding.index);
    standing(&holding.standing);
    boolean("granted", holding.grant.is_granted);
    features(holding.grant.features);
    seat_count(holding.grant.seats);
    free_texts(all);
    return status;
}

static kw_status read_clock(char **words, int count)
{
    kw_clock clock = {number(words[2]), number(words[3]), number(words[4]), number(words[5]), number(words[6])};
    struct bytes mark = unhex(words[1]);
    struct texts all = texts_of(words + 7, count - 7);
    kw_reading reading;
    kw_status status = kw_read_clock(verifier, all.texts, all.sizes, all.count, &clock, mark.at, &reading);
    integer("now", reading.now);
    boolean("suspect", reading.is_suspect);
    integer("behind_by", reading.behind_by);
    integer("largest_step", reading.largest_step);
    integer("backward_steps", reading.backward_steps);
    hex("mark", mark.at, mark.size);
    free_texts(all);
    free(mark.at);
    return status;
}

static kw_status new_mark(void)
{
    struct bytes mark = {exactly("0123456789012345678901234567890123456", KW_MARK_SIZE), KW_MARK_SIZE};
    kw_status status = kw_mark_new(mark.at);
    hex("mark", mark.at, mark.size);
    free(mark.at);
    return status;
}

static kw_status recover(char **words)
{
    struct bytes mark = unhex(words[1]);
    kw_status status = kw_mark_recover(mark.at, number(words[2]));
    hex("mark", mark.at, mark.size);
    free(mark.at);
    return status;
}

static kw_status fingerprint(char **words)
{
    struct bytes part[5];
    for (int i = 0; i < 5; i++)
        part[i] = unhex(words[2 + i]);
    kw_machine machine = {
        {part[0].at, part[0].size}, {part[1].at, part[1].size}, {part[2].at, part[2].size},
        {part[3].at, part[3].size}, {part[4].at, part[4].size},
    };
    unsigned char *made = exactly("0123456789abcdef", 16);
    kw_status status = kw_fingerprint((uint32_t)number(words[1]), &machine, made);
    hex("fingerprint", made, 16);
    free(made);
    for (int i = 0; i < 5; i++)
        free(part[i].at);
    return status;
}

static kw_status seats(char **words)
{
    kw_seats seats;
    kw_status status = kw_seat_standing((uint64_t)number(words[1]), (uint32_t)number(words[2]), &seats);
    integer("left", seats.left);
    integer("over", seats.over);
    boolean("unlimited", seats.is_unlimited);
    return status;
}

static kw_status new_verifier(char **words)
{
    kw_verifier_free(verifier);
    return kw_verifier_new((uint32_t)number(words[1]), &verifier);
}

static kw_status trust(char **words)
{
    struct bytes key = unhex(words[1]);
    kw_status status = kw_verifier_trust(verifier, key.at, key.size);
    free(key.at);
    return status;
}

static kw_status machine(char **words)
{
    struct bytes fingerprint = unhex(words[1]);
    kw_status status = kw_verifier_set_machine(verifier, fingerprint.at);
    free(fingerprint.at);
    return status;
}

static kw_status reminders(char **words, int count)
{
    uint16_t days[MAX_WORDS];
    for (int i = 1; i < count; i++)
        days[i - 1] = (uint16_t)number(words[i]);
    return kw_verifier_set_reminders(verifier, days, (size_t)count - 1);
}

static kw_status answer(char **words, int count)
{
    const char *request = words[0];
    if (strcmp(request, "new") == 0)
        return new_verifier(words);
    if (strcmp(request, "trust") == 0)
        return trust(words);
    if (strcmp(request, "environment") == 0)
        return kw_verifier_set_environment(verifier, (int32_t)number(words[1]));
    if (strcmp(request, "machine") == 0)
        return machine(words);
    if (strcmp(request, "released") == 0)
        return kw_verifier_set_released(verifier, (int32_t)number(words[1]), (uint32_t)number(words[2]),
                                        (uint32_t)number(words[3]));
    if (strcmp(request, "reminders") == 0)
        return reminders(words, count);
    if (strcmp(request, "refuse-damaged") == 0)
        return kw_verifier_refuse_damaged(verifier);
    if (strcmp(request, "verify") == 0)
        return verify(words);
    if (strcmp(request, "combine") == 0)
        return combine(words, count);
    if (strcmp(request, "clock") == 0)
        return read_clock(words, count);
    if (strcmp(request, "new-mark") == 0)
        return new_mark();
    if (strcmp(request, "recover") == 0)
        return recover(words);
    if (strcmp(request, "fingerprint") == 0)
        return fingerprint(words);
    if (strcmp(request, "seats") == 0)
        return seats(words);
    fprintf(stderr, "no such request: %s\n", request);
    exit(2);
}

/* The next line, without its end; NULL after the last. */
static char *line(void)
{
    size_t size = 0, room = 256;
    char *start = malloc(room);
    for (int next = getchar(); start != NULL && next != EOF; next = getchar()) {
        if (next == '\n') {
            start[size] = '\0';
            return start;
        }
        start[size++] = (char)next;
        if (size == room)
            start = realloc(start, room *= 2);
    }
    free(start);
    return NULL;
}

int main(void)
{
    for (char *request = line(); request != NULL; request = line()) {
        char *words[MAX_WORDS];
        int count = 0;
        for (char *word = strtok(request, " "); word != NULL && count < MAX_WORDS; word = strtok(NULL, " "))
            words[count++] = word;
        putchar('{');
        kw_status status = answer(words, count);
        printf("\"status\":%d}\n", (int)status);
        free(request);
    }
    kw_verifier_free(verifier);
    return 0;
}
