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

// The version of this interface. It changes whenever a struct, a number or a meaning changes. A program compares
// `kw_abi_version` with the `KW_ABI_VERSION` of the header that it was compiled with.
#define KW_ABI_VERSION 1

// The largest number of limits.
#define KW_MAX_LIMITS 8

// The size of a high-water mark in bytes.
#define KW_MARK_SIZE 37

// The size of the longest license key in its canonical text, 110 groups, with the zero byte at its end.
#define KW_KEY_SIZE 660

// The size of the longest message, with the zero byte at its end.
#define KW_MESSAGE_SIZE 768

// The largest number of repairs.
#define KW_MAX_REPAIRS 16

// Unlimited seats. A refused license has 0.
#define KW_UNLIMITED_SEATS UINT64_MAX

// The size of the text of a standing or a notice, with the zero byte at its end.
#define KW_STANDING_SIZE 128

// Whether the arguments of a call were valid. Its results are in the structs that it fills.
//
// A call that fails sets the struct that it would have filled to zero.
enum kw_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The call has a result.
    KW_STATUS_OK = 0,
    // A pointer is not aligned, or is NULL and must not be.
    KW_STATUS_NULL_POINTER = 1,
    // The function does not know a number, or a length is larger than memory.
    KW_STATUS_OUT_OF_RANGE = 2,
    // The calendar does not have the day, or it is before 2020 or after 9998.
    KW_STATUS_NO_SUCH_DAY = 3,
    // The bytes are not an Ed25519 public key in PEM, hex digits, DER or 32 raw bytes, or they are a key that must not be
    // trusted.
    KW_STATUS_NOT_A_PUBLIC_KEY = 4,
    // The bytes contain a secret key: a product needs the public key, and must never have the secret one.
    KW_STATUS_SECRET_KEY = 5,
    // There are more than 8 reminder days, or one of them is named twice.
    KW_STATUS_BAD_REMINDERS = 6,
    // The bytes are not a high-water mark of this version: begin a new mark, and note that in a log.
    KW_STATUS_BAD_MARK = 7,
    // The time statement is not newer than one that was used before.
    KW_STATUS_NOT_NEWER = 8,
    // There is not enough memory.
    KW_STATUS_OUT_OF_MEMORY = 9,
    // A mistake in the library, caught before it reached the program: please report it.
    KW_STATUS_BUG = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum kw_status kw_status;
#else
typedef int32_t kw_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The result of a verification. Its number is also the command's exit code, except for a usable license, which has exit
// code 0. `kw_code` returns the stable code that every language shares.
//
// Zero is not an outcome, so that a struct that was never filled allows nothing. Outcomes from 22 on concern clocks and
// signed files, which the command checks and this interface does not.
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
    // The text is not a license key, or the file is not a file of its kind.
    KW_OUTCOME_MALFORMED = 10,
    // The license key has more mistakes than can be repaired.
    KW_OUTCOME_DAMAGED = 11,
    // No trusted key signed it.
    KW_OUTCOME_UNKNOWN_KEY = 12,
    // It names a trusted key, which did not sign it.
    KW_OUTCOME_BAD_SIGNATURE = 13,
    // It has contents that only a newer version understands.
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
    // The license is genuine, and its first day has not begun.
    KW_OUTCOME_NOT_YET_VALID = 20,
    // The license is genuine, and its last day and its grace period are over.
    KW_OUTCOME_EXPIRED = 21,
    // The clock is behind the evidence of the time, and the program refuses such a clock.
    KW_OUTCOME_CLOCK_SUSPECT = 22,
    // The license was revoked for ever.
    KW_OUTCOME_REVOKED = 23,
    // The license is on hold until a later revocation list releases it.
    KW_OUTCOME_ON_HOLD = 24,
    // The validation file is past its time to live.
    KW_OUTCOME_STALE_FILE = 25,
    // The revocation list is older than the program accepts.
    KW_OUTCOME_STALE_LIST = 26,
    // The file is older than one that was seen before.
    KW_OUTCOME_ROLLBACK = 27,
    // A trusted key signed it, and may not sign such a license or file.
    KW_OUTCOME_NOT_PERMITTED = 28,
    // Not enough of the roots signed the trust bundle or the root set.
    KW_OUTCOME_UNTRUSTED_BUNDLE = 29,
    // The product requires an activation, and nothing shows one of the license on this machine.
    KW_OUTCOME_NOT_ACTIVATED = 30,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum kw_outcome kw_outcome;
#else
typedef int32_t kw_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Verifies license keys for one product, with the trusted keys alone. Make it with `kw_verifier_new`, set it up, use it in
// any number of threads, and free it once with `kw_verifier_free`.
//
// After a call that sets it up has failed, it verifies nothing: `kw_verify` and the others return the same status.
//
// A freed verifier must not be used. The library can't notice such a use.
typedef struct kw_verifier kw_verifier;

// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted. The time now is `(kw_time)time(NULL) * 1000000`.
typedef int64_t kw_time;

// The evidence of the time.
typedef struct kw_clock {
    // The time of the system's clock.
    kw_time clock;
    // The time at which the program was built; `KW_NO_TIME` if that is not known.
    kw_time built;
    // The latest time of issue of the verified files and statements; `KW_NO_TIME` if there are none.
    kw_time issued;
    // Microseconds that the program has run since the last reading, by a monotonic clock: 0 at the first reading of a run, and
    // never negative.
    int64_t running;
    // How far the clock may be behind the evidence, in microseconds. A negative number means a day.
    int64_t tolerance;
} kw_clock;

// The earliest possible time, and whether the clock agrees with the evidence.
typedef struct kw_reading {
    // The time to use for licenses.
    kw_time now;
    // Microseconds by which the clock is behind the evidence, if it is suspect. Decades mean that the program gave seconds for
    // microseconds.
    int64_t behind_by;
    // The largest step backward that was seen, in microseconds, if it is suspect.
    int64_t largest_step;
    // How often the clock went backward, if it is suspect.
    uint32_t backward_steps;
    // Whether the clock is behind the evidence by more than the tolerance.
    bool is_suspect;
} kw_reading;

// A calendar day, the same in every time zone. All zero means no day, such as the last day of a perpetual license.
typedef struct kw_day {
    // 2020 to 9999.
    uint16_t year;
    // 1 to 12.
    uint8_t month;
    // 1 to 31.
    uint8_t day;
} kw_day;

// What a license allows at a given time.
typedef struct kw_standing {
    // The time at which the first day begins, at UTC+14.
    kw_time opens_at;
    // The time at which the last day has ended, at UTC−12; `KW_NEVER` if it is perpetual.
    kw_time closes_at;
    // The time at which the last day of grace has ended; `closes_at` if there is no grace.
    kw_time grace_closes_at;
    // `KW_OUTCOME_NOT_YET_VALID`, `_ACTIVE`, `_EXPIRING_SOON`, `_IN_GRACE` or `_EXPIRED`.
    kw_outcome state;
    // 0 standard, 1 trial, 2 stopgap.
    int32_t kind;
    // Days left until the last day, or in grace until the last day of grace: 0 on that day itself. −1 if no days are
    // counted: not yet valid, perpetual, expired.
    int32_t days_left;
    // The first day.
    struct kw_day valid_from;
    // The last day; no day if it is perpetual.
    struct kw_day valid_through;
    // The last day of grace; no day if there is no grace.
    struct kw_day grace_through;
    // The day of the next reminder; no day if there is none.
    struct kw_day next_reminder;
    // Whether the product may run: active, expiring soon or in grace.
    bool is_usable;
    // Whether there is a successor, so that no warning of the end is needed.
    bool has_successor;
    // Days of grace.
    uint8_t grace_days;
    // The notice that a product shows beside a trial or a stopgap license, in English; empty for a standard one.
    char notice[KW_STANDING_SIZE];
    // The standing in words, in English.
    char text[KW_STANDING_SIZE];
} kw_standing;

// The grant of several licenses: every feature that one of them has, and the largest number of seats that one of them has.
typedef struct kw_grant {
    // The features, feature i in bit i.
    uint64_t features;
    // Seats, or `KW_UNLIMITED_SEATS`; 0 if nothing is granted.
    uint64_t seats;
    // Whether anything is granted. If not, no license is usable.
    bool is_granted;
} kw_grant;

// What several licenses allow together, and which of them counts.
typedef struct kw_entitlement {
    // The state of the license that counts; `KW_OUTCOME_NONE` if none of the texts was accepted.
    kw_outcome outcome;
    // Whether the product may run.
    bool is_usable;
    // The index of the text that counts, from 0.
    size_t index;
    // Its standing. With a successor, it does not expire soon.
    struct kw_standing standing;
    // The grant of the usable licenses together.
    struct kw_grant grant;
} kw_entitlement;

// The bytes that identify a part of a machine; no bytes if there is no such part.
//
// A placeholder for an id counts as no bytes: "To Be Filled By O.E.M.", "None", all zeros, and the others in
// `spec/FORMAT.md`, section 4.1. Give ids as text, as the operating system shows them.
typedef struct kw_component {
    // The bytes, as the operating system has them.
    const uint8_t *bytes;
    // The number of bytes.
    size_t size;
} kw_component;

// The parts that identify a machine. Give at least one. The license works while more than half of them are the same.
typedef struct kw_machine {
    // The operating system's id of the installation.
    struct kw_component machine_id;
    // The main board's id.
    struct kw_component board_id;
    // The serial number of the disk that the system is on.
    struct kw_component system_disk;
    // The address of the primary network card.
    struct kw_component network_card;
    // Another part, of the vendor's choice.
    struct kw_component vendors_own;
} kw_machine;

// A quota, such as 50 projects.
typedef struct kw_limit {
    // The quota, at most 2^53 − 1.
    uint64_t value;
    // The limit's number.
    uint8_t id;
} kw_limit;

// The claims that the vendor signed.
typedef struct kw_claims {
    // The features, feature i in bit i.
    uint64_t features;
    // The seats, or `KW_UNLIMITED_SEATS`. No license has 0.
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
    // The last day; no day if it is perpetual.
    struct kw_day valid_through;
    // Versions released through this day are covered; no day means every version.
    struct kw_day updates_through;
    // The edition's number.
    uint16_t edition;
    // Whether the license is locked to a machine.
    bool is_locked;
    // The number of `limits`.
    uint8_t limit_count;
    // The number of bytes of `extension`.
    uint8_t extension_size;
    // The fingerprint of the machine, if it is locked to one.
    uint8_t fingerprint[16];
    // Quotas, ids ascending.
    struct kw_limit limits[KW_MAX_LIMITS];
    // The licensee, in UTF-8; empty if the key names none.
    char licensee[65];
    // Signed bytes of the vendor's own.
    uint8_t extension[64];
} kw_claims;

// One group that was repaired.
typedef struct kw_repair {
    // The number of the group in the key, from 1.
    uint8_t group;
    // The characters that were typed in its place; `?` stands for one that can't be read. Empty if the group was missing.
    char typed[25];
    // The five characters that it should be.
    char expected[6];
} kw_repair;

// The evidence of the cause of a refusal. Fields that belong to other causes are zero.
typedef struct kw_evidence {
    // The serial that names the license, if `has_serial`. For `KW_OUTCOME_BAD_SIGNATURE`, a forger may have chosen it.
    uint8_t serial[8];
    // Whether there is a serial.
    bool has_serial;
    // For `KW_OUTCOME_UNKNOWN_KEY`: the hint that names the signing key, the first two bytes of its key id.
    uint8_t hint[2];
    // For `KW_OUTCOME_WRONG_MACHINE`: the number of components of the license's fingerprint that this machine has.
    uint8_t matching_components;
    // The number of components in the license's fingerprint; 0 if the verifier has no fingerprint of this machine.
    uint8_t present_components;
    // For `KW_OUTCOME_VERSION_NOT_COVERED`: the last release day that is covered.
    struct kw_day updates_through;
    // For `KW_OUTCOME_WRONG_PRODUCT`: the product that the license is for.
    uint32_t product;
    // For `KW_OUTCOME_WRONG_ENVIRONMENT`: the environment that it is for, numbered as in `kw_claims`.
    int32_t environment;
} kw_evidence;

// The result of verifying a text at a given time.
//
// A product acts on `outcome`. For a license that verified (active, expiring soon, in grace, not yet valid, expired), the
// fields from `claims` to `repairs` describe it; for a refusal, `message` and the fields after it.
typedef struct kw_result {
    // The outcome.
    kw_outcome outcome;
    // Whether the product may run: `outcome` is active, expiring soon or in grace.
    bool is_usable;
    // The claims that the vendor signed.
    struct kw_claims claims;
    // What the license allows at that time.
    struct kw_standing standing;
    // The license digest: revocation lists and allow-lists name the license by it.
    uint8_t digest[16];
    // The trusted key that signed it.
    uint8_t key_id[8];
    // The key in its canonical text: store this, whatever was typed.
    char key[KW_KEY_SIZE];
    // The number of `repairs`.
    uint8_t repair_count;
    // The mistakes in the text as typed. For the person who typed it, not for a log.
    struct kw_repair repairs[KW_MAX_REPAIRS];
    // For a refusal: the cause and what to do, in English and UTF-8.
    char message[KW_MESSAGE_SIZE];
    // For a refusal: the evidence of its cause.
    struct kw_evidence evidence;
    // For a damaged key: the number of groups in the text.
    uint8_t group_count;
    // For a damaged key: the groups that are visibly wrong, group 1 in bit 0 of the first byte.
    uint8_t unreadable_groups[16];
} kw_result;

// The seats in use compared with the seats granted.
typedef struct kw_seats {
    // The free seats, if they are limited.
    uint32_t left;
    // The number of seats too many.
    uint32_t over;
    // Whether the seats are unlimited.
    bool is_unlimited;
} kw_seats;

// A time that never comes: the end of a perpetual license.
#define KW_NEVER INT64_MAX

// The time is not known.
#define KW_NO_TIME INT64_MIN

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface of the library.
uint32_t kw_abi_version(void);

// Writes the mark of a program that has never read a clock: 37 bytes to keep between runs.
//
// # Safety
//
// `mark` is NULL or points to 37 bytes that nothing else uses during the call.
KW_MUST_USE kw_status kw_mark_new(uint8_t *mark);

// Reads the clock as evidence: computes the earliest possible time from the evidence and the mark of earlier readings, and
// moves the mark. The mark is never moved beyond the latest end of the licenses among the texts, except to the time of a
// signed file. While the clock is behind the mark by more than the tolerance, the mark goes on with the clock. If the call
// fails, the mark stays as it was.
//
// # Safety
//
// The conditions of `kw_combine`; `clock` is NULL or points to a `kw_clock`; `mark` and `reading` are NULL or point to 37
// bytes and a reading that nothing else uses during the call.
KW_MUST_USE
kw_status kw_read_clock(const struct kw_verifier *verifier,
                        const char *const *texts,
                        const size_t *sizes,
                        size_t count,
                        const struct kw_clock *clock,
                        uint8_t *mark,
                        struct kw_reading *reading);

// Lowers the mark to the time of a signed statement, which the program has verified, after a wrong clock has raised it. A
// statement can be used once, and only if no later one was used.
//
// # Safety
//
// `mark` is NULL or points to 37 bytes that nothing else uses during the call.
KW_MUST_USE
kw_status kw_mark_recover(uint8_t *mark,
                          kw_time issued);

// Combines several license keys for the product, such as this year's and next year's, entered early: what they allow
// together at `now`, and which of them counts. Refused texts are left out; `kw_verify` gives the reason.
//
// `texts` and `sizes` have `count` entries. Each pair is a text and its size in bytes, as for `kw_verify`.
//
// # Safety
//
// The conditions of `kw_verify`, for each text; `texts` and `sizes` are NULL or point to `count` entries; `entitlement` is
// NULL or points to an entitlement that nothing else uses during the call.
KW_MUST_USE
kw_status kw_combine(const struct kw_verifier *verifier,
                     const char *const *texts,
                     const size_t *sizes,
                     size_t count,
                     kw_time now,
                     struct kw_entitlement *entitlement);

// The fingerprint that a license for this product can be locked to: 16 bytes, which don't reveal the parts.
//
// # Safety
//
// `machine` is NULL or points to a machine, each part of which is NULL or points to as many bytes as its size says;
// `fingerprint` is NULL or points to 16 bytes that nothing else uses during the call.
KW_MUST_USE
kw_status kw_fingerprint(uint32_t product,
                         const struct kw_machine *machine,
                         uint8_t *fingerprint);

#if defined(__wasm__)
// Allocates `size` bytes, aligned for every struct; NULL if there is no memory for them.
uint8_t *kw_alloc(size_t size);
#endif

#if defined(__wasm__)
// Frees bytes of `kw_alloc`.
//
// # Safety
//
// `pointer` is NULL, or came from `kw_alloc` with this size and was not freed.
void kw_dealloc(uint8_t *pointer, size_t size);
#endif

// The stable code of an outcome, such as `wrong-product`. Any number has one: static, never NULL.
const char *kw_code(int32_t outcome);

// Verifies a license key as it was typed, pasted or scanned, repairs mistakes in it, and says what it allows at `now`.
//
// `text` has `size` bytes of UTF-8, needs no zero byte at its end, and must not lie in `result`, which is zeroed first. The
// application chooses `now`.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing changes during the call; `text` is NULL or points to `size` bytes; `result` is
// NULL or points to a result that nothing else uses during the call.
KW_MUST_USE
kw_status kw_verify(const struct kw_verifier *verifier,
                    const char *text,
                    size_t size,
                    kw_time now,
                    struct kw_result *result);

// Compares the seats in use with the seats granted by a `kw_claims` or a `kw_grant`, or with `KW_UNLIMITED_SEATS`. The
// product decides what to do about too many seats.
//
// # Safety
//
// `seats` is NULL or points to a standing that nothing else uses during the call.
KW_MUST_USE
kw_status kw_seat_standing(uint64_t granted,
                           uint32_t used,
                           struct kw_seats *seats);

// The sentence for a status. Any number has one: static, never NULL.
const char *kw_strerror(int32_t status);

// Makes a verifier for that product in production, which trusts no key yet and repairs mistakes.
//
// # Safety
//
// `verifier` is NULL, or points to a pointer that nothing else uses during the call.
KW_MUST_USE kw_status kw_verifier_new(uint32_t product, struct kw_verifier **verifier);

// Frees a verifier. NULL is allowed.
//
// # Safety
//
// `verifier` is NULL, or came from `kw_verifier_new`, was not freed, and is not in use.
void kw_verifier_free(struct kw_verifier *verifier);

// Adds a trusted key: the bytes of a public key's file, in PEM, hex digits, DER or 32 raw bytes.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing else uses during the call; `contents` is NULL or points to `size` bytes.
KW_MUST_USE
kw_status kw_verifier_trust(struct kw_verifier *verifier,
                            const uint8_t *contents,
                            size_t size);

// Sets the environment: 0 production, 1 staging, 2 development.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing else uses during the call.
KW_MUST_USE
kw_status kw_verifier_set_environment(struct kw_verifier *verifier,
                                      int32_t environment);

// Sets the machine that the product runs on: the 16 bytes of `kw_fingerprint`. Without this call, a license that is locked to
// a machine is refused.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing else uses during the call; `fingerprint` is NULL or points to 16 bytes.
KW_MUST_USE
kw_status kw_verifier_set_machine(struct kw_verifier *verifier,
                                  const uint8_t *fingerprint);

// Sets the day on which the running version was released: a year, a month from 1 to 12 and a day from 1 to 31. Without this
// call, every version is covered.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing else uses during the call.
KW_MUST_USE
kw_status kw_verifier_set_released(struct kw_verifier *verifier,
                                   int32_t year,
                                   uint32_t month,
                                   uint32_t day);

// Sets the reminder days: numbers of days before the last day, in any order, at most 8. Without this call they are 30, 14 and
// 7.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing else uses during the call; `days` is NULL or points to `count` numbers.
KW_MUST_USE
kw_status kw_verifier_set_reminders(struct kw_verifier *verifier,
                                    const uint16_t *days,
                                    size_t count);

// Makes the verifier refuse damaged text instead of repairing it: for keys that no person has typed.
//
// # Safety
//
// `verifier` is NULL or a verifier that nothing else uses during the call.
KW_MUST_USE
kw_status kw_verifier_refuse_damaged(struct kw_verifier *verifier);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KEYWARD_H */
