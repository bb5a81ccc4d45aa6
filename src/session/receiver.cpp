#include "receiver.h"

#include "sender.h"

namespace external::session {

Task<bool> Receiver::take(const OfferRecord& record) {
  if (finished_ || record.transfer != next_number_) co_return false;
  const bool unasked = record.offer.size <= largest_unasked;
  const auto open = std::count_if(transfers_.begin(), transfers_.end(),
                                  [](const auto& entry) { return entry.second.message != nullptr; });
  if (static_cast<std::size_t>(open) >= most_open_offers) co_return false;
  ++next_number_;
  ++progress_.messages_offered_to_us;
  progress_.bytes_offered_to_us += record.offer.size;

  std::optional<AnyRecord> reply;
  Transfer transfer{record.offer, nullptr};
  try {
    auto decision = co_await inbox_.offered(record.offer);
    if (auto* incoming = std::get_if<std::unique_ptr<Incoming>>(&decision)) {
      transfer.message = std::move(*incoming);
      if (unasked) {
        if (transfer.message->offset() > 0) co_await transfer.message->restart();
      } else {
        reply = AcceptRecord{record.transfer, transfer.message->offset(), transfer.message->prefix_digest()};
      }
    } else if (const auto* refusal = std::get_if<Refusal>(&decision)) {
      reply = RefuseRecord{record.transfer, *refusal};
    } else {
      reply = HaveRecord{record.transfer};
    }
  } catch (const std::runtime_error& error) {
    transfer.message.reset();
    events_.message_not_stored(record.offer, error.what());
    reply = RefuseRecord{record.transfer, Refusal{0, false, error.what()}};
  }
  // Content that follows unasked must find its transfer, even if only to be dropped.
  if (transfer.message || unasked) transfers_.emplace(record.transfer, std::move(transfer));
  if (reply) co_await answer(*reply);
  co_return true;
}

Task<bool> Receiver::take(DataRecord& record) {
  const auto found = transfers_.find(record.transfer);
  if (found == transfers_.end()) co_return record.transfer < next_number_;  // settled already
  Transfer& transfer = found->second;
  if (!transfer.message) {
    if (record.offset + record.content.size() >= transfer.offer.size) transfers_.erase(found);
    co_return true;
  }
  std::string failure;
  try {
    const bool appended = co_await append(transfer, record);
    if (!appended) co_return false;
  } catch (const std::runtime_error& error) {
    failure = error.what();
  }
  if (!failure.empty()) {
    // The rest of the content is already on its way: the transfer stays, without a message, to drop it.
    events_.message_not_stored(transfer.offer, failure);
    transfer.message.reset();
    const bool last = record.offset + record.content.size() >= transfer.offer.size;
    if (last) transfers_.erase(record.transfer);
    const FailedRecord failed{record.transfer, failure};
    co_await answer(failed);
    co_return true;
  }
  if (transfer.message->offset() < transfer.offer.size) co_return true;
  Transfer complete = std::move(transfer);
  transfers_.erase(record.transfer);
  co_await store(record.transfer, std::move(complete));
  co_return true;
}

Task<bool> Receiver::append(Transfer& transfer, DataRecord& record) {
  if (record.offset == 0 && transfer.message->offset() > 0) co_await transfer.message->restart();
  if (record.offset != transfer.message->offset()) co_return false;
  if (record.content.size() > transfer.offer.size - record.offset) co_return false;
  if (record.content.empty() && transfer.offer.size > 0 && record.offset < transfer.offer.size)
    co_return false;
  co_await transfer.message->append(record.content);
  progress_.bytes_received += record.content.size();
  co_return true;
}

Task<> Receiver::store(std::uint64_t number, Transfer transfer) {
  std::string failure;
  try {
    co_await transfer.message->store();
  } catch (const std::runtime_error& error) {
    failure = error.what();
  }
  if (!failure.empty()) {
    events_.message_not_stored(transfer.offer, failure);
    const FailedRecord failed{number, failure};
    co_await answer(failed);
    co_return;
  }
  ++progress_.messages_received;
  events_.message_received(transfer.offer);
  co_await answer(DoneRecord{number});
}

Task<bool> Receiver::take(const WithdrawRecord& record) {
  // Content that is already on its way behind this is dropped; what came stays for another call.
  const auto found = transfers_.find(record.transfer);
  if (found != transfers_.end()) found->second.message.reset();
  co_return record.transfer < next_number_;
}

Task<bool> Receiver::take(const FinishedRecord&) {
  const bool settled = std::none_of(transfers_.begin(), transfers_.end(),
                                    [](const auto& entry) { return entry.second.message != nullptr; });
  if (finished_ || !settled) co_return false;
  finished_ = true;
  co_return true;
}

}  // namespace external::session
