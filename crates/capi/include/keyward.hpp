/* keyward.h for C++17: a verifier that frees itself, texts as std::string_view, and what may be absent as std::optional.
 *
 * What a license allows and why one is refused are results, and nothing is thrown for them. A call that can't be made
 * (`kw_status`) is a mistake of the program's, or of what it was given to trust: it is returned, too. */

#ifndef KEYWARD_HPP
#define KEYWARD_HPP

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "keyward.h"

namespace keyward {

/// The time of the system's clock, or another of the program's choice.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

inline time_point now()
{
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// `active`, `wrong-product`: the stable name of an outcome.
inline std::string_view code(kw_outcome outcome)
{
    return kw_code(outcome);
}

/// What a status means, in a sentence.
inline std::string_view describe(kw_status status)
{
    return kw_strerror(status);
}

/// The day; none for a `kw_day` that is none.
inline std::optional<kw_day> day(kw_day day)
{
    return day.year == 0 ? std::nullopt : std::optional(day);
}

/// Days left, where any are counted.
inline std::optional<std::int32_t> days_left(const kw_standing &standing)
{
    return standing.days_left < 0 ? std::nullopt : std::optional(standing.days_left);
}

/// Seats of a `kw_claims` or a `kw_grant`; none if they are unlimited. Of a license that was refused they are 0.
template <class Granted>
std::optional<std::uint64_t> seats(const Granted &granted)
{
    return granted.seats == KW_UNLIMITED_SEATS ? std::nullopt : std::optional(granted.seats);
}

/// Whether the license carries the feature.
inline bool has_feature(const kw_claims &claims, unsigned feature)
{
    return feature < 64 && (claims.features >> feature & 1) == 1;
}

/// Verifies license keys for one product, with nothing but the keys it trusts. Once set up, any number of threads may ask it.
class verifier {
public:
    /// One for that product, in production, which trusts no key yet; none if the library is not of this header's version.
    static std::optional<verifier> for_product(std::uint32_t product)
    {
        kw_verifier *made = nullptr;
        if (kw_abi_version() != KW_ABI_VERSION || kw_verifier_new(product, &made) != KW_STATUS_OK)
            return std::nullopt;
        return verifier(made);
    }

    /// Trusts one more key: the contents of a public key's file.
    [[nodiscard]] kw_status trust(std::string_view contents)
    {
        return kw_verifier_trust(handle.get(), reinterpret_cast<const std::uint8_t *>(contents.data()), contents.size());
    }

    /// 0 production, 1 staging, 2 development.
    [[nodiscard]] kw_status environment(std::int32_t environment)
    {
        return kw_verifier_set_environment(handle.get(), environment);
    }

    /// The machine that the product runs on, as `kw_fingerprint` made it.
    [[nodiscard]] kw_status machine(const std::array<std::uint8_t, 16> &fingerprint)
    {
        return kw_verifier_set_machine(handle.get(), fingerprint.data());
    }

    /// When the running version was released.
    [[nodiscard]] kw_status released(std::int32_t year, std::uint32_t month, std::uint32_t day)
    {
        return kw_verifier_set_released(handle.get(), year, month, day);
    }

    /// How many days before the last day to remind of the end.
    [[nodiscard]] kw_status reminders(const std::vector<std::uint16_t> &days)
    {
        return kw_verifier_set_reminders(handle.get(), days.data(), days.size());
    }

    /// Refuses damaged text instead of repairing it.
    [[nodiscard]] kw_status refuse_damaged()
    {
        return kw_verifier_refuse_damaged(handle.get());
    }

    /// What comes of a text as it was typed. Where the call can't be made, the outcome is `KW_OUTCOME_NONE`, and nothing is
    /// usable.
    kw_result verify(std::string_view text, time_point now) const
    {
        kw_result result{};
        if (kw_verify(handle.get(), text.data(), text.size(), now.time_since_epoch().count(), &result) != KW_STATUS_OK)
            result = kw_result{};
        return result;
    }

    /// Which of several license keys counts. Where none of them was accepted, or the call can't be made, the outcome is
    /// `KW_OUTCOME_NONE`, and nothing is usable.
    kw_entitlement combine(const std::vector<std::string_view> &texts, time_point now) const
    {
        std::vector<const char *> starts;
        std::vector<std::size_t> sizes;
        for (std::string_view text : texts) {
            starts.push_back(text.data());
            sizes.push_back(text.size());
        }
        kw_entitlement entitlement{};
        if (kw_combine(handle.get(), starts.data(), sizes.data(), texts.size(), now.time_since_epoch().count(), &entitlement) !=
            KW_STATUS_OK)
            entitlement = kw_entitlement{};
        return entitlement;
    }

    /// For what this header leaves to C: `kw_read_clock`. It stays this verifier's.
    const kw_verifier *get() const { return handle.get(); }

private:
    struct freed {
        void operator()(kw_verifier *verifier) const { kw_verifier_free(verifier); }
    };

    explicit verifier(kw_verifier *made) : handle(made) {}

    std::unique_ptr<kw_verifier, freed> handle;
};

} // namespace keyward

#endif
