#pragma once
// The keys shared with other post offices, made from their passwords.

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/link/sign_on.h>

#include <atomic>
#include <mutex>

namespace external::engine {

/// Making a key takes a tenth of a second of a processor, so it happens on a thread of its own, and once.
class KeyRing {
 public:
  explicit KeyRing(const config::Settings& settings, Worker::Place place = Worker::Place::own_thread)
      : settings_(settings), place_(place), worker_(place) {}

  /// What is being made is finished; the rest is not begun.
  ~KeyRing() { ending_ = true; }

  /// Makes all keys, one after the other, so that no call has to wait for its own. Does nothing without a
  /// thread of its own.
  void make_all() {
    if (place_ == Worker::Place::own_thread) make_from(0);
  }

  /// Nothing if the post office is not configured or has no password.
  Task<std::optional<link::Key>> key_of(std::string post_office) {
    const auto* office = settings_.find_post_office(post_office);
    if (!office || office->password.empty()) co_return std::nullopt;
    const auto make = [this, office] { return make_key(*office); };
    if (const auto known = find(office->name)) co_return known;
    co_return co_await worker_.run(make);
  }

 private:
  std::optional<link::Key> find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto known = keys_.find(name);
    if (known == keys_.end()) return std::nullopt;
    return known->second;
  }

  link::Key make_key(const config::PostOffice& office) {
    if (const auto known = find(office.name)) return *known;
    const auto key = link::derive_key(office.password, settings_.home_po, office.name);
    const std::lock_guard lock(mutex_);
    return keys_.emplace(office.name, key).first->second;
  }

  /// One at a time: who asks for a key waits for one other at most.
  void make_from(std::size_t number) {
    if (number >= settings_.post_offices.size()) return;
    worker_.post([this, number] {
      if (ending_) return;
      const auto& office = settings_.post_offices[number];
      if (!office.password.empty()) make_key(office);
      make_from(number + 1);
    });
  }

  const config::Settings& settings_;
  Worker::Place place_;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::map<std::string, link::Key> keys_;
  Worker worker_;  // last: it is joined before what its jobs use goes
};

}  // namespace external::engine
