#pragma once
// Mail of other programs of this computer, taken under the rules of the SMTP listener, but in this process.

#include "source.h"
#include "surroundings.h"

#include <external/config/settings.h>
#include <external/intake/intake.h>
#include <external/postoffice/disk_guard.h>
#include <external/smtp/dialogue.h>

namespace external::commands {

/// Opens the queue beside a running External, or without one. Blocks in every call.
class LocalMail {
 public:
  /// Throws as the commands do. Both must outlive it.
  LocalMail(const config::Settings& settings, Surroundings& world);
  ~LocalMail();

  /// One SMTP dialogue to its end, with the host name and limits of the post office. Whatever was answered
  /// with 250 is durable. A running External is told at its end.
  void serve(stream::Stream& stream, smtp::DialogueOptions options);

  /// One message for all of `recipients`, durable on return. `client` goes into its trace. Throws Failure and
  /// takes nothing if one of them is refused.
  void take(smtp::Client client, smtp::Sender sender, std::vector<smtp::Recipient> recipients,
            const Source& source);

 private:
  void run(Task<> task);
  Task<> offer(smtp::Client client, smtp::Sender sender, std::vector<smtp::Recipient> recipients,
               const Source& source);

  const config::Settings& settings_;
  Surroundings& world_;
  postoffice::DiskGuard disk_;
  asio::io_context io_{1};
  intake::Depot depot_;
  intake::Intake intake_;
  bool news_ = false;
};

}  // namespace external::commands
