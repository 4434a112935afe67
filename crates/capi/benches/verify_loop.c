/* For each byte on standard input: verifies a license so often as the first argument says, and answers with a byte. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyward.h"

int main(int count, char **words)
{
    if (count != 5)
        return 2;
    long rounds = atol(words[1]);
    const char *license = words[2], *vendor = words[3];
    kw_time now = atoll(words[4]);
    size_t size = strlen(license);

    kw_verifier *verifier = NULL;
    if (kw_verifier_new(3, &verifier) != KW_STATUS_OK
        || kw_verifier_trust(verifier, (const uint8_t *)vendor, strlen(vendor)) != KW_STATUS_OK)
        return 2;
    for (int asked = getchar(); asked != EOF; asked = getchar()) {
        for (long round = 0; round < rounds; round++) {
            kw_result result;
            if (kw_verify(verifier, license, size, now, &result) != KW_STATUS_OK || !result.is_usable)
                return 1;
        }
        putchar(asked);
        fflush(stdout);
    }
    kw_verifier_free(verifier);
    return 0;
}
