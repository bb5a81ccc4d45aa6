#include <external/base/networks.h>

#include <charconv>
#include <stdexcept>

namespace external {

namespace {

using Bits = std::array<std::uint8_t, 16>;

constexpr unsigned mapped_prefix = 96;  // of ::ffff:0:0/96, which holds all of IPv4

std::optional<Bits> bits_of(const std::string& text) {
  error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) return std::nullopt;
  if (address.is_v6()) return address.to_v6().to_bytes();
  return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool same_bits(const Bits& a, const Bits& b, unsigned count) {
  const auto bytes = count / 8;
  if (!std::equal(a.begin(), a.begin() + bytes, b.begin())) return false;
  if (count % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - count % 8));
  return (a[bytes] & mask) == (b[bytes] & mask);
}

}  // namespace

Networks::Networks(const std::vector<std::string>& list) {
  for (const auto& text : list) {
    const auto slash = text.find('/');
    const auto bits = bits_of(text.substr(0, slash));
    const bool is_v4 = text.find(':') == std::string::npos;
    const unsigned most = is_v4 ? 32 : 128;
    const auto prefix =
        slash == std::string::npos ? most : number_of(std::string_view(text).substr(slash + 1));
    if (!bits || !prefix || *prefix > most)
      throw std::runtime_error("'" + text +
                               "' is no network address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32");
    networks_.push_back({*bits, is_v4 ? *prefix + mapped_prefix : *prefix});
  }
}

bool Networks::contains(const std::string& address) const {
  const auto bits = bits_of(address);
  return bits && std::any_of(networks_.begin(), networks_.end(),
                             [&](const Network& one) { return same_bits(one.bits, *bits, one.prefix); });
}

}  // namespace external
