#pragma once
// Where mail of other programs comes in while External runs: SMTP and LMTP.

#include <external/config/settings.h>
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
  void listen_smtp();
  void listen_lmtp();

  asio::any_io_executor executor_;
  Clock& clock_;
  const config::Settings& settings_;
  std::string host_;
  intake::Depot depot_;
  intake::Intake intake_;
  smtp::Server smtp_;
  smtp::Server lmtp_;
  std::vector<std::string> places_;
};

/// Whether the settings name a place for it.
bool has_entrance(const config::Settings& settings);

}  // namespace external::commands
