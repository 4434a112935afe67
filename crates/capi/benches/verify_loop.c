/* The verifications in C that benches/capi.rs measures. They run in its process, so that both sides are scheduled alike. */

#include <stdlib.h>
#include <string.h>

#include "keyward.h"

kw_verifier *set_up(uint32_t product, const char *vendor);
int verify_loop(const kw_verifier *verifier, const char *license, size_t size, kw_time now, long rounds);

/* NULL if it can't be. */
kw_verifier *set_up(uint32_t product, const char *vendor)
{
    kw_verifier *verifier = NULL;
    if (kw_verifier_new(product, &verifier) == KW_STATUS_OK
        && kw_verifier_trust(verifier, (const uint8_t *)vendor, strlen(vendor)) == KW_STATUS_OK)
        return verifier;
    kw_verifier_free(verifier);
    return NULL;
}

/* How many of them were not usable. */
int verify_loop(const kw_verifier *verifier, const char *license, size_t size, kw_time now, long rounds)
{
    int refused = 0;
    for (long round = 0; round < rounds; round++) {
        kw_result result;
        if (kw_verify(verifier, license, size, now, &result) != KW_STATUS_OK || !result.is_usable)
            refused++;
    }
    return refused;
}
