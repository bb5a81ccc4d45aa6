#pragma once
// Where mail of other programs comes in while External runs: SMTP, submission and LMTP.

#include <external/base/async.h>
#include <external/base/task_thread.h>
#include <external/config/settings.h>
#include <external/engine/passwords.h>
#include <external/intake/intake.h>
#include <external/postoffice/disk_guard.h>
#include <external/smtp/server.h>

namespace external::commands {

/// Speaks SMTP and LMTP where the settings say so, on a thread of its own: any number of clients that bring
/// mail must not keep a line from being answered.
class Entrance {
 public:
  /// Listens already, so that trouble shows at the start. Throws std::runtime_error with a line for the
  /// administrator, mailqueue::Error. The clock must outlive it, and be one that any thread may use. `hooks`
  /// are called on the thread of the entrance; without Hooks::refuses it looks at the disk itself.
  Entrance(Clock& clock, std::shared_ptr<const engine::Directory> directory, intake::Hooks hooks);

  /// Other addresses and limits hold for mail that comes from now on; where it listens stays. Call it on any
  /// thread, while it runs.
  void use(std::shared_ptr<const engine::Directory> directory);

  /// One line for each address and socket, for the log.
  std::vector<std::string> places() const { return places_; }

  /// Until it is cancelled; on any thread.
  Task<> run();

 private:
  smtp::ServerOptions options(smtp::Dialect dialect) const;
  smtp::ServerOptions submission_options() const;
  Task<bool> knows(std::string mailbox, std::string password);
  void listen_tcp(smtp::Server& server, const std::string& setting,
                  const std::vector<config::HostPort>& addresses, const std::string& what);
  void listen_lmtp();

  Task<> serve();
  intake::Hooks completed(intake::Hooks hooks);

  Clock& clock_;
  const std::shared_ptr<const config::Settings> settings_;  ///< of the start
  std::string host_;
  postoffice::DiskGuard disk_;
  engine::Passwords passwords_;
  Worker keys_;  ///< comparing a password takes a tenth of a second of a processor
  TaskThread thread_;
  intake::Depot depot_;
  intake::Intake intake_;
  smtp::Server smtp_;
  smtp::Server submission_;
  smtp::Server lmtp_;
  std::vector<std::string> places_;
};

/// What servers of this post office call themselves.
std::string host_name(const config::Settings& settings);

/// The post office as its servers see it.
intake::House house(std::shared_ptr<const engine::Directory> directory);

/// Whether the settings name a place for it.
bool has_entrance(const config::Settings& settings);

}  // namespace external::commands
