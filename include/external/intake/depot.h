#pragma once
// Where mail from many coroutines becomes durable together.

#include <external/base/async.h>
#include <external/base/clock.h>
#include <mailqueue/queue.h>

namespace external::intake {

/// A connection of its own to the queue, for the thread of `executor`; a worker thread waits for the disk.
/// What gathers while it waits is made durable together, so that a hundred clients wait about as often as
/// one.
class Depot {
 public:
  /// Opens the queue; blocks. Throws mailqueue::Error.
  Depot(const asio::any_io_executor& executor, const std::filesystem::path& queue,
        Worker::Place place = Worker::Place::own_thread);
  ~Depot();
  Depot(const Depot&) = delete;
  Depot& operator=(const Depot&) = delete;

  /// What makes one message durable; done with others in one Batch, and again by itself if that fails, so it
  /// must be something that can be done twice. On the worker.
  using Job = std::function<void(mailqueue::Queue&)>;

  /// On return `job` is done, durably. Throws what it throws. Cancelling the caller takes effect after it.
  Task<> put(Job job);

  /// Content too large for memory. Dropped before commit() it leaves nothing behind. May outlive neither the
  /// depot nor a call under way.
  class Parcel {
   public:
    ~Parcel();
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;

    Task<> append(std::string content);

    /// Like put(), with the writer that holds the content.
    Task<> commit(std::function<void(mailqueue::Queue&, mailqueue::Writer&)> job);

   private:
    friend class Depot;
    struct State;
    explicit Parcel(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  std::unique_ptr<Parcel> open(WallTime now);

 private:
  friend class Parcel;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace external::intake
