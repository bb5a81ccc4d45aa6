// Messages that cannot be read: finding them, and setting them aside.

#include "history.h"
#include "load.h"
#include "recipients.h"
#include "sha256.h"

#include <mailqueue/queue.h>

namespace mailqueue {

namespace {

/// Of a message whose row may be damaged; then the bytes that wait are told wrong until none waits any more.
std::uint64_t size_if_known(const Queue& queue, MessageId message) {
  try {
    return queue.size(message);
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

void Queue::verify(MessageId message) const {
  constexpr std::size_t piece = 1 << 20;
  const std::optional<MessageView> view = load_message(*database_, message);
  if (!view) {
    throw Error(ErrorKind::gone, "message " + std::to_string(message) + " is not in the queue any more");
  }
  Sha256 hash;
  for (std::uint64_t at = 0; at < view->size; at += piece) {
    const std::string bytes = read(message, at, piece);
    hash.update(std::as_bytes(std::span(bytes)));
  }
  if (hash.digest() != view->digest) throw DamagedMessage(message, "its content has changed on the disk");
}

std::size_t Queue::quarantine(MessageId message, std::string_view why, Time now) {
  Transaction transaction(*database_);
  Recipients recipients(*database_, message);
  std::size_t changed = 0;
  for (Recipients::One& one : recipients.all()) {
    if (one.state != State::queued && one.state != State::in_transfer) continue;
    one.state = State::quarantined;
    database_->run("UPDATE recipient SET state = ?, error = ? WHERE id = ?", one.state, why, one.id);
    ++changed;
  }
  if (changed > 0) {
    recipients.tally(size_if_known(*this, message));
    note(*database_, message, now, "quarantined, " + std::string(why));
  }
  transaction.commit();
  return changed;
}

}  // namespace mailqueue
