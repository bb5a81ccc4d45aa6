#pragma once
// The receiving half of a session: offers of the other end, their content, and what this end says to them.

#include "records.h"
#include "segment.h"

#include <external/base/async.h>
#include <external/link/link.h>
#include <external/session/session.h>

#include <set>

namespace external::session {

class Receiver {
 public:
  Receiver(link::Link& link, Inbox& inbox, Events& events, Progress& progress, Clock& clock,
           const asio::any_io_executor& executor)
      : link_(link),
        inbox_(inbox),
        events_(events),
        progress_(progress),
        clock_(clock),
        wake_(executor),
        room_(executor) {}

  /// Called whenever this end has answered something.
  using Answered = std::function<Task<>()>;

  /// Hands what has arrived to the inbox, in batches that grow while it is busy, and answers. Returns when
  /// stop() was called and nothing is left to hand over.
  Task<> work(Answered answered);
  void stop();

  /// Waits while much has arrived that the inbox has not taken yet.
  Task<> wait_for_room();

  // What the other end said. False: it broke the protocol.
  bool take(OfferRecord record);
  bool take(const Content& content);
  bool take(const WithdrawRecord& record);
  bool take(const FinishedRecord& record);

  /// The other end has said FINISHED, and offered or withdrawn nothing since.
  bool finished() const { return finished_; }

  /// Every offer has its answer.
  bool answered() const { return transfers_.empty(); }

 private:
  struct Transfer {
    Offer offer;
    Coming coming = Coming::asked;
    bool decided = false;                        ///< the inbox has said that it takes the message
    bool withdrawn = false;                      ///< no content is taken any more
    bool was_whole = false;                      ///< all content was here when it was offered
    std::unique_ptr<Incoming> message;           ///< once decided
    std::uint64_t have = 0;                      ///< bytes of content that are here, `pending` included
    Bytes pending;                               ///< the last of them, not handed to the inbox yet
    std::optional<TimePoint> not_durable_since;  ///< when the first of those came that kill -9 would cost
  };
  using Transfers = std::map<std::uint64_t, Transfer>;

  Task<> decide();
  void decided(std::uint64_t number, Inbox::Decision& decision);
  void accept(std::uint64_t number, Transfer& transfer, std::unique_ptr<Incoming> message);

  /// Whether content should be handed over now.
  bool ripe(const Transfer& transfer) const;
  Numbers ripe_ones() const;
  Task<> hand_over(Numbers numbers, bool durable);
  void handed_over(std::uint64_t number, bool last, const std::string& failure);

  /// When content has to be handed over, even if little has come, to be made durable.
  TimePoint due() const;
  bool complete(const Transfer& transfer) const { return transfer.have >= transfer.offer.size; }

  Bytes take_pending(Transfer& transfer);
  void settle_withdrawn();
  void received(std::uint64_t number, const Transfer& transfer);
  void not_stored(std::uint64_t number, const Offer& offer, const std::string& why);
  void drop(std::uint64_t number);
  Task<> say_answers();

  link::Link& link_;
  Inbox& inbox_;
  Events& events_;
  Progress& progress_;
  Clock& clock_;
  Event wake_;
  Event room_;

  Transfers transfers_;
  std::array<std::size_t, priority_count> open_{};
  std::deque<std::uint64_t> undecided_;
  std::set<std::uint64_t> growing_;  ///< decided, with content that the inbox has not made durable
  std::vector<std::uint64_t> withdrawn_;
  std::size_t pending_ = 0;  ///< bytes in memory
  std::uint64_t next_number_ = 0;
  LastOffer unused_;  ///< for records that need none
  bool finished_ = false;
  bool stopping_ = false;
  Answered answered_;

  // What is to be said when a batch is through:
  Numbers have_;
  Numbers done_;
  std::vector<AnyRecord> answers_;
};

}  // namespace external::session
