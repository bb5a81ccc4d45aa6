#pragma once
// Mail from many threads at once, made durable together.

#include <mailqueue/queue.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>

namespace mailqueue {

class Checkpointer;

/// The entrance of a queue for any number of threads. Each hands over its message and waits until that is
/// durable; what has gathered meanwhile is made durable together, so that ten threads wait for the disk about
/// as often as one would.
///
/// Accepting goes as Queue::accept does and promises the same. A message that cannot be accepted makes its
/// own call throw and no other. Each message is held in memory until its call returns; content too large for
/// that is better written through a Writer of a Queue of one's own.
///
/// It has its own connection to the file, beside which other Queue objects and other programs may work. The
/// calls of all threads must have returned when it is destroyed.
class SharedQueue {
 public:
  /// As for Queue. `most`: messages made durable together at most; other programs wait for the write lock
  /// meanwhile.
  explicit SharedQueue(const std::filesystem::path& file, Options options = {}, std::size_t most = 256);
  SharedQueue(const SharedQueue&) = delete;
  SharedQueue& operator=(const SharedQueue&) = delete;
  ~SharedQueue();

  /// Any thread. On return the message survives kill -9 and power loss.
  Accepted accept(const Envelope& envelope, std::string_view content, Time now);

 private:
  struct Handed;
  using Group = std::vector<Handed*>;

  void wait_for_more(std::unique_lock<std::mutex>& lock);
  Group take();
  void lead(std::unique_lock<std::mutex>& lock);
  void commit(const Group& group);
  void accept_one(Handed& one);
  void tell(const Group& group);

  Queue queue_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::size_t most_;
  std::mutex mutex_;
  std::deque<Handed*> gathered_;  ///< in the order in which they came
  bool leading_ = false;          ///< a thread commits for all; queue_ is its own until it is done
  std::size_t last_ = 1;          ///< size of the last group
};

}  // namespace mailqueue
