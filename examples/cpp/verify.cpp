// Verifies license keys from standard input, one a line, and says what those that are accepted allow together:
//
//     c++ -std=c++17 -o verify verify.cpp $(pkg-config --cflags --libs keyward)
//     ./verify <licenses.txt
//
// A number after the name is the time in seconds since 1970 to go by, instead of the clock's.

#include <iostream>
#include <string>

#include <keyward.hpp>

namespace {

constexpr std::uint32_t our_product = 3;
constexpr unsigned export_feature = 2;

// The vendor's public key, as `keyward keygen` wrote it.
constexpr std::string_view vendor = "-----BEGIN PUBLIC KEY-----\n"
                                    "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n"
                                    "-----END PUBLIC KEY-----\n";

std::ostream &operator<<(std::ostream &out, kw_day day)
{
    return out << day.year << '-' << unsigned{day.month} << '-' << unsigned{day.day};
}

void tell(const kw_result &license)
{
    if (license.message[0] != '\0') {
        std::cout << keyward::code(license.outcome) << ": " << license.message << '\n';
        return;
    }
    for (unsigned i = 0; i < license.repair_count; i++) {
        const kw_repair &repair = license.repairs[i];
        std::cout << "group " << unsigned{repair.group} << " is " << repair.expected << ", not " << repair.typed << '\n';
    }
    std::cout << keyward::code(license.outcome) << ": " << license.standing.text << '\n';
    if (license.is_usable && keyward::has_feature(license.claims, export_feature))
        std::cout << "export is licensed\n";
    if (const auto reminder = keyward::day(license.standing.next_reminder))
        std::cout << "to be reminded of on " << *reminder << '\n';
}

} // namespace

int main(int count, char **words)
{
    auto verifier = keyward::verifier::for_product(our_product);
    if (!verifier)
        return 1;
    if (const kw_status status = verifier->trust(vendor); status != KW_STATUS_OK) {
        std::cerr << keyward::describe(status) << '\n';
        return 1;
    }
    const auto now = count > 1 ? keyward::time_point(std::chrono::seconds(std::stoll(words[1]))) : keyward::now();

    std::vector<std::string> lines;
    for (std::string line; std::getline(std::cin, line);) {
        tell(verifier->verify(line, now));
        lines.push_back(line);
    }
    const auto combined = verifier->combine({lines.begin(), lines.end()}, now);
    if (combined.outcome == KW_OUTCOME_NONE) {
        std::cout << "no license\n";
        return 1;
    }
    std::cout << "what counts is line " << combined.index + 1 << ", " << keyward::code(combined.outcome) << '\n';
    return combined.is_usable ? 0 : static_cast<int>(combined.outcome);
}
