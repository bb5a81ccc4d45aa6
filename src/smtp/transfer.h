#pragma once
// The content of one message on its way from a client to who takes the mail.

#include "content_reader.h"

#include <external/smtp/reception.h>

namespace external::smtp {

/// What is refused half way is read to its end all the same. Dropped before commit() it leaves nothing
/// behind.
class Transfer {
 public:
  /// All of `recipients` were accepted; at least one. `largest`: bytes of content, 0: no limit. `reception`
  /// and `client` must outlive it.
  Transfer(Reception& reception, const Client& client, Sender sender, std::vector<Recipient> recipients,
           std::uint64_t largest, ContentReader::End end);

  /// Takes `bytes` up to the end of the content; returns how many were taken.
  Task<std::size_t> take(std::string_view bytes);

  /// Its end was read, if it is one that can be read.
  bool ended() const { return reader_.ended(); }

  /// Why it is refused; nothing: it is not, so far.
  const std::optional<Reply>& refusal() const { return refusal_; }

  /// The content is complete. The answer for each recipient, in order.
  Task<std::vector<Reply>> commit();

 private:
  void refuse(const Reply& reply);
  Task<> append(std::string_view content);

  Reception& reception_;
  const Client& client_;
  const std::uint64_t largest_;
  const std::size_t recipients_;
  ContentReader reader_;
  std::unique_ptr<Incoming> incoming_;  ///< null once it is refused
  std::uint64_t size_ = 0;              ///< of content so far
  std::optional<Reply> refusal_;
};

Reply too_large(std::uint64_t most);

}  // namespace external::smtp
