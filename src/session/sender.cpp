#include "sender.h"

#include <external/base/guard.h>

namespace external::session {

namespace {

link::Stream stream_of(Priority priority) {
  switch (priority) {
    case Priority::urgent:
      return link::Stream::urgent;
    case Priority::normal:
      return link::Stream::normal;
    case Priority::low:
      return link::Stream::low;
  }
  return link::Stream::normal;
}

}  // namespace

Task<error_code> Sender::run() {
  for (;;) {
    wake_.clear();
    if (const auto error = co_await offer_more()) co_return error;
    if (const auto number = next_to_send()) {
      if (const auto error = co_await send_piece(*number)) co_return error;
      continue;
    }
    if (transfers_.empty() && outbox_empty_) break;
    co_await wake_.wait();
  }
  co_return co_await link_.send(link::Stream::control, encode(FinishedRecord{}));
}

void Sender::news() {
  outbox_empty_ = false;
  wake_.set();
}

Task<error_code> Sender::offer_more() {
  while (!outbox_empty_ && transfers_.size() < most_open_offers) {
    auto message = co_await outbox_.next();
    if (!message) {
      outbox_empty_ = true;
      break;
    }
    const auto number = next_number_++;
    const Offer offer = message->offer();
    transfers_.emplace(number, Transfer{std::move(message), 0, offer.size <= largest_unasked, false});
    const OfferRecord record{number, offer};
    if (const auto error = co_await link_.send(link::Stream::control, encode(record))) co_return error;
  }
  co_return error_code();
}

std::optional<std::uint64_t> Sender::next_to_send() const {
  std::optional<std::uint64_t> best;
  for (const auto& [number, transfer] : transfers_) {
    if (!transfer.sending || transfer.complete) continue;
    const auto priority = transfer.message->offer().envelope.priority;
    if (!best || priority < transfers_.at(*best).message->offer().envelope.priority) best = number;
  }
  return best;
}

Task<error_code> Sender::send_piece(std::uint64_t number) {
  const auto before = transfers_.find(number);
  const auto size = before->second.message->offer().size;
  const auto offset = before->second.offset;
  const auto stream = stream_of(before->second.message->offer().envelope.priority);
  DataRecord record{number, offset, {}};
  std::string trouble;
  if (offset < size) {
    try {
      record.content = co_await before->second.message->read(offset, data_size);
      if (record.content.empty()) trouble = "the queue has less content than it said";
    } catch (const std::runtime_error& error) {
      trouble = error.what();
    }
  }

  // The other end may have answered HAVE or REFUSE, or asked for another offset, while this was read.
  const auto after = transfers_.find(number);
  if (after == transfers_.end() || after->second.offset != offset) co_return error_code();
  if (!trouble.empty()) co_return co_await withdraw(number, trouble);
  after->second.offset += record.content.size();
  after->second.complete = after->second.offset >= size;
  progress_.bytes_sent += record.content.size();
  const bool last = after->second.complete;
  const auto error = co_await link_.send(stream, encode(record));
  // What the line has taken may be lost with it: only DONE from the other end settles a message.
  if (!guarded("R35") && last) co_await take(HaveRecord{number});
  co_return error;
}

Task<error_code> Sender::withdraw(std::uint64_t number, const std::string& why) {
  const auto message = settle(number);
  co_await message->put_back(why);
  events_.message_not_stored(message->offer(), why);
  const WithdrawRecord record{number};
  co_return co_await link_.send(link::Stream::control, encode(record));
}

std::unique_ptr<Outgoing> Sender::settle(std::uint64_t number) {
  const auto found = transfers_.find(number);
  if (found == transfers_.end()) return nullptr;
  auto message = std::move(found->second.message);
  transfers_.erase(found);
  wake_.set();
  return message;
}

Task<bool> Sender::take(const AcceptRecord& record) {
  const auto found = transfers_.find(record.transfer);
  if (found == transfers_.end() || found->second.sending) co_return false;
  if (record.offset > found->second.message->offer().size) co_return false;
  std::uint64_t offset = record.offset;
  if (offset > 0 && co_await found->second.message->prefix_digest(offset) != record.prefix) offset = 0;
  Transfer& transfer = transfers_.at(record.transfer);
  transfer.offset = offset;
  transfer.sending = true;
  wake_.set();
  co_return true;
}

Task<bool> Sender::take(const HaveRecord& record) {
  const auto message = settle(record.transfer);
  if (!message) co_return false;
  co_await message->sent();
  ++progress_.messages_sent;
  events_.message_sent(message->offer());
  co_return true;
}

Task<bool> Sender::take(const DoneRecord& record) {
  const auto found = transfers_.find(record.transfer);
  if (found == transfers_.end() || !found->second.complete) co_return false;
  co_return co_await take(HaveRecord{record.transfer});
}

Task<bool> Sender::take(const RefuseRecord& record) {
  const auto message = settle(record.transfer);
  if (!message) co_return false;
  co_await message->refused(record.refusal);
  events_.message_refused(message->offer(), record.refusal);
  co_return true;
}

Task<bool> Sender::take(const FailedRecord& record) {
  const auto message = settle(record.transfer);
  if (!message) co_return false;
  co_await message->put_back(record.text);
  events_.message_not_stored(message->offer(), record.text);
  co_return true;
}

}  // namespace external::session
