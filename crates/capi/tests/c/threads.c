/* Eight threads use one verifier, each with its own texts, and get the same results as one thread alone. */

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "keyward.h"

enum { THREADS = 8, ROUNDS = 40 };

static const kw_verifier *shared;

/* The license with one wrong character that depends on the thread. */
static void *ask(void *place)
{
    char typed[] = LICENSE;
    size_t at = *(const size_t *)place;
    char right = typed[at];
    typed[at] = right == 'X' ? 'Y' : 'X';
    for (int round = 0; round < ROUNDS; round++) {
        kw_result result;
        CHECK(kw_verify(shared, typed, sizeof typed - 1, JUNE, &result) == KW_STATUS_OK);
        CHECK(result.outcome == KW_OUTCOME_ACTIVE && result.repair_count == 1);
        CHECK(result.repairs[0].group == at / 6 + 1 && strcmp(result.key, LICENSE) == 0);
        CHECK(kw_verify(shared, typed, 12, JUNE, &result) == KW_STATUS_OK);
        CHECK(result.outcome == KW_OUTCOME_MALFORMED && result.key[0] == '\0');
    }
    return NULL;
}

int main(void)
{
    kw_verifier *verifier = NULL;
    CHECK(kw_verifier_new(3, &verifier) == KW_STATUS_OK);
    CHECK(kw_verifier_trust(verifier, (const uint8_t *)VENDOR, sizeof VENDOR - 1) == KW_STATUS_OK);
    shared = verifier;

    pthread_t threads[THREADS];
    size_t places[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        places[i] = 6 * (3 * i + 1) + i % 5;
        CHECK(pthread_create(&threads[i], NULL, ask, &places[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    kw_verifier_free(verifier);
    puts("all threads were told the same");
    return 0;
}
