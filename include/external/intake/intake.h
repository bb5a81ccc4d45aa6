#pragma once
// The post office behind its SMTP and LMTP servers: whose mail is taken, for whom, and into the queue.

#include <external/base/networks.h>
#include <external/engine/reception.h>
#include <external/intake/depot.h>
#include <external/intake/guesses.h>
#include <external/postoffice/mailbox.h>
#include <external/smtp/reception.h>

namespace external::intake {

/// The post office as far as addresses and rules go.
struct House {
  std::string host;  ///< what servers call themselves
  std::shared_ptr<const engine::Directory> directory;
  postoffice::Mailboxes mailboxes;
  std::chrono::seconds useful_life{};
  std::vector<std::string> trusted;  ///< addresses and networks, 192.0.2.0/24: may send to everybody we reach
};

/// What is decided by others.
struct Hooks {
  std::function<void()> news;                                  ///< mail was accepted
  std::function<void(const postoffice::DeliveryEvent&)> tell;  ///< of those that it cannot go to
  std::function<void(const std::string&)> log;                 ///< one line for Session.log
  std::function<std::string(std::uint64_t bytes)> refuses;  ///< why nothing can be taken now; empty: it can
  /// Whether that is the password of a mailbox here; may be empty: there are none.
  std::function<Task<bool>(std::string mailbox, std::string password)> knows;
};

/// One server's reception; several may share a depot. On the thread of the depot's executor. What is given by
/// reference must outlive it.
class Intake final : public smtp::Reception {
 public:
  /// Throws std::runtime_error if one of those trusted is no address.
  Intake(House house, Depot& depot, Clock& clock, Hooks hooks);

  /// Other settings hold for mail that comes from now on. Throws as the constructor does, and is then as
  /// before.
  void move_to(House house);

  Task<std::optional<smtp::Reply>> sender(const smtp::Client& client, const smtp::Sender& sender) override;
  Task<std::optional<smtp::Reply>> recipient(const smtp::Client& client, const smtp::Sender& sender,
                                             const smtp::Recipient& recipient) override;
  std::unique_ptr<smtp::Incoming> begin(const smtp::Client& client, smtp::Sender sender,
                                        std::vector<smtp::Recipient> recipients) override;
  /// Users are mailboxes here, in any form of their address. Wrong passwords go to the log.
  Task<std::optional<smtp::Reply>> authenticate(const smtp::Client& client, std::string user,
                                                std::string password) override;
  void trouble(const smtp::Client& client, std::string text) override;

 private:
  class Message;

  bool is_trusted(const smtp::Client& client) const;
  bool may_send_as(const std::string& user, const std::string& sender) const;
  std::optional<std::string> mailbox_of(const std::string& user) const;
  mailqueue::Envelope envelope_for(const smtp::Sender& sender,
                                   const std::vector<smtp::Recipient>& recipients) const;
  void tell(const std::vector<postoffice::DeliveryEvent>& events) const;
  std::string trace(const smtp::Client& client, const mailqueue::Envelope& envelope) const;

  House house_;
  Networks trusted_;
  Depot& depot_;
  Clock& clock_;
  Hooks hooks_;
  Guesses guesses_;
};

}  // namespace external::intake
