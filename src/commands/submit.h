#pragma once
// Accepting messages into the queue.

#include "source.h"

#include <external/base/clock.h>
#include <external/config/settings.h>
#include <external/engine/directory.h>
#include <external/postoffice/disk_guard.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/submit.h>
#include <mailqueue/queue.h>

namespace external::commands {

/// Takes messages of people and programs of the home post office.
class Submitter {
 public:
  Submitter(const config::Settings& settings, Clock& clock);

  /// Messages with a header get those of From, Date and Message-ID that it lacks, on top; `full_name` may be
  /// empty.
  void complete_headers(std::string full_name) { full_name_ = std::move(full_name); }

  struct Result {
    mailqueue::MessageId message = 0;
    std::string key;
  };

  /// Accepts one message; on return it is durable. A useful life that is not given is set from the settings.
  /// The content stays as it is; one that has no header at all gets one on top. A header to be completed must
  /// be in the first piece of `source`. Throws Failure if a mailbox
  /// or a post office is unknown, the message is too large for one of them, or too much waits there already
  /// (then nothing was accepted), BadAddress, mailqueue::Error, and what `source` throws. Groups are
  /// expanded; members that cannot be reached are told to the sender by notices.
  Result submit(postoffice::Submission submission, const Source& source);

 private:
  mailqueue::Envelope envelope_for(postoffice::Submission submission, WallTime now) const;
  /// Throws Failure (try_later) if the disk is full.
  void require_room();
  void check(const mailqueue::Envelope& envelope) const;
  void check_sender(const mailqueue::Envelope& envelope) const;
  std::optional<std::uint64_t> largest_for(const mailqueue::Envelope& envelope) const;
  void refuse_size(const mailqueue::Envelope& envelope, std::uint64_t size) const;
  void check_backlogs(const mailqueue::Envelope& envelope, std::uint64_t size) const;
  std::string top(const mailqueue::Envelope& envelope, std::string_view start) const;
  Result commit(mailqueue::Writer& writer, mailqueue::Envelope envelope);

  const config::Settings& settings_;
  Clock& clock_;
  engine::Directory directory_;
  postoffice::DiskGuard disk_;
  mailqueue::Queue queue_;
  std::optional<std::string> full_name_;  ///< of senders; absent: headers stay as they are
};

}  // namespace external::commands
