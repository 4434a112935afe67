/* keyward.h for C++17: a verifier that frees itself, texts as std::string_view, and optional values as std::optional.
 *
 * Standings and refusals are results, and nothing is thrown for them. A call that can't be made (`kw_status`) is a mistake
 * in the program or in a key that it was given: the status is returned as well. */

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

/// A time in microseconds: that of the system's clock, or another.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

inline time_point now()
{
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// The stable code of an outcome: `active`, `wrong-product`.
inline std::string_view code(kw_outcome outcome)
{
    return kw_code(outcome);
}

/// A sentence for a status.
inline std::string_view describe(kw_status status)
{
    return kw_strerror(status);
}

/// The day; nothing for a `kw_day` that is all zero.
inline std::optional<kw_day> day(kw_day day)
{
    return day.year == 0 ? std::nullopt : std::optional(day);
}

/// The days left, if any are counted.
inline std::optional<std::int32_t> days_left(const kw_standing &standing)
{
    return standing.days_left < 0 ? std::nullopt : std::optional(standing.days_left);
}

/// The seats of a `kw_claims` or a `kw_grant`; nothing if they are unlimited. A refused license has 0.
template <class Granted>
std::optional<std::uint64_t> seats(const Granted &granted)
{
    return granted.seats == KW_UNLIMITED_SEATS ? std::nullopt : std::optional(granted.seats);
}

/// Whether the license has the feature.
inline bool has_feature(const kw_claims &claims, unsigned feature)
{
    return feature < 64 && (claims.features >> feature & 1) == 1;
}

/// Verifies license keys for one product, with the trusted keys alone. Once it is set up, any number of threads may use it.
class verifier {
public:
    /// A verifier for that product in production, which trusts no key yet; nothing if the library has another version than this
    /// header.
    static std::optional<verifier> for_product(std::uint32_t product)
    {
        kw_verifier *made = nullptr;
        if (kw_abi_version() != KW_ABI_VERSION || kw_verifier_new(product, &made) != KW_STATUS_OK)
            return std::nullopt;
        return verifier(made);
    }

    /// Adds a trusted key: the contents of a public key's file.
    [[nodiscard]] kw_status trust(std::string_view contents)
    {
        return kw_verifier_trust(handle.get(), reinterpret_cast<const std::uint8_t *>(contents.data()), contents.size());
    }

    /// 0 production, 1 staging, 2 development.
    [[nodiscard]] kw_status environment(std::int32_t environment)
    {
        return kw_verifier_set_environment(handle.get(), environment);
    }

    /// The machine that the product runs on: the bytes of `kw_fingerprint`.
    [[nodiscard]] kw_status machine(const std::array<std::uint8_t, 16> &fingerprint)
    {
        return kw_verifier_set_machine(handle.get(), fingerprint.data());
    }

    /// The day on which the running version was released.
    [[nodiscard]] kw_status released(std::int32_t year, std::uint32_t month, std::uint32_t day)
    {
        return kw_verifier_set_released(handle.get(), year, month, day);
    }

    /// The reminder days: numbers of days before the last day.
    [[nodiscard]] kw_status reminders(const std::vector<std::uint16_t> &days)
    {
        return kw_verifier_set_reminders(handle.get(), days.data(), days.size());
    }

    /// Refuses damaged text instead of repairing it.
    [[nodiscard]] kw_status refuse_damaged()
    {
        return kw_verifier_refuse_damaged(handle.get());
    }

    /// Verifies a text as it was typed. If the call can't be made, the outcome is `KW_OUTCOME_NONE`, and nothing is usable.
    kw_result verify(std::string_view text, time_point now) const
    {
        kw_result result{};
        if (kw_verify(handle.get(), text.data(), text.size(), now.time_since_epoch().count(), &result) != KW_STATUS_OK)
            result = kw_result{};
        return result;
    }

    /// What several license keys allow together. If none of them is accepted or the call can't be made, the outcome is
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

    /// The verifier for calls that this header does not wrap, such as `kw_read_clock`. It still belongs to this object.
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
