#pragma once
// Several calls as one durable transaction.

#include <memory>

namespace mailqueue {

class Queue;
class Transaction;

/// While a Batch lives, calls of its Queue and of that queue's Writers change nothing by themselves; commit()
/// makes all of it durable at once, for the price of one. Other programs wait for the write lock meanwhile,
/// so a batch is short: a few hundred messages, no waiting for lines.
///
/// All or nothing: if a call throws, or commit() does, or the Batch ends without commit(), nothing has
/// changed. After a call has thrown, every further one throws misuse; leave the batch and try one by one,
/// which shows the one that fails. What then holds for objects that took part:
/// - a Writer that was committed or discarded is as before and can be committed again;
/// - a Writer that was opened, cut or flushed in the batch (append flushes when its memory is full) is lost:
/// its
///   calls throw gone, and it is opened again;
/// - a Work given to start_transfer is to be picked again.
/// A Writer may be destroyed before the end of the batch in which it was committed.
///
/// Reading calls see what the batch has done so far. One batch to a Queue at a time (misuse); same thread as
/// the Queue, which must outlive it. prune() and check() do not belong into a batch.
class Batch {
 public:
  /// Waits for the write lock, at most Options::busy_timeout (Error locked).
  explicit Batch(Queue& queue);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  /// On return all of it survives kill -9 and power loss. The batch is used up.
  void commit();

 private:
  std::unique_ptr<Transaction> transaction_;
};

}  // namespace mailqueue
