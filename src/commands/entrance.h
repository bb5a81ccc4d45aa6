#pragma once
// Where mail of other programs comes in while External runs: SMTP, submission and LMTP.

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/engine/passwords.h>
#include <external/intake/intake.h>
#include <external/smtp/server.h>

namespace external::commands {

/// Speaks SMTP and LMTP where the settings say so.
class Entrance {
 public:
  /// Listens already, so that trouble shows at the start. Throws std::runtime_error with a line for the
  /// administrator, mailqueue::Error. The settings and the clock must outlive it.
  Entrance(const asio::any_io_executor& executor, Clock& clock, const config::Settings& settings,
           const engine::Directory& directory, intake::Hooks hooks);

  /// One line for each address and socket, for the log.
  std::vector<std::string> places() const { return places_; }

  /// Until it is cancelled.
  Task<> run();

 private:
  smtp::ServerOptions options(smtp::Dialect dialect) const;
  smtp::ServerOptions submission_options() const;
  intake::Hooks with_passwords(intake::Hooks hooks);
  Task<bool> knows(std::string mailbox, std::string password);
  void listen_tcp(smtp::Server& server, const std::string& setting,
                  const std::vector<config::HostPort>& addresses, const std::string& what);
  void listen_lmtp();

  asio::any_io_executor executor_;
  Clock& clock_;
  const config::Settings& settings_;
  std::string host_;
  engine::Passwords passwords_;
  Worker keys_;  ///< comparing a password takes a tenth of a second of a processor
  intake::Depot depot_;
  intake::Intake intake_;
  smtp::Server smtp_;
  smtp::Server submission_;
  smtp::Server lmtp_;
  std::vector<std::string> places_;
};

/// What servers of this post office call themselves.
std::string host_name(const config::Settings& settings);

/// The post office as its servers see it. The directory must outlive it.
intake::House house(const config::Settings& settings, const engine::Directory& directory);

/// Whether the settings name a place for it.
bool has_entrance(const config::Settings& settings);

}  // namespace external::commands
