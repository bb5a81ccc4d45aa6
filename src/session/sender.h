#pragma once
// The sending half of a session: offers, content, and what the other end says to them.

#include "records.h"
#include "turns.h"

#include <external/base/async.h>
#include <external/link/link.h>
#include <external/session/session.h>

namespace external::session {

/// Offers of one priority that an end must be able to hold open.
inline constexpr std::size_t most_open_offers = 512;

/// The same that are made on a line with a known speed, where more would only fill the other end's memory.
inline constexpr std::size_t open_offers_on_slow_lines = 64;

/// How much content goes at once.
struct Portions {
  std::size_t segment = 256 * 1024;  ///< of one message before another has its turn
  std::size_t together = 64 * 1024;  ///< small segments are handed to the link together up to this
  std::size_t open_offers = most_open_offers;
  std::uint64_t unasked = 16 * 1024;  ///< content up to this follows its offer without waiting for ACCEPT
};

/// About two seconds of a line with a known speed, 4 to 16 KB.
Portions portions_for(unsigned bits_per_second);

class Sender {
 public:
  Sender(link::Link& link, Outbox& outbox, Events& events, Progress& progress, Clock& clock,
         const asio::any_io_executor& executor, Portions portions);

  /// Offers and sends for as long as the session stands; never returns, also when the link has ended.
  /// `said_finished` is called behind each FINISHED.
  Task<> run(std::function<Task<>()> said_finished);

  /// Tells the outbox what became of its messages; returns when stop() was called and all is told.
  Task<> settle();
  void stop();

  void news();

  /// Offers nothing more.
  void close() { closed_ = true; }

  /// FINISHED was said, and nothing offered or withdrawn since.
  bool finished() const { return finished_; }

  /// All offers were answered.
  bool answered() const { return transfers_.empty() && again_.empty(); }

  // What the other end said. False: it broke the protocol.
  bool take(const AcceptRecord& record);
  bool take(const HaveRecord& record);
  bool take(const DoneRecord& record);
  bool take(const RefuseRecord& record);
  bool take(const FailedRecord& record);

 private:
  enum class State {
    asking,     ///< waits for ACCEPT
    sending,    ///< content may be sent
    complete,   ///< all content was handed to the link
    withdrawn,  ///< taken back; the other end has not said yet what became of it
  };
  struct Transfer {
    std::shared_ptr<Outgoing> message;
    std::uint64_t offset = 0;  ///< of the next byte to send
    State state = State::asking;
    std::string why;     ///< it was withdrawn
    bool again = false;  ///< to be offered once more, from its start
  };
  using Transfers = std::map<std::uint64_t, Transfer>;

  /// The messages of one priority on their stream.
  struct Lane {
    Lane(const asio::any_io_executor& executor, Priority of) : priority(of), wake(executor) {}
    Priority priority;
    Event wake;
    Turns turns;
    std::size_t open = 0;    ///< offers without an answer
    bool exhausted = false;  ///< the outbox had no more of this priority
    bool idle = false;       ///< has handed everything it may send to the link
  };

  /// What is to be told to the outbox.
  struct Unsent {
    std::shared_ptr<Outgoing> message;
    std::optional<Refusal> refusal;  ///< none: put back
    std::string why;
  };

  Task<> offer_loop();
  Task<> lane_loop(Lane& lane);
  Task<> accept_loop();
  Task<> impatience_loop();
  Task<> wanted_loop();

  Outbox::Room room() const;
  Task<> offer_waiting(Outbox::Room room);
  Task<error_code> offer(std::shared_ptr<Outgoing> message, Coming coming);
  Task<error_code> say_finished();
  Task<> park();

  /// Segments of the lane's messages, ready for the link; empty if it has nothing to send.
  Task<Bytes> load(Lane& lane);
  std::size_t segment_size() const;
  Task<> load_segment(Lane& lane, Bytes& out);
  Task<> let_low_have_its_share(const Lane& lane);
  void sent_one(const Lane& lane);

  void start(std::uint64_t number, std::uint64_t offset);
  Transfers::iterator unanswered_untried();
  bool may_start_unasked();

  /// A message that cannot be read, or is no longer wanted, stops alone.
  Task<> withdraw(std::uint64_t number, std::string_view why, bool again);
  std::optional<Transfer> close_transfer(std::uint64_t number);
  bool sent(std::uint64_t number);
  Lane& lane_of(const Transfer& transfer);

  link::Link& link_;
  Outbox& outbox_;
  Events& events_;
  Progress& progress_;
  Clock& clock_;
  Portions portions_;
  std::array<Lane, priority_count> lanes_;
  Transfers transfers_;
  std::deque<std::shared_ptr<Outgoing>> again_;
  std::deque<AcceptRecord> accepts_;  ///< whose prefix is to be looked at
  OutgoingMessages done_;
  std::deque<Unsent> unsent_;
  Event offer_wake_;
  Event accept_wake_;
  Event quiet_;   ///< something may be started unasked soon
  Event opened_;  ///< there is a message whose content has not gone
  Event low_turn_;
  Event settle_wake_;
  std::uint64_t next_number_ = 0;
  std::uint64_t news_ = 0;
  std::size_t restarting_ = 0;  ///< withdrawn to be offered again
  unsigned segments_since_low_ = 0;
  TimePoint busy_until_{};  ///< when the link was last given something
  LastOffer last_offer_;
  LastOffer unused_;  ///< for records that need none
  bool finished_ = false;
  bool closed_ = false;
  bool stopping_ = false;
  std::function<Task<>()> said_finished_;
};

}  // namespace external::session
