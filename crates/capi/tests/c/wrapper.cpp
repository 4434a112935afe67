// What keyward.hpp passes on arrives: each setting changes an answer, and each answer is the one of the C interface.

#include <cstdio>
#include <cstdlib>

#include <keyward.hpp>

#define CHECK(so)                                                                        \
    do {                                                                                 \
        if (!(so)) {                                                                     \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #so);        \
            std::exit(1);                                                                \
        }                                                                                \
    } while (0)

namespace {

constexpr std::string_view vendor = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
constexpr std::string_view license =
    "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-"
    "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
constexpr std::string_view mistyped =
    "K7PM4-00108-1G818-60W40-606SJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-"
    "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
// 2026-06-15 and 2026-12-29, both at 12:00 UTC: the license is for 2026.
const keyward::time_point june{std::chrono::seconds(1781524800)}, december{std::chrono::seconds(1798545600)};

keyward::verifier trusting(std::uint32_t product)
{
    auto made = keyward::verifier::for_product(product);
    CHECK(made && made->trust(vendor) == KW_STATUS_OK);
    return std::move(*made);
}

} // namespace

int main()
{
    const auto plain = trusting(3);
    const kw_result active = plain.verify(license, june);
    CHECK(active.outcome == KW_OUTCOME_ACTIVE && active.is_usable);
    CHECK(keyward::seats(active.claims) == 25u && keyward::has_feature(active.claims, 2));
    CHECK(!keyward::has_feature(active.claims, 3) && !keyward::has_feature(active.claims, 64));
    CHECK(keyward::days_left(active.standing) == 199);
    CHECK(keyward::day(active.standing.next_reminder)->month == 12 && !keyward::day(active.claims.updates_through));

    // A license that is refused grants nothing.
    const kw_result refused = trusting(4).verify(license, june);
    CHECK(refused.outcome == KW_OUTCOME_WRONG_PRODUCT && !refused.is_usable && refused.evidence.product == 3);
    CHECK(refused.evidence.has_serial && refused.evidence.serial[0] == 1);
    CHECK(keyward::seats(refused.claims) == 0u && !keyward::days_left(plain.verify("", june).standing).value_or(0));

    auto staging = trusting(3);
    CHECK(staging.environment(1) == KW_STATUS_OK);
    CHECK(staging.verify(license, june).outcome == KW_OUTCOME_WRONG_ENVIRONMENT);

    auto exact = trusting(3);
    CHECK(plain.verify(mistyped, june).repair_count == 1);
    CHECK(exact.refuse_damaged() == KW_STATUS_OK);
    CHECK(exact.verify(mistyped, june).outcome == KW_OUTCOME_DAMAGED);

    auto reminding = trusting(3);
    CHECK(plain.verify(license, december).outcome == KW_OUTCOME_EXPIRING_SOON);
    CHECK(reminding.reminders({1}) == KW_STATUS_OK);
    CHECK(reminding.verify(license, december).outcome == KW_OUTCOME_ACTIVE);

    // 30 February is no day, 2 March is one.
    auto released = trusting(3);
    CHECK(released.released(2026, 3, 2) == KW_STATUS_OK);
    CHECK(released.verify(license, june).is_usable);
    CHECK(released.released(2026, 2, 30) == KW_STATUS_NO_SUCH_DAY);
    CHECK(released.verify(license, june).outcome == KW_OUTCOME_NONE && !released.combine({license}, june).is_usable);

    auto locked = trusting(3);
    std::array<std::uint8_t, 16> fingerprint{1, 2, 3, 4};
    CHECK(locked.machine(fingerprint) == KW_STATUS_OK && locked.verify(license, june).is_usable);
    fingerprint[0] = 9;
    CHECK(locked.machine(fingerprint) == KW_STATUS_OUT_OF_RANGE);

    const kw_entitlement combined = plain.combine({"hello", license}, june);
    CHECK(combined.is_usable && combined.index == 1 && keyward::seats(combined.grant) == 25u);
    const kw_entitlement none = plain.combine({"hello"}, june);
    CHECK(none.outcome == KW_OUTCOME_NONE && !none.is_usable && keyward::seats(none.grant) == 0u);
    CHECK(keyward::code(combined.outcome) == "active" && keyward::describe(KW_STATUS_OK) == "no error");
    return 0;
}
