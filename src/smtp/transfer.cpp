#include "transfer.h"

#include "ask.h"

#include <external/base/text.h>

namespace external::smtp {

namespace {

Reply bare_line_end() {
  return {554, "5.6.0",
          "a CR or LF by itself in the message; every line must end with CR LF (RFC 5321 2.3.8)"};
}

}  // namespace

Reply too_large(std::uint64_t most) {
  return {552, "5.3.4", "the message is larger than " + with_commas(most) + " bytes, the most taken here"};
}

Transfer::Transfer(Reception& reception, const Client& client, Sender sender,
                   std::vector<Recipient> recipients, std::uint64_t largest, ContentReader::End end)
    : reception_(reception),
      client_(client),
      largest_(largest),
      recipients_(recipients.size()),
      reader_(end),
      incoming_(reception.begin(client, std::move(sender), std::move(recipients))) {}

Task<std::size_t> Transfer::take(std::string_view bytes) {
  std::string content;
  const auto taken = reader_.take(bytes, content);
  co_await append(content);
  co_return taken;
}

void Transfer::refuse(const Reply& reply) {
  if (!refusal_) refusal_ = reply;
  incoming_.reset();
}

Task<> Transfer::append(std::string_view content) {
  size_ += content.size();
  if (content.empty() || !incoming_) co_return;
  if (largest_ != 0 && size_ > largest_) {
    refuse(too_large(largest_));
    co_return;
  }
  const auto refusal = co_await ask(reception_, client_, [&] { return incoming_->append(content); });
  if (refusal) refuse(*refusal);
}

Task<std::vector<Reply>> Transfer::commit() {
  reader_.finish();
  if (reader_.has_bare_line_end()) refuse(bare_line_end());
  std::vector<Reply> replies;
  auto refusal = refusal_;
  if (!refusal) {
    refusal = co_await ask(reception_, client_, [&]() -> Task<std::optional<Reply>> {
      replies = co_await incoming_->commit();
      co_return std::nullopt;
    });
  }
  if (refusal) replies.assign(recipients_, *refusal);
  co_return replies;
}

}  // namespace external::smtp
