/* libkeyward: verifies license keys offline, with a public key alone, and says what they allow.
 *
 * Made by cbindgen from crates/capi: change that, not this. */

#ifndef KEYWARD_H
#define KEYWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus) && __cplusplus >= 201703L || __STDC_VERSION__ >= 202311L
#define KW_MUST_USE [[nodiscard]]
#elif defined(__GNUC__)
#define KW_MUST_USE __attribute__((warn_unused_result))
#elif defined(_MSC_VER)
#define KW_MUST_USE _Check_return_
#else
#define KW_MUST_USE
#endif

// The version of this interface, which changes whenever a struct, a number or a meaning does. A program compares it with
// `KW_ABI_VERSION` of the header that it was compiled with.
#define KW_ABI_VERSION 1

// The most limits that a license carries.
#define KW_MAX_LIMITS 8

// The bytes of a high-water mark.
#define KW_MARK_SIZE 37

// The bytes of the longest license key in its canonical text, 110 groups, the zero byte at its end included.
#define KW_KEY_SIZE 660

// The bytes of the longest message, the zero byte at its end included.
#define KW_MESSAGE_SIZE 768

// The most groups that are repaired.
#define KW_MAX_REPAIRS 16

// As many seats as anyone likes. No seats at all, as of a license that was refused, are 0.
#define KW_UNLIMITED_SEATS UINT64_MAX

// The bytes of a standing or a notice in words, the zero byte at its end included.
#define KW_STANDING_SIZE 128

// Whether a call could be made. What came out of it is in the structs that it fills.
//
// A call that was not made has zeroed the struct that it would have filled.
enum kw_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The call was made.
    KW_STATUS_OK = 0,
    // A pointer is NULL that must not be, or is not aligned for what it points to.
    KW_STATUS_NULL_POINTER = 1,
    // A number is none of those that the function knows, or a length is larger than memory.
    KW_STATUS_OUT_OF_RANGE = 2,
    // A day that the calendar has not, or one before 2020 or after 9998.
    KW_STATUS_NO_SUCH_DAY = 3,
    // The bytes are no Ed25519 public key in PEM, hex digits, DER or 32 raw bytes, or one that nobody should trust.
    KW_STATUS_NOT_A_PUBLIC_KEY = 4,
    // The bytes hold a secret key: a product is given the public one, and that file should be nowhere near it.
    KW_STATUS_SECRET_KEY = 5,
    // More than 8 reminder days, or one of them twice.
    KW_STATUS_BAD_REMINDERS = 6,
    // The bytes are no high-water mark, or one of another version: a new mark has to be begun, and that be noted.
    KW_STATUS_BAD_MARK = 7,
    // The time statement is not newer than one that was used before.
    KW_STATUS_NOT_NEWER = 8,
    // There was no memory for it.
    KW_STATUS_OUT_OF_MEMORY = 9,
    // A mistake in the library, which was kept from unwinding into the program: please report it.
    KW_STATUS_BUG = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum kw_status kw_status;
#else
typedef int32_t kw_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The result of a verification, with the numbers of the command's exit codes where it has one. `kw_code` gives the stable
// code that every language shares.
//
// Zero is no outcome, so that a struct that was never filled allows nothing. Outcomes from 22 on are of clocks and signed
// files, which the command checks and this interface does not.
enum kw_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Nothing was verified.
    KW_OUTCOME_NONE = 0,
    // The license is usable, in its term or perpetual.
    KW_OUTCOME_ACTIVE = 1,
    // The license is usable, and its last day is near.
    KW_OUTCOME_EXPIRING_SOON = 2,
    // The license is usable in its grace period, after its last day.
    KW_OUTCOME_IN_GRACE = 3,
    // The text is no license key, or the file is no file of its kind.
    KW_OUTCOME_MALFORMED = 10,
    // The license key has more mistakes than can be repaired.
    KW_OUTCOME_DAMAGED = 11,
    // No trusted key signed it.
    KW_OUTCOME_UNKNOWN_KEY = 12,
    // It names a trusted key, which did not sign it.
    KW_OUTCOME_BAD_SIGNATURE = 13,
    // It says something that only a newer version understands.
    KW_OUTCOME_NEEDS_NEWER = 14,
    // The license is for another product.
    KW_OUTCOME_WRONG_PRODUCT = 15,
    // The license is for another environment.
    KW_OUTCOME_WRONG_ENVIRONMENT = 16,
    // The license or the validation file is locked to another machine.
    KW_OUTCOME_WRONG_MACHINE = 17,
    // The license is genuine, with claims that no issuer should have signed.
    KW_OUTCOME_INVALID_CLAIMS = 18,
    // The running version was released after the updates that the license covers.
    KW_OUTCOME_VERSION_NOT_COVERED = 19,
    // The license is genuine, and its first day is to come.
    KW_OUTCOME_NOT_YET_VALID = 20,
    // The license is genuine, and its last day and its grace period are over.
    KW_OUTCOME_EXPIRED = 21,
    // The clock is behind the evidence of the time, and the program refuses such a clock.
    KW_OUTCOME_CLOCK_SUSPECT = 22,
    // The license was revoked, which is for ever.
    KW_OUTCOME_REVOKED = 23,
    // The license is on hold until a later revocation list releases it.
    KW_OUTCOME_ON_HOLD = 24,
    // The validation file is past its time to live.
    KW_OUTCOME_STALE_FILE = 25,
    // The revocation list is older than the program accepts.
    KW_OUTCOME_STALE_LIST = 26,
    // The file is older than one that was seen before.
    KW_OUTCOME_ROLLBACK = 27,
    // A trusted key signed what it may not sign.
    KW_OUTCOME_NOT_PERMITTED = 28,
    // The roots do not vouch for the trust bundle or the root set.
    KW_OUTCOME_UNTRUSTED_BUNDLE = 29,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum kw_outcome kw_outcome;
#else
typedef int32_t kw_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Verifies license keys for one product, with nothing but the keys it trusts. Made with `kw_verifier_new`, set up, used
// by any number of threads, and freed once with `kw_verifier_free`.
//
// Where one of the calls that set it up fails, it verifies nothing: `kw_verify` and the others have that status, too.
//
// A freed verifier must not be used: nothing can notice it.
typedef struct kw_verifier kw_verifier;

// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted. `(kw_time)time(NULL) * 1000000` is now.
typedef int64_t kw_time;

// What is known of the time.
typedef struct kw_clock {
    // What the system's clock says.
    kw_time clock;
    // When the program was built; `KW_NO_TIME` if that is not known.
    kw_time built;
    // The latest time of issue of the files and statements that verified; `KW_NO_TIME` if there are none.
    kw_time issued;
    // Microseconds that the program has run since the last reading, by a clock that nobody sets; 0 if it has just started,
    // and never negative.
    int64_t running;
    // How far the clock may be behind the evidence, in microseconds; negative: a day.
    int64_t tolerance;
} kw_clock;

// What time it is at least, and what the clock is worth.
typedef struct kw_reading {
    // The time to judge licenses by.
    kw_time now;
    // Microseconds by which the clock is behind the evidence, if it is suspect. Decades are seconds given for microseconds.
    int64_t behind_by;
    // The largest step backward that was seen, in microseconds, if it is suspect.
    int64_t largest_step;
    // How often the clock went backward, if it is suspect.
    uint32_t backward_steps;
    // Whether the clock is behind the evidence by more than the tolerance.
    bool is_suspect;
} kw_reading;

// A calendar day, the same in every time zone. All zero: none, such as the last day of a perpetual license.
typedef struct kw_day {
    // 2020 to 9999.
    uint16_t year;
    // 1 to 12.
    uint8_t month;
    // 1 to 31.
    uint8_t day;
} kw_day;

// What a license allows at a time.
typedef struct kw_standing {
    // When the first day begins, at UTC+14.
    kw_time opens_at;
    // When the last day has ended, at UTC−12; `KW_NEVER` if it is perpetual.
    kw_time closes_at;
    // When the last day of grace has ended; `closes_at` if there is none.
    kw_time grace_closes_at;
    // `KW_OUTCOME_NOT_YET_VALID`, `_ACTIVE`, `_EXPIRING_SOON`, `_IN_GRACE` or `_EXPIRED`.
    kw_outcome state;
    // 0 standard, 1 trial, 2 stopgap.
    int32_t kind;
    // Days left, through the last day or in grace through the last usable day: 0 on that day itself. −1 where none are
    // counted: not yet valid, perpetual, expired.
    int32_t days_left;
    // The first day.
    struct kw_day valid_from;
    // The last day; none if it is perpetual.
    struct kw_day valid_through;
    // The last day of grace; none if there is no grace.
    struct kw_day grace_through;
    // The next day on which to remind of the end; none if there is none left.
    struct kw_day next_reminder;
    // Whether the product may run: active, expiring soon or in grace.
    bool is_usable;
    // Whether there is a successor, so that no end has to be warned of.
    bool has_successor;
    // Days of grace.
    uint8_t grace_days;
    // What a product shows beside a trial or a stopgap license, in English; empty for a standard one.
    char notice[KW_STANDING_SIZE];
    // The standing in words, in English.
    char text[KW_STANDING_SIZE];
} kw_standing;

// What licenses grant together: every feature that one of them has, and the most seats that one of them has.
typedef struct kw_grant {
    // The features, feature i in bit i.
    uint64_t features;
    // Seats, or `KW_UNLIMITED_SEATS`; 0 where nothing is granted.
    uint64_t seats;
    // Whether anything is granted: no license is usable otherwise.
    bool is_granted;
} kw_grant;

// What several licenses allow together, and which of them counts.
typedef struct kw_entitlement {
    // The state of the license that counts; `KW_OUTCOME_NONE` if none of the texts was accepted.
    kw_outcome outcome;
    // Whether the product may run.
    bool is_usable;
    // Which of the texts counts, from 0.
    size_t index;
    // Its standing. No end is warned of where there is a successor.
    struct kw_standing standing;
    // What the usable licenses together grant.
    struct kw_grant grant;
} kw_entitlement;

// Bytes that identify a part of a machine; none where there is none.
typedef struct kw_component {
    // The bytes, as the operating system tells them.
    const uint8_t *bytes;
    // How many.
    size_t size;
} kw_component;

// What identifies a machine. At least one part should be there; the more, the more may change.
typedef struct kw_machine {
    // The operating system's id of the installation.
    struct kw_component machine_id;
    // The main board's id.
    struct kw_component board_id;
    // The serial number of the disk that the system is on.
    struct kw_component system_disk;
    // The address of the primary network card.
    struct kw_component network_card;
    // Whatever else the vendor goes by.
    struct kw_component vendors_own;
} kw_machine;

// A quota, such as 50 projects.
typedef struct kw_limit {
    // How many, at most 2^53 − 1.
    uint64_t value;
    // The limit's number.
    uint8_t id;
} kw_limit;

// What the vendor signed.
typedef struct kw_claims {
    // The features, feature i in bit i.
    uint64_t features;
    // How many may use it at once, or `KW_UNLIMITED_SEATS`; 0 is said of no license.
    uint64_t seats;
    // The license's unique number.
    uint8_t serial[8];
    // The product's number.
    uint32_t product;
    // 0 standard, 1 trial, 2 stopgap.
    int32_t kind;
    // 0 production, 1 staging, 2 development.
    int32_t environment;
    // The first day.
    struct kw_day valid_from;
    // The last day; none if it is perpetual.
    struct kw_day valid_through;
    // Versions released through this day are covered; none: every version.
    struct kw_day updates_through;
    // The edition's number.
    uint16_t edition;
    // Whether the license is locked to a machine.
    bool is_locked;
    // How many of `limits` there are.
    uint8_t limit_count;
    // How many bytes of `extension` there are.
    uint8_t extension_size;
    // The fingerprint of the machine, if it is locked to one.
    uint8_t fingerprint[16];
    // Quotas, ids ascending.
    struct kw_limit limits[KW_MAX_LIMITS];
    // Who it was sold to, in UTF-8; empty if it does not say.
    char licensee[65];
    // Signed bytes of the vendor's own.
    uint8_t extension[64];
} kw_claims;

// One group that was repaired.
typedef struct kw_repair {
    // The number of the group in the key, from 1.
    uint8_t group;
    // What was typed in its place; `?` is a character that can't be read, and nothing a group that is missing.
    char typed[25];
    // The five characters that it should be.
    char expected[6];
} kw_repair;

// What is known of why a license was refused; what a cause has nothing to do with is zero.
typedef struct kw_evidence {
    // The serial by which to name the license, if `has_serial`. Of `KW_OUTCOME_BAD_SIGNATURE` it is what a forgery says.
    uint8_t serial[8];
    // Whether there is a serial.
    bool has_serial;
    // Of `KW_OUTCOME_UNKNOWN_KEY`: what the key says of its signing key, the first two bytes of a key id.
    uint8_t hint[2];
    // Of `KW_OUTCOME_WRONG_MACHINE`: how many components of the fingerprint are the same, of how many in the license.
    uint8_t matching_components;
    // 0 if the verifier was told no machine.
    uint8_t present_components;
    // Of `KW_OUTCOME_VERSION_NOT_COVERED`: the last day whose releases are covered.
    struct kw_day updates_through;
    // Of `KW_OUTCOME_WRONG_PRODUCT`: the product that the license is for.
    uint32_t product;
    // Of `KW_OUTCOME_WRONG_ENVIRONMENT`: the environment that it is for, as in `kw_claims`.
    int32_t environment;
} kw_evidence;

// What came of verifying a text at a time.
//
// `outcome` says all that a product has to act on. Of a license that verified (active, expiring soon, in grace, not yet
// valid, expired), `claims` to `repairs` say the rest; of a refusal, `message` and the evidence after it.
typedef struct kw_result {
    // What came out.
    kw_outcome outcome;
    // Whether the product may run: `outcome` is active, expiring soon or in grace.
    bool is_usable;
    // What the vendor signed.
    struct kw_claims claims;
    // What it allows at that time.
    struct kw_standing standing;
    // Names the license beyond doubt: what revocations and allow-lists name.
    uint8_t digest[16];
    // The trusted key that signed it.
    uint8_t key_id[8];
    // The key in its canonical text: what to store, whatever was typed.
    char key[KW_KEY_SIZE];
    // How many of `repairs` there are.
    uint8_t repair_count;
    // What was wrong in the text as typed. For whoever typed it, not for a log.
    struct kw_repair repairs[KW_MAX_REPAIRS];
    // Of a refusal: why, and what to do; in English, UTF-8.
    char message[KW_MESSAGE_SIZE];
    // Of a refusal: what is known of its cause.
    struct kw_evidence evidence;
    // Of a damaged key: how many groups the text has.
    uint8_t group_count;
    // Of a damaged key: the groups that are visibly wrong, group 1 in bit 0 of the first byte.
    uint8_t unreadable_groups[16];
} kw_result;

// How seats in use stand against those granted.
typedef struct kw_seats {
    // Seats that are free, if they are limited.
    uint32_t left;
    // Seats in use beyond those granted.
    uint32_t over;
    // Whether there are as many as anyone likes.
    bool is_unlimited;
} kw_seats;

// A time that never comes: the end of a perpetual license.
#define KW_NEVER INT64_MAX

// No time is known.
#define KW_NO_TIME INT64_MIN

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface that the library has.
uint32_t kw_abi_version(void);

// Writes the mark of a program that has never read a clock: 37 bytes to keep between runs.
//
// # Safety
//
// `mark` is NULL or points to 37 bytes that nobody else uses meanwhile.
KW_MUST_USE kw_status kw_mark_new(uint8_t *mark);

// Reads the clock as evidence: what time it is at least, given the mark of earlier readings, and moves the mark. It is never
// moved beyond the latest end of the licenses among the texts. Where it fails, the mark stays as it was.
//
// # Safety
//
// As `kw_combine`; `clock` is NULL or points to what is known; `mark` and `reading` are NULL or point to 37 bytes and a
// reading that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_read_clock(const struct kw_verifier *verifier,
                        const char *const *texts,
                        const size_t *sizes,
                        size_t count,
                        const struct kw_clock *clock,
                        uint8_t *mark,
                        struct kw_reading *reading);

// Lowers the mark to the time of a signed statement, which the program has verified, after a clock that was wrong had
// raised it: each statement once, and none older than the last.
//
// # Safety
//
// `mark` is NULL or points to 37 bytes that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_mark_recover(uint8_t *mark,
                          kw_time issued);

// What several license keys for the product allow together at `now`, and which of them counts: next year's, entered early,
// beside this year's. Texts that are refused are passed over: `kw_verify` says why.
//
// `texts` and `sizes` have `count` entries, each as `text` and `size` of `kw_verify`.
//
// # Safety
//
// As `kw_verify`, for each text; `texts` and `sizes` are NULL or point to `count` entries; `entitlement` is NULL or
// points to an entitlement that nothing else uses during the call.
KW_MUST_USE
kw_status kw_combine(const struct kw_verifier *verifier,
                     const char *const *texts,
                     const size_t *sizes,
                     size_t count,
                     kw_time now,
                     struct kw_entitlement *entitlement);

// The fingerprint that a license for this product can be locked to: 16 bytes, of which the parts can't be told.
//
// # Safety
//
// `machine` is NULL or points to a machine, of which each part is NULL or points to so many bytes; `fingerprint` is
// NULL or points to 16 bytes that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_fingerprint(uint32_t product,
                         const struct kw_machine *machine,
                         uint8_t *fingerprint);

#if defined(__wasm__)
// So many bytes, aligned for every struct; NULL if there are none to be had.
uint8_t *kw_alloc(size_t size);
#endif

#if defined(__wasm__)
// Gives bytes of `kw_alloc` back.
//
// # Safety
//
// `pointer` is NULL, or came from `kw_alloc` with this size and was not given back.
void kw_dealloc(uint8_t *pointer, size_t size);
#endif

// The stable code of an outcome, such as `wrong-product`, for any number: static, never NULL.
const char *kw_code(int32_t outcome);

// Verifies a license key as it was typed, pasted or scanned, repairs what was mistyped, and says what it allows at `now`.
//
// `text` has `size` bytes of UTF-8, need not end with a zero byte, and is not in `result`, which is zeroed first. `now` is
// the application's to say.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody changes meanwhile; `text` is NULL or points to `size` bytes; `result` is
// NULL or points to a result that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_verify(const struct kw_verifier *verifier,
                    const char *text,
                    size_t size,
                    kw_time now,
                    struct kw_result *result);

// How the seats in use stand against those granted: of a `kw_claims`, a `kw_grant`, or `KW_UNLIMITED_SEATS`. A license over
// its seats is for the product to act on.
//
// # Safety
//
// `seats` is NULL or points to a standing that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_seat_standing(uint64_t granted,
                           uint32_t used,
                           struct kw_seats *seats);

// What a status means, in a sentence, for any number: static, never NULL.
const char *kw_strerror(int32_t status);

// Makes a verifier for that product, in production, which trusts no key yet and repairs mistakes.
//
// # Safety
//
// `verifier` is NULL, or points to a pointer that nobody else uses meanwhile.
KW_MUST_USE kw_status kw_verifier_new(uint32_t product, struct kw_verifier **verifier);

// Frees a verifier; NULL is none, and fine.
//
// # Safety
//
// `verifier` is NULL, or came from `kw_verifier_new`, was not freed, and is not in use.
void kw_verifier_free(struct kw_verifier *verifier);

// Has the verifier trust one more key: the bytes of a public key's file, in PEM, hex digits, DER or 32 raw bytes.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody else uses meanwhile; `contents` is NULL or points to `size` bytes.
KW_MUST_USE
kw_status kw_verifier_trust(struct kw_verifier *verifier,
                            const uint8_t *contents,
                            size_t size);

// For which environment: 0 production, 1 staging, 2 development.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_verifier_set_environment(struct kw_verifier *verifier,
                                      int32_t environment);

// The machine that the product runs on, as `kw_fingerprint` made it: 16 bytes. Without it, a license that is locked to a
// machine is refused.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody else uses meanwhile; `fingerprint` is NULL or points to 16 bytes.
KW_MUST_USE
kw_status kw_verifier_set_machine(struct kw_verifier *verifier,
                                  const uint8_t *fingerprint);

// When the running version was released: a year, a month from 1 to 12 and a day from 1 to 31. Without it, every version is
// covered.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody else uses meanwhile.
KW_MUST_USE
kw_status kw_verifier_set_released(struct kw_verifier *verifier,
                                   int32_t year,
                                   uint32_t month,
                                   uint32_t day);

// How many days before the last day to remind of the end, in any order, at most 8: without this call 30, 14 and 7.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody else uses meanwhile; `days` is NULL or points to `count` numbers.
KW_MUST_USE
kw_status kw_verifier_set_reminders(struct kw_verifier *verifier,
                                    const uint16_t *days,
                                    size_t count);

// Has the verifier refuse damaged text instead of repairing it: for keys that no person has typed.
//
// # Safety
//
// `verifier` is NULL or a verifier that nobody else uses meanwhile.
KW_MUST_USE kw_status kw_verifier_refuse_damaged(struct kw_verifier *verifier);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KEYWARD_H */
