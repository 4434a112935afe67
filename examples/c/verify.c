/* Verifies a license key from standard input, as a product would:
 *
 *     cc -o verify verify.c $(pkg-config --cflags --libs keyward)
 *     ./verify <license.txt
 *
 * An argument is the time to use, in seconds since 1970, in place of the clock's. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <keyward.h>

enum { OUR_PRODUCT = 3, EXPORT = 2 };

/* The vendor's public key, as `keyward keygen` wrote it. */
static const char vendor[] = "-----BEGIN PUBLIC KEY-----\n"
                             "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n"
                             "-----END PUBLIC KEY-----\n";

static kw_status set_up(kw_verifier **verifier)
{
    kw_status status = kw_verifier_new(OUR_PRODUCT, verifier);
    if (status == KW_STATUS_OK)
        status = kw_verifier_trust(*verifier, (const uint8_t *)vendor, sizeof vendor - 1);
    /* The day of this version's release: licenses may cover updates through a day only. */
    if (status == KW_STATUS_OK)
        status = kw_verifier_set_released(*verifier, 2026, 5, 1);
    return status;
}

static void tell(const kw_result *license)
{
    if (license->message[0] != '\0') {
        printf("%s: %s\n", kw_code(license->outcome), license->message);
        return;
    }
    for (unsigned i = 0; i < license->repair_count; i++) {
        const kw_repair *repair = &license->repairs[i];
        printf("group %u is %s, not %s\n", (unsigned)repair->group, repair->expected, repair->typed);
    }
    printf("%s: %s\n", kw_code(license->outcome), license->standing.text);
    if (license->standing.notice[0] != '\0')
        printf("%s\n", license->standing.notice);
    if (license->is_usable && (license->claims.features >> EXPORT & 1) == 1)
        printf("export is licensed\n");
}

int main(int count, char **words)
{
    char typed[4096];
    size_t size = fread(typed, 1, sizeof typed, stdin);
    kw_time now = (kw_time)(count > 1 ? strtoll(words[1], NULL, 10) : (long long)time(NULL)) * 1000000;

    kw_verifier *verifier = NULL;
    kw_result license;
    kw_status status = set_up(&verifier);
    if (status == KW_STATUS_OK)
        status = kw_verify(verifier, typed, size, now, &license);
    kw_verifier_free(verifier);
    if (status != KW_STATUS_OK) {
        fprintf(stderr, "%s\n", kw_strerror(status));
        return 1;
    }
    tell(&license);
    return license.is_usable ? 0 : (int)license.outcome;
}
