/* Mistakes of a caller that a library can notice: every call reports them, and touches no memory that it should not.
 * tests/c.rs runs it under valgrind, too. */

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "exactly.h"
#include "keyward.h"

enum { ROOM = 64, UNTOUCHED = 0xFF };

/* The size of the longest text. Under valgrind, a smaller one is enough. */
static size_t large_size = 100 * 1000 * 1000;

typedef uint8_t fingerprint_bytes[16], mark_bytes[KW_MARK_SIZE];

/* A value between bytes that no call may write to. */
#define GUARDED(type)               \
    struct {                        \
        unsigned char before[ROOM]; \
        type value;                 \
        unsigned char after[ROOM];  \
    }

#define FILL(guarded) memset(&(guarded), UNTOUCHED, sizeof(guarded))
#define INTACT(guarded) (all((guarded).before, ROOM, UNTOUCHED) && all((guarded).after, ROOM, UNTOUCHED))
#define ZEROED(guarded) (INTACT(guarded) && all(&(guarded).value, sizeof(guarded).value, 0))

/* A call that has to fail with this status, and to set the struct that it would have filled to zero. */
#define FAILS(expected, guarded, call)    \
    do {                                  \
        FILL(guarded);                    \
        CHECK((call) == (expected));      \
        CHECK(ZEROED(guarded));           \
    } while (0)

static bool all(const void *bytes, size_t size, int value)
{
    const unsigned char *byte = bytes;
    while (size > 0 && *byte == value) {
        byte++;
        size--;
    }
    return size == 0;
}

static const char license[] = LICENSE;
enum { LICENSE_SIZE = sizeof license - 1 };

static const int64_t times[] = {
    INT64_MIN, INT64_MIN + 1, INT64_C(-8334601228800000000), INT64_C(-8334601228800000001), -1, 0, 1, JUNE,
    INT64_C(8210266876799999999), INT64_C(8210266876800000000), INT64_MAX - 1, INT64_MAX,
};
enum { TIMES = sizeof times / sizeof times[0] };

static kw_verifier *trusting(void)
{
    kw_verifier *verifier = NULL;
    CHECK(kw_verifier_new(3, &verifier) == KW_STATUS_OK);
    CHECK(verifier != NULL);
    CHECK(kw_verifier_trust(verifier, (const uint8_t *)VENDOR, sizeof VENDOR - 1) == KW_STATUS_OK);
    return verifier;
}

static void *misaligned(void *pointer)
{
    return (char *)pointer + 1;
}

/* After a failed call that sets it up, a verifier verifies nothing. */
#define SPOILS(status, failing)                                                              \
    do {                                                                                     \
        kw_verifier *w = trusting();                                                         \
        GUARDED(kw_result) spoilt;                                                           \
        CHECK((failing) == (status));                                                        \
        FAILS(status, spoilt, kw_verify(w, license, LICENSE_SIZE, JUNE, &spoilt.value));     \
        kw_verifier_free(w);                                                                 \
    } while (0)

static void every_pointer_may_be_null_or_misaligned(kw_verifier *v)
{
    const char *texts[] = {license};
    const size_t sizes[] = {LICENSE_SIZE};
    kw_clock clock = {JUNE, KW_NO_TIME, KW_NO_TIME, 0, -1};
    kw_machine machine = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    uint16_t days[] = {30, 14};
    uint8_t fingerprint[16] = {0};
    GUARDED(kw_result) result;
    GUARDED(kw_entitlement) holding;
    GUARDED(kw_reading) reading;
    GUARDED(kw_seats) seats;
    GUARDED(fingerprint_bytes) made;
    GUARDED(mark_bytes) mark;
    const kw_status refused = KW_STATUS_NULL_POINTER;
    void *const bad[] = {NULL, misaligned(v)};

    CHECK(kw_verifier_new(3, NULL) == refused);
    for (int i = 0; i < 2; i++) {
        kw_verifier *verifier = bad[i];
        CHECK(kw_verifier_trust(verifier, (const uint8_t *)VENDOR, 64) == refused);
        CHECK(kw_verifier_set_environment(verifier, 0) == refused);
        CHECK(kw_verifier_set_machine(verifier, fingerprint) == refused);
        CHECK(kw_verifier_set_released(verifier, 2026, 1, 1) == refused);
        CHECK(kw_verifier_set_reminders(verifier, days, 2) == refused);
        CHECK(kw_verifier_refuse_damaged(verifier) == refused);
        FAILS(refused, result, kw_verify(verifier, license, LICENSE_SIZE, JUNE, &result.value));
        FAILS(refused, holding, kw_combine(verifier, texts, sizes, 1, JUNE, &holding.value));
        CHECK(kw_mark_new(mark.value) == KW_STATUS_OK);
        FAILS(refused, reading, kw_read_clock(verifier, texts, sizes, 1, &clock, mark.value, &reading.value));
    }
    kw_verifier_free(NULL);

    SPOILS(refused, kw_verifier_trust(w, NULL, 64));
    SPOILS(refused, kw_verifier_set_machine(w, NULL));
    SPOILS(refused, kw_verifier_set_reminders(w, NULL, 2));
    SPOILS(refused, kw_verifier_set_reminders(w, misaligned(days), 1));

    FAILS(refused, result, kw_verify(v, NULL, LICENSE_SIZE, JUNE, &result.value));
    FILL(result);
    CHECK(kw_verify(v, license, LICENSE_SIZE, JUNE, NULL) == refused);
    CHECK(kw_verify(v, license, LICENSE_SIZE, JUNE, misaligned(&result.value)) == refused);
    CHECK(all(&result, sizeof result, UNTOUCHED));

    const char *no_text[] = {NULL};
    FAILS(refused, holding, kw_combine(v, NULL, sizes, 1, JUNE, &holding.value));
    FAILS(refused, holding, kw_combine(v, texts, NULL, 1, JUNE, &holding.value));
    FAILS(refused, holding, kw_combine(v, no_text, sizes, 1, JUNE, &holding.value));
    FAILS(refused, holding, kw_combine(v, misaligned(texts), sizes, 1, JUNE, &holding.value));
    FAILS(refused, holding, kw_combine(v, texts, misaligned((void *)(uintptr_t)sizes), 1, JUNE, &holding.value));
    CHECK(kw_combine(v, texts, sizes, 1, JUNE, NULL) == refused);
    CHECK(kw_combine(v, texts, sizes, 1, JUNE, misaligned(&holding.value)) == refused);

    CHECK(kw_mark_new(NULL) == refused);
    CHECK(kw_mark_recover(NULL, JUNE) == refused);
    CHECK(kw_mark_new(mark.value) == KW_STATUS_OK);
    FAILS(refused, reading, kw_read_clock(v, NULL, sizes, 1, &clock, mark.value, &reading.value));
    FAILS(refused, reading, kw_read_clock(v, texts, NULL, 1, &clock, mark.value, &reading.value));
    FAILS(refused, reading, kw_read_clock(v, no_text, sizes, 1, &clock, mark.value, &reading.value));
    FAILS(refused, reading, kw_read_clock(v, texts, sizes, 1, NULL, mark.value, &reading.value));
    FAILS(refused, reading, kw_read_clock(v, texts, sizes, 1, misaligned(&clock), mark.value, &reading.value));
    FAILS(refused, reading, kw_read_clock(v, texts, sizes, 1, &clock, NULL, &reading.value));
    CHECK(kw_read_clock(v, texts, sizes, 1, &clock, mark.value, NULL) == refused);
    CHECK(kw_read_clock(v, texts, sizes, 1, &clock, mark.value, misaligned(&reading.value)) == refused);

    FAILS(refused, made, kw_fingerprint(3, NULL, made.value));
    FAILS(refused, made, kw_fingerprint(3, misaligned(&machine), made.value));
    CHECK(kw_fingerprint(3, &machine, NULL) == refused);
    kw_component *parts[] = {&machine.machine_id, &machine.board_id, &machine.system_disk, &machine.network_card,
                             &machine.vendors_own};
    for (int i = 0; i < 5; i++) {
        parts[i]->size = 1;
        FAILS(refused, made, kw_fingerprint(3, &machine, made.value));
        parts[i]->size = 0;
    }

    CHECK(kw_seat_standing(25, 20, NULL) == refused);
    FILL(seats);
    CHECK(kw_seat_standing(25, 20, misaligned(&seats.value)) == refused);
    CHECK(all(&seats, sizeof seats, UNTOUCHED));
}

static void no_length_is_too_long_to_be_refused(kw_verifier *v)
{
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX - 7};
    const kw_status refused = KW_STATUS_OUT_OF_RANGE;
    uint16_t days[] = {30};
    GUARDED(kw_result) result;
    GUARDED(kw_entitlement) holding;
    GUARDED(kw_reading) reading;
    GUARDED(fingerprint_bytes) made;
    uint8_t mark[KW_MARK_SIZE];
    kw_clock clock = {JUNE, KW_NO_TIME, KW_NO_TIME, 0, -1};
    CHECK(kw_mark_new(mark) == KW_STATUS_OK);
    for (int i = 0; i < 3; i++) {
        const char *texts[] = {license, license};
        size_t sizes[] = {LICENSE_SIZE, impossible[i]};
        FAILS(refused, result, kw_verify(v, license, impossible[i], JUNE, &result.value));
        FAILS(refused, holding, kw_combine(v, texts, sizes, 2, JUNE, &holding.value));
        FAILS(refused, holding, kw_combine(v, texts, sizes, impossible[i], JUNE, &holding.value));
        FAILS(refused, reading, kw_read_clock(v, texts, sizes, 2, &clock, mark, &reading.value));
        FAILS(refused, reading, kw_read_clock(v, texts, sizes, impossible[i], &clock, mark, &reading.value));
        SPOILS(refused, kw_verifier_trust(w, (const uint8_t *)VENDOR, impossible[i]));
        SPOILS(refused, kw_verifier_set_reminders(w, days, impossible[i]));
        kw_machine machine = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {(const uint8_t *)license, impossible[i]}};
        FAILS(refused, made, kw_fingerprint(3, &machine, made.value));
    }
    /* A count of numbers that is as large as memory has bytes. */
    SPOILS(refused, kw_verifier_set_reminders(w, days, SIZE_MAX / 4 + 1));

    /* Empty arguments with a NULL pointer: an empty text, no texts, and an empty key. */
    FILL(result);
    CHECK(kw_verify(v, NULL, 0, JUNE, &result.value) == KW_STATUS_OK);
    CHECK(INTACT(result) && result.value.outcome == KW_OUTCOME_MALFORMED && !result.value.is_usable);
    FILL(holding);
    CHECK(kw_combine(v, NULL, NULL, 0, JUNE, &holding.value) == KW_STATUS_OK);
    CHECK(ZEROED(holding));
    FILL(reading);
    CHECK(kw_read_clock(v, NULL, NULL, 0, &clock, mark, &reading.value) == KW_STATUS_OK);
    CHECK(INTACT(reading) && reading.value.now == JUNE);
    SPOILS(KW_STATUS_NOT_A_PUBLIC_KEY, kw_verifier_trust(w, NULL, 0));

    unsigned char *large = malloc(large_size);
    CHECK(large != NULL);
    static const unsigned char fillings[] = {'K', '\0', 0xFF, 0xC3, ' '};
    for (size_t i = 0; i < sizeof fillings; i++) {
        memset(large, fillings[i], large_size);
        FILL(result);
        CHECK(kw_verify(v, (const char *)large, large_size, JUNE, &result.value) == KW_STATUS_OK);
        CHECK(INTACT(result) && result.value.outcome == KW_OUTCOME_MALFORMED);
        SPOILS(KW_STATUS_NOT_A_PUBLIC_KEY, kw_verifier_trust(w, large, large_size));
    }
    kw_machine machine = {{large, large_size}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    FILL(made);
    CHECK(kw_fingerprint(3, &machine, made.value) == KW_STATUS_OK && INTACT(made) && made.value[0] == 1);
    free(large);
}

static void any_bytes_are_a_text(kw_verifier *v)
{
    static const unsigned char strange[] = {'\0', 0x80, 0xC3, 0xED, 0xFF, '\n', '?'};
    GUARDED(kw_result) result;
    for (size_t i = 0; i < sizeof strange; i++) {
        unsigned char *typed = exactly(license, LICENSE_SIZE);
        typed[LICENSE_SIZE - 1] = strange[i];
        FILL(result);
        CHECK(kw_verify(v, (const char *)typed, LICENSE_SIZE, JUNE, &result.value) == KW_STATUS_OK);
        CHECK(INTACT(result) && result.value.outcome == KW_OUTCOME_ACTIVE && result.value.is_usable);
        CHECK(result.value.repair_count == 1 && result.value.repairs[0].group == 30);
        CHECK(strcmp(result.value.repairs[0].expected, "49VV3") == 0 && strcmp(result.value.key, license) == 0);
        memset(typed, strange[i], LICENSE_SIZE);
        FILL(result);
        CHECK(kw_verify(v, (const char *)typed, LICENSE_SIZE, JUNE, &result.value) == KW_STATUS_OK);
        CHECK(INTACT(result) && !result.value.is_usable && result.value.message[0] != '\0');
        CHECK(result.value.outcome == KW_OUTCOME_MALFORMED || result.value.outcome == KW_OUTCOME_DAMAGED);
        free(typed);
    }
    /* Each beginning of a key, in a block of exactly its size. */
    for (size_t size = 0; size <= LICENSE_SIZE; size++) {
        char *typed = exactly(license, size);
        FILL(result);
        CHECK(kw_verify(v, typed, size, JUNE, &result.value) == KW_STATUS_OK);
        CHECK(INTACT(result) && result.value.outcome != KW_OUTCOME_NONE);
        CHECK((result.value.outcome == KW_OUTCOME_ACTIVE) == result.value.is_usable);
        free(typed);
    }
}

static bool can_be_a_time(int64_t time)
{
    return time >= INT64_C(-8334601228800000000) && time <= INT64_C(8210266876799999999);
}

static void every_time_is_a_time_or_out_of_range(kw_verifier *v)
{
    const char *texts[] = {license};
    const size_t sizes[] = {LICENSE_SIZE};
    GUARDED(kw_result) result;
    GUARDED(kw_entitlement) holding;
    GUARDED(kw_reading) reading;
    uint8_t *mark = exactly("0123456789012345678901234567890123456", KW_MARK_SIZE);
    uint8_t before[KW_MARK_SIZE];
    for (int i = 0; i < TIMES; i++) {
        kw_status expected = can_be_a_time(times[i]) ? KW_STATUS_OK : KW_STATUS_OUT_OF_RANGE;
        FILL(result);
        CHECK(kw_verify(v, license, LICENSE_SIZE, times[i], &result.value) == expected);
        CHECK(INTACT(result) && (result.value.outcome == KW_OUTCOME_NONE) == (expected != KW_STATUS_OK));
        CHECK(expected == KW_STATUS_OK || ZEROED(result));
        CHECK(result.value.is_usable == (times[i] == JUNE));
        FILL(holding);
        CHECK(kw_combine(v, texts, sizes, 1, times[i], &holding.value) == expected);
        CHECK(INTACT(holding) && (holding.value.outcome == KW_OUTCOME_NONE) == (expected != KW_STATUS_OK));
        CHECK(expected == KW_STATUS_OK || ZEROED(holding));
        CHECK(kw_mark_new(mark) == KW_STATUS_OK);
        CHECK(kw_mark_recover(mark, times[i]) == expected);
        CHECK(expected != KW_STATUS_OK || kw_mark_recover(mark, times[i]) == KW_STATUS_NOT_NEWER);
    }
    /* Every combination of these times, one reading after the other. */
    static const int64_t extremes[] = {INT64_MIN, INT64_C(-8334601228800000000), -1, JUNE,
                                       INT64_C(8210266876799999999), INT64_MAX};
    CHECK(kw_mark_new(mark) == KW_STATUS_OK);
    for (int i = 0; i < 6 * 6 * 6 * 6 * 6; i++) {
        kw_clock clock = {extremes[i % 6], extremes[i / 6 % 6], extremes[i / 36 % 6], extremes[i / 216 % 6],
                          extremes[i / 1296]};
        bool can_be = can_be_a_time(clock.clock) && (can_be_a_time(clock.built) || clock.built == KW_NO_TIME)
                      && (can_be_a_time(clock.issued) || clock.issued == KW_NO_TIME) && clock.running >= 0;
        memcpy(before, mark, sizeof before);
        FILL(reading);
        kw_status status = kw_read_clock(v, texts, sizes, i % 7 == 0, &clock, mark, &reading.value);
        CHECK(status == (can_be ? KW_STATUS_OK : KW_STATUS_OUT_OF_RANGE));
        CHECK(INTACT(reading));
        if (status == KW_STATUS_OK)
            CHECK(reading.value.now >= clock.clock && mark[0] == 1);
        else
            CHECK(ZEROED(reading) && memcmp(mark, before, sizeof before) == 0);
    }
    free(mark);
}

static void no_number_is_taken_for_another(kw_verifier *v)
{
    static const int32_t environments[] = {INT32_MIN, -1, 3, INT32_MAX};
    for (int i = 0; i < 4; i++)
        SPOILS(KW_STATUS_OUT_OF_RANGE, kw_verifier_set_environment(w, environments[i]));

    static const struct {
        int32_t year;
        uint32_t month, day;
    } days[] = {{2026, 2, 29}, {2026, 0, 1},  {2026, 13, 1},       {2026, 1, 0},           {2026, 1, 32},
                {2019, 12, 31}, {9999, 1, 1}, {INT32_MIN, 1, 1},   {INT32_MAX, 12, 31},    {2026, UINT32_MAX, 1},
                {0, 0, 0},      {-2026, 1, 1}, {2026, 1, UINT32_MAX}, {67562, 1, 1}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        SPOILS(KW_STATUS_NO_SUCH_DAY, kw_verifier_set_released(w, days[i].year, days[i].month, days[i].day));

    static const uint16_t nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, twice[] = {7, 0, UINT16_MAX, 7};
    SPOILS(KW_STATUS_BAD_REMINDERS, kw_verifier_set_reminders(w, nine, 9));
    SPOILS(KW_STATUS_BAD_REMINDERS, kw_verifier_set_reminders(w, twice, 4));

    static const char *const keys[] = {"", "-----BEGIN PUBLIC KEY-----", "hello"};
    for (int i = 0; i < 3; i++)
        SPOILS(KW_STATUS_NOT_A_PUBLIC_KEY, kw_verifier_trust(w, (const uint8_t *)keys[i], strlen(keys[i])));
    static const char secret[] = "-----BEGIN PRIVATE KEY-----\n"
                                 "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                                 "-----END PRIVATE KEY-----\n";
    SPOILS(KW_STATUS_SECRET_KEY, kw_verifier_trust(w, (const uint8_t *)secret, sizeof secret - 1));

    uint8_t fingerprint[16];
    memset(fingerprint, 0xFF, sizeof fingerprint);
    SPOILS(KW_STATUS_OUT_OF_RANGE, kw_verifier_set_machine(w, fingerprint));

    /* These failures have not changed another verifier. */
    GUARDED(kw_result) result;
    FILL(result);
    CHECK(kw_verify(v, license, LICENSE_SIZE, JUNE, &result.value) == KW_STATUS_OK);
    CHECK(INTACT(result) && result.value.outcome == KW_OUTCOME_ACTIVE);

    for (int64_t i = INT32_MIN; i <= INT32_MAX; i += 65521)
        CHECK(kw_code((int32_t)i) != NULL && kw_strerror((int32_t)i) != NULL);
}

static void a_mark_is_read_or_refused_and_kept(kw_verifier *v)
{
    kw_clock clock = {JUNE, KW_NO_TIME, KW_NO_TIME, 0, -1};
    GUARDED(kw_reading) reading;
    GUARDED(mark_bytes) mark;
    FILL(mark);
    CHECK(kw_mark_new(mark.value) == KW_STATUS_OK && INTACT(mark));
    for (int version = 0; version < 256; version++) {
        uint8_t before[KW_MARK_SIZE];
        mark.value[0] = (uint8_t)version;
        memcpy(before, mark.value, sizeof before);
        FILL(reading);
        kw_status status = kw_read_clock(v, NULL, NULL, 0, &clock, mark.value, &reading.value);
        CHECK(INTACT(reading) && INTACT(mark));
        if (version == 1) {
            CHECK(status == KW_STATUS_OK && kw_mark_recover(mark.value, JUNE + version) == KW_STATUS_OK);
        } else {
            CHECK(status == KW_STATUS_BAD_MARK && ZEROED(reading));
            CHECK(kw_mark_recover(mark.value, JUNE) == KW_STATUS_BAD_MARK);
            CHECK(memcmp(before, mark.value, sizeof before) == 0);
        }
    }
}

static void what_is_filled_is_filled_and_no_more(kw_verifier *v)
{
    const char *texts[] = {"nothing", license};
    const size_t sizes[] = {7, LICENSE_SIZE};
    GUARDED(kw_entitlement) holding;
    GUARDED(kw_seats) seats;
    FILL(holding);
    CHECK(kw_combine(v, texts, sizes, 2, JUNE, &holding.value) == KW_STATUS_OK);
    CHECK(INTACT(holding) && holding.value.index == 1 && holding.value.outcome == KW_OUTCOME_ACTIVE);
    CHECK(holding.value.grant.is_granted && holding.value.grant.seats == 25 && holding.value.grant.features == 7);
    FILL(seats);
    CHECK(kw_seat_standing(25, 26, &seats.value) == KW_STATUS_OK);
    CHECK(INTACT(seats) && seats.value.over == 1 && seats.value.left == 0 && !seats.value.is_unlimited);
    CHECK(kw_seat_standing(KW_UNLIMITED_SEATS, 26, &seats.value) == KW_STATUS_OK && seats.value.is_unlimited);
    /* A license that was refused grants no seats. */
    kw_result none;
    CHECK(kw_verify(v, "nothing", 7, JUNE, &none) == KW_STATUS_OK);
    CHECK(kw_seat_standing(none.claims.seats, 1, &seats.value) == KW_STATUS_OK);
    CHECK(seats.value.over == 1 && !seats.value.is_unlimited);
    CHECK(kw_seat_standing(KW_UNLIMITED_SEATS - 1, 1, &seats.value) == KW_STATUS_OUT_OF_RANGE);

    /* Each text in a block of exactly its size. */
    kw_result *result = malloc(sizeof *result);
    uint8_t *mark = malloc(KW_MARK_SIZE), *fingerprint = malloc(16);
    CHECK(result != NULL && mark != NULL && fingerprint != NULL);
    char *typed = exactly(license, LICENSE_SIZE);
    uint8_t *board = exactly("board", 5);
    kw_machine machine = {{NULL, 0}, {board, 5}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    CHECK(kw_verify(v, typed, LICENSE_SIZE, JUNE, result) == KW_STATUS_OK);
    CHECK(strcmp(result->key, license) == 0 && result->message[0] == '\0');
    CHECK(kw_mark_new(mark) == KW_STATUS_OK);
    CHECK(kw_fingerprint(3, &machine, fingerprint) == KW_STATUS_OK);
    CHECK(kw_verifier_set_machine(v, fingerprint) == KW_STATUS_OK);
    free(board);
    free(typed);
    free(fingerprint);
    free(mark);
    free(result);
}

int main(int count, char **words)
{
    if (count > 1)
        large_size = strtoul(words[1], NULL, 10);
    CHECK(kw_abi_version() == KW_ABI_VERSION);
    kw_verifier *verifier = trusting();
    every_pointer_may_be_null_or_misaligned(verifier);
    no_length_is_too_long_to_be_refused(verifier);
    any_bytes_are_a_text(verifier);
    every_time_is_a_time_or_out_of_range(verifier);
    no_number_is_taken_for_another(verifier);
    a_mark_is_read_or_refused_and_kept(verifier);
    what_is_filled_is_filled_and_no_more(verifier);
    kw_verifier_free(verifier);
    puts("nothing was touched that should not be");
    return 0;
}
