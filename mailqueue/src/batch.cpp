#include "database.h"

#include <mailqueue/queue.h>

namespace mailqueue {

Batch::Batch(Queue& queue) {
  if (queue.database_->in_transaction())
    throw Error(ErrorKind::misuse, "there is a batch in this queue already; end it before the next");
  transaction_ = std::make_unique<Transaction>(*queue.database_);
}

Batch::~Batch() = default;

void Batch::commit() {
  if (!transaction_) throw Error(ErrorKind::misuse, "this batch was committed already");
  // Whether it succeeds or not, this is its end.
  const std::unique_ptr<Transaction> transaction = std::move(transaction_);
  transaction->commit();
}

}  // namespace mailqueue
