#pragma once
// The keys shared with other post offices, made from their passwords, and those of people who dial in.

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/engine/passwords.h>
#include <external/link/sign_on.h>
#include <external/postoffice/address.h>
#include <external/postoffice/mailbox.h>

#include <atomic>
#include <mutex>

namespace external::engine {

/// Making a key takes a tenth of a second of a processor, so it happens on a thread of its own, and once.
class KeyRing {
 public:
  /// `own_name`: what this end calls itself, as postoffice::AddressBook::here(); empty: the home post office.
  explicit KeyRing(std::shared_ptr<const config::Settings> settings,
                   Worker::Place place = Worker::Place::own_thread, const std::string& own_name = {})
      : settings_(std::move(settings)),
        own_name_(own_name.empty() ? settings_->home_po : own_name),
        place_(place),
        worker_(place) {}

  /// What is being made is finished; the rest is not begun.
  ~KeyRing() { ending_ = true; }

  /// Makes all keys, one after the other, so that no call has to wait for its own. Does nothing without a
  /// thread of its own.
  void make_all() {
    if (place_ == Worker::Place::own_thread) make_from(settings_, 0);
  }

  /// Other passwords hold from now on, of the same home post office.
  void use(std::shared_ptr<const config::Settings> settings) {
    settings_ = std::move(settings);
    make_all();
  }

  /// Nothing if the post office is not configured or has no password.
  Task<std::optional<link::Key>> key_of(std::string post_office) {
    const auto settings = settings_;
    const auto* office = settings->find_post_office(post_office);
    if (!office || office->password.empty()) co_return std::nullopt;
    const auto make = [this, office] { return make_key(*office); };
    if (const auto known = find(*office)) co_return known;
    co_return co_await worker_.run(make);
  }

  /// Nothing if nobody may dial in for that mailbox of the home post office; that takes as long. Throws
  /// std::runtime_error if the passwords cannot be read.
  Task<std::optional<link::Key>> key_of_person(std::string mailbox) {
    const auto look = [settings = settings_, &mailbox] {
      if (!may_dial_in(*settings, mailbox)) return std::optional<link::Key>();
      const auto key = Passwords(settings->passwords_file(), settings->home_po).key_of(mailbox);
      return settings->remote_users ? key : std::nullopt;
    };
    co_return co_await worker_.run(look);
  }

 private:
  /// Only under the name as it is kept: keys are bound to it.
  static bool may_dial_in(const config::Settings& settings, const std::string& mailbox) {
    try {
      return postoffice::parse_mailbox(mailbox) == mailbox &&
             postoffice::Mailboxes(settings.mail_folder()).find(mailbox).has_value();
    } catch (const std::runtime_error&) {
      return false;
    }
  }

  /// Made from this password.
  struct Made {
    std::string password;
    link::Key key;
  };

  std::optional<link::Key> find(const config::PostOffice& office) {
    const std::lock_guard lock(mutex_);
    const auto known = keys_.find(office.name);
    if (known == keys_.end() || known->second.password != office.password) return std::nullopt;
    return known->second.key;
  }

  link::Key make_key(const config::PostOffice& office) {
    if (const auto known = find(office)) return *known;
    const auto key = link::derive_key(office.password, own_name_, office.name);
    const std::lock_guard lock(mutex_);
    keys_[office.name] = {office.password, key};
    return key;
  }

  /// One at a time: who asks for a key waits for one other at most.
  void make_from(std::shared_ptr<const config::Settings> settings, std::size_t number) {
    if (number >= settings->post_offices.size()) return;
    worker_.post([this, settings = std::move(settings), number] {
      if (ending_) return;
      const auto& office = settings->post_offices[number];
      if (!office.password.empty()) make_key(office);
      make_from(settings, number + 1);
    });
  }

  std::shared_ptr<const config::Settings> settings_;
  std::string own_name_;
  Worker::Place place_;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::map<std::string, Made> keys_;
  Worker worker_;  // last: it is joined before what its jobs use goes
};

}  // namespace external::engine
