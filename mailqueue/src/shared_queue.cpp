#include "accept.h"
#include "checkpointer.h"
#include "sha256.h"

#include <mailqueue/shared_queue.h>

#include <algorithm>
#include <thread>

namespace mailqueue {

/// A message that a thread waits for. It lives in the call of that thread.
struct SharedQueue::Handed {
  const Envelope& envelope;
  std::string_view content;
  Digest digest;
  Time now;
  std::condition_variable turn{};  ///< done, or first of those that wait and nobody leads
  Accepted accepted{};
  std::exception_ptr failure{};
  bool done = false;
};

SharedQueue::SharedQueue(const std::filesystem::path& file, Options options, std::size_t most)
    : queue_(file, options),
      checkpointer_(std::make_unique<Checkpointer>(*queue_.database_, options.busy_timeout)),
      most_(std::max<std::size_t>(most, 1)) {}

SharedQueue::~SharedQueue() = default;

Accepted SharedQueue::accept(const Envelope& envelope, std::string_view content, Time now) {
  // Whatever needs no database is done by each thread for itself.
  require_valid(envelope);
  Handed mine{envelope, content, sha256_of(content), now};
  std::unique_lock lock(mutex_);
  gathered_.push_back(&mine);
  while (!mine.done) {
    if (leading_) {
      mine.turn.wait(lock);
    } else {
      lead(lock);
    }
  }
  if (mine.failure) std::rethrow_exception(mine.failure);
  return mine.accepted;
}

/// The first in the line does it for all; nobody is kept at it for longer than one group.
void SharedQueue::lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  wait_for_more(lock);
  const Group group = take();
  lock.unlock();
  commit(group);
  lock.lock();
  tell(group);
  lock.unlock();
  checkpointer_->between_transactions();
  lock.lock();
  leading_ = false;
  if (!gathered_.empty()) gathered_.front()->turn.notify_one();
}

void SharedQueue::tell(const Group& group) {
  last_ = group.size();
  for (Handed* const one : group) {
    one->done = true;
    one->turn.notify_one();
  }
}

/// Those of the last group have just been told; most come back at once, and it pays to take them along. Only
/// as long as others do have something to run, so that a single thread never waits.
void SharedQueue::wait_for_more(std::unique_lock<std::mutex>& lock) {
  const std::size_t enough = std::min(last_, most_);
  for (std::size_t left = 2 * enough; left > 0 && gathered_.size() < enough; --left) {
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
  }
}

SharedQueue::Group SharedQueue::take() {
  const auto end = gathered_.begin() + static_cast<std::ptrdiff_t>(std::min(most_, gathered_.size()));
  Group group(gathered_.begin(), end);
  gathered_.erase(gathered_.begin(), end);
  return group;
}

void SharedQueue::commit(const Group& group) {
  if (group.size() > 1) {
    try {
      queue_.batch([&] {
        for (Handed* const one : group) accept_one(*one);
      });
      return;
    } catch (const std::exception&) {
      // Each by itself, which finds the one that fails.
    }
  }
  for (Handed* const one : group) {
    try {
      accept_one(*one);
    } catch (...) {
      one->failure = std::current_exception();
    }
  }
}

void SharedQueue::accept_one(Handed& one) {
  one.accepted = queue_.accept_known(one.envelope, one.content, one.digest, one.now);
}

}  // namespace mailqueue
