#pragma once
// The places at which a post office listens, and which of them exclude each other.

#include <external/config/settings.h>

namespace external::config {

/// A setting that says where to listen.
struct Listener {
  std::string section;  ///< "External", "External-Lan", "Share OFFICE"
  std::string setting;
  int line = 0;
  std::string host;  ///< an address, or a name that only the network knows
  std::string port;
};

/// All of them but disabled ones, those of pools last.
std::vector<Listener> listeners_of(const Settings& settings);

/// 127.0.0.1:7000, [::1]:7000
std::string place_of(const Listener& listener);

/// "[Share OFFICE]: Listen", "SmtpListen"; how a complaint of it begins.
std::string title_of(const Listener& listener);

/// Why `one` cannot be there beside `other`, and what to do; empty: it can. All addresses take in each single
/// one: 0.0.0.0 those of IPv4, [::] those of IPv4 as well.
std::string conflict(const Listener& one, const Listener& other);

}  // namespace external::config
