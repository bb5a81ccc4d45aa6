#pragma once
// The sending half of a session: offers, content, and what the other end says to them.

#include "records.h"

#include <external/base/async.h>
#include <external/link/link.h>
#include <external/session/session.h>

namespace external::session {

inline constexpr std::size_t most_open_offers = 64;
inline constexpr std::size_t largest_unasked =
    4096;                                       ///< content that follows its offer without waiting for ACCEPT
inline constexpr std::size_t data_size = 8192;  ///< content in one DATA record

class Sender {
 public:
  Sender(link::Link& link, Outbox& outbox, Events& events, Progress& progress,
         const asio::any_io_executor& executor)
      : link_(link), outbox_(outbox), events_(events), progress_(progress), wake_(executor) {}

  /// Offers and sends until nothing is left and everything is settled; then says FINISHED and returns.
  Task<error_code> run();

  void news();

  // What the other end said. False: it broke the protocol.
  Task<bool> take(const AcceptRecord& record);
  Task<bool> take(const HaveRecord& record);
  Task<bool> take(const DoneRecord& record);
  Task<bool> take(const RefuseRecord& record);
  Task<bool> take(const FailedRecord& record);

 private:
  struct Transfer {
    std::unique_ptr<Outgoing> message;
    std::uint64_t offset = 0;
    bool sending = false;   ///< content may be sent
    bool complete = false;  ///< all content was handed to the link
  };
  using Transfers = std::map<std::uint64_t, Transfer>;

  Task<error_code> offer_more();
  Task<error_code> send_piece(std::uint64_t number);
  std::optional<std::uint64_t> next_to_send() const;

  /// A message that cannot be read stops alone.
  Task<error_code> withdraw(std::uint64_t number, const std::string& why);
  std::unique_ptr<Outgoing> settle(std::uint64_t number);

  link::Link& link_;
  Outbox& outbox_;
  Events& events_;
  Progress& progress_;
  Event wake_;
  Transfers transfers_;
  std::uint64_t next_number_ = 0;
  bool outbox_empty_ = false;
};

}  // namespace external::session
