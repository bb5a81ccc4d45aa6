#pragma once
// Sets of network addresses.

#include <external/base/asio.h>

namespace external {

/// Addresses and networks, IPv4 and IPv6. An IPv4 address that comes mapped into IPv6 counts as itself.
class Networks {
 public:
  Networks() = default;

  /// "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". Throws std::runtime_error that names what is none.
  explicit Networks(const std::vector<std::string>& list);

  /// False for what is no address.
  bool contains(const std::string& address) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> bits{};
    unsigned prefix = 128;
  };

  std::vector<Network> networks_;
};

}  // namespace external
