#pragma once
// The keys shared with other post offices, made from their passwords when first needed.

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/link/sign_on.h>

namespace external::engine {

/// Making a key takes a tenth of a second of a processor, so it happens on a thread of its own and once.
class KeyRing {
 public:
  explicit KeyRing(const config::Settings& settings, Worker::Place place = Worker::Place::own_thread)
      : settings_(settings), worker_(place) {}

  /// Nothing if the post office is not configured or has no password.
  Task<std::optional<link::Key>> key_of(std::string post_office) {
    if (const auto known = keys_.find(post_office); known != keys_.end()) co_return known->second;
    const auto* office = settings_.find_post_office(post_office);
    if (!office || office->password.empty()) co_return std::nullopt;
    const auto derive = [office, home = settings_.home_po] {
      return link::derive_key(office->password, home, office->name);
    };
    const auto key = co_await worker_.run(derive);
    keys_.emplace(post_office, key);
    co_return key;
  }

 private:
  const config::Settings& settings_;
  std::map<std::string, link::Key> keys_;
  Worker worker_;
};

}  // namespace external::engine
