#pragma once
// Accepting messages into the queue.

#include "source.h"

#include <external/base/clock.h>
#include <external/config/settings.h>
#include <external/postoffice/disk_guard.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/route.h>
#include <external/postoffice/submit.h>
#include <mailqueue/queue.h>

namespace external::commands {

/// Takes messages of people and programs of the home post office.
class Submitter {
 public:
  Submitter(const config::Settings& settings, Clock& clock);

  struct Result {
    mailqueue::MessageId message = 0;
    std::string key;
  };

  /// Accepts one message; on return it is durable. `submission.useful_life` is set from the settings. The
  /// content stays as it is; one that has no header at all gets one on top. Throws Failure if a mailbox or a
  /// post office is unknown (then nothing was accepted), BadAddress, mailqueue::Error, and what `source`
  /// throws.
  Result submit(postoffice::Submission submission, const Source& source);

 private:
  mailqueue::Envelope envelope_for(postoffice::Submission submission, WallTime now) const;
  /// Throws Failure (try_later) if the disk is full.
  void require_room();
  void check(const mailqueue::Envelope& envelope) const;

  const config::Settings& settings_;
  Clock& clock_;
  postoffice::AddressBook book_;
  postoffice::RoutingTable routes_;
  postoffice::DiskGuard disk_;
  mailqueue::Queue queue_;
};

}  // namespace external::commands
