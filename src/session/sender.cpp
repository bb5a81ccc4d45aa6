#include "sender.h"

#include "segment.h"

#include <external/base/guard.h>

namespace external::session {

namespace {

using namespace std::chrono_literals;

/// How long the line may be idle before content goes that nobody has asked for yet.
constexpr Duration patience = 250ms;

/// How often it is looked whether messages under way are still to go.
constexpr Duration look_interval = 1s;

/// Of so many segments on a busy line at least one is of low priority.
constexpr unsigned one_in_for_low = 8;

constexpr std::string_view other_start = "the other end holds the start of another message";
constexpr std::string_view not_wanted = "it is no longer to be sent: it was held or deleted, or is too old";

constexpr std::size_t smallest_segment = 512;
constexpr std::size_t smallest_slow_segment = 4 * 1024;
constexpr std::size_t largest_slow_segment = 16 * 1024;
constexpr std::uint64_t largest_unasked_on_slow_lines = 4096;
constexpr unsigned bits_on_the_line_per_byte = 10;

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

std::size_t index_of(Priority priority) {
  return static_cast<std::size_t>(priority);
}

}  // namespace

Portions portions_for(unsigned bits_per_second) {
  if (bits_per_second == 0) return {};
  Portions portions;
  portions.segment = std::clamp<std::size_t>(2 * bits_per_second / bits_on_the_line_per_byte,
                                             smallest_slow_segment, largest_slow_segment);
  portions.together = smallest_slow_segment;
  portions.open_offers = open_offers_on_slow_lines;
  portions.unasked = largest_unasked_on_slow_lines;
  return portions;
}

Sender::Sender(link::Link& link, Outbox& outbox, Events& events, Progress& progress, Clock& clock,
               const asio::any_io_executor& executor, Portions portions)
    : link_(link),
      outbox_(outbox),
      events_(events),
      progress_(progress),
      clock_(clock),
      portions_(portions),
      lanes_{Lane(executor, Priority::urgent), Lane(executor, Priority::normal),
             Lane(executor, Priority::low)},
      offer_wake_(executor),
      accept_wake_(executor),
      quiet_(executor),
      opened_(executor),
      low_turn_(executor),
      settle_wake_(executor) {}

Task<> Sender::run(std::function<Task<>()> said_finished) {
  said_finished_ = std::move(said_finished);
  co_await first_of(offer_loop(), lane_loop(lanes_[0]), lane_loop(lanes_[1]), lane_loop(lanes_[2]),
                    accept_loop(), impatience_loop(), wanted_loop());
}

void Sender::news() {
  ++news_;
  for (auto& lane : lanes_) lane.exhausted = false;
  offer_wake_.set();
}

/// The link has ended; who receives from it takes what had arrived and then ends the session.
Task<> Sender::park() {
  co_await clock_.wait_until(never);
}

// ---- offers

Task<> Sender::offer_loop() {
  for (;;) {
    offer_wake_.clear();
    const auto asked = room();
    const bool any = std::any_of(asked.begin(), asked.end(), [](auto count) { return count > 0; });
    if (any) co_await offer_waiting(asked);
    while (!again_.empty() && !closed_) {
      auto message = std::move(again_.front());
      again_.pop_front();
      const auto error = co_await offer(std::move(message), Coming::from_start);
      if (error) co_await park();
    }
    if (offer_wake_.is_set()) continue;
    const bool nothing_more =
        std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.exhausted; });
    if (nothing_more && restarting_ == 0 && !finished_ && !closed_) {
      const auto error = co_await say_finished();
      if (error) co_await park();
      co_await said_finished_();
    }
    co_await offer_wake_.wait();
  }
}

Outbox::Room Sender::room() const {
  Outbox::Room room{};
  if (closed_) return room;
  for (const auto& lane : lanes_) {
    if (lane.exhausted || lane.open >= portions_.open_offers) continue;
    room[index_of(lane.priority)] = portions_.open_offers - lane.open;
  }
  return room;
}

Task<> Sender::offer_waiting(Outbox::Room asked) {
  const auto news = news_;
  const auto waiting = co_await outbox_.next(asked);
  const auto& messages = waiting.messages;
  if (news == news_) {
    for (auto& lane : lanes_) {
      const auto i = index_of(lane.priority);
      if (asked[i] > 0) lane.exhausted = !waiting.more[i];
    }
  }
  // The other end was told meanwhile that there is nothing more: these go with the next call.
  if (closed_) co_return;
  if (waiting.stock) {
    const StockRecord stock{*waiting.stock};
    const auto error = co_await link_.send(link::Stream::control, encode(stock, unused_));
    if (error) co_await park();
  }
  for (const auto& message : messages) {
    const bool unasked = message->offer().size <= portions_.unasked && !message->tried();
    const auto error = co_await offer(message, unasked ? Coming::unasked : Coming::asked);
    if (error) co_await park();
  }
  if (!messages.empty()) offer_wake_.set();
}

Task<error_code> Sender::offer(std::shared_ptr<Outgoing> message, Coming coming) {
  OfferRecord record;
  record.coming = coming;
  record.offer = message->offer();
  const auto number = next_number_++;
  Transfer transfer;
  transfer.message = std::move(message);
  auto& lane = lane_of(transfer);
  transfers_.emplace(number, std::move(transfer));
  if (coming != Coming::from_start) ++lane.open;  // that one has kept its place
  finished_ = false;
  busy_until_ = clock_.now();
  // Queued before its content: control goes first.
  const auto error = co_await link_.send(link::Stream::control, encode(record, last_offer_));
  if (coming == Coming::unasked) {
    start(number, 0);
  } else {
    quiet_.set();
  }
  opened_.set();
  co_return error;
}

Task<error_code> Sender::say_finished() {
  finished_ = true;
  co_return co_await link_.send(link::Stream::control, encode(FinishedRecord(), unused_));
}

// ---- content

void Sender::start(std::uint64_t number, std::uint64_t offset) {
  auto& transfer = transfers_.at(number);
  auto& lane = lane_of(transfer);
  const auto size = transfer.message->offer().size;
  transfer.offset = offset;
  transfer.state = offset < size ? State::sending : State::complete;
  lane.turns.remove(number);
  if (offset < size) lane.turns.add(number, size - offset);
  lane.idle = false;
  lane.wake.set();
}

Task<> Sender::lane_loop(Lane& lane) {
  for (;;) {
    lane.wake.clear();
    co_await let_low_have_its_share(lane);
    auto bytes = co_await load(lane);
    if (bytes.empty()) {
      if (lane.wake.is_set()) continue;
      lane.idle = true;
      if (lane.priority == Priority::low) low_turn_.set();
      quiet_.set();
      co_await lane.wake.wait();
      continue;
    }
    const auto error = co_await link_.send(stream_of(lane.priority), std::move(bytes));
    if (error) co_await park();
    busy_until_ = clock_.now();
    sent_one(lane);
  }
}

/// What is of low priority leaves the link only when nothing else waits there. So normal mail stops now and
/// then until a segment of it has gone.
Task<> Sender::let_low_have_its_share(const Lane& lane) {
  auto& low = lanes_[index_of(Priority::low)];
  while (lane.priority == Priority::normal && segments_since_low_ + 1 >= one_in_for_low && !low.idle) {
    low_turn_.clear();
    co_await low_turn_.wait();
  }
}

void Sender::sent_one(const Lane& lane) {
  if (lane.priority == Priority::normal) ++segments_since_low_;
  if (lane.priority != Priority::low) return;
  segments_since_low_ = 0;
  low_turn_.set();
}

Task<Bytes> Sender::load(Lane& lane) {
  Bytes out;
  while (!lane.turns.empty()) {
    // A large one is not held up by what is collected for company.
    co_await load_segment(lane, out);
    if (out.size() >= std::min(portions_.together, link_.portion())) break;
  }
  co_return out;
}

/// Little enough that what is held or deleted stops soon.
std::size_t Sender::segment_size() const {
  return std::min(portions_.segment, std::max(link_.portion(), smallest_segment));
}

Task<> Sender::load_segment(Lane& lane, Bytes& out) {
  const auto number = lane.turns.next();
  const auto message = transfers_.at(number).message;
  const auto offset = transfers_.at(number).offset;
  const auto size = message->offer().size;
  std::string trouble;
  Bytes content;
  try {
    content = co_await message->read(offset, std::min<std::uint64_t>(segment_size(), size - offset));
    if (content.empty()) trouble = "the queue has less content than it said";
  } catch (const std::runtime_error& error) {
    trouble = error.what();
  }

  // The other end may have answered HAVE or REFUSE, or asked for another offset, while this was read.
  const auto found = transfers_.find(number);
  if (found == transfers_.end() || found->second.state != State::sending || found->second.offset != offset)
    co_return;
  if (!trouble.empty()) {
    co_await withdraw(number, trouble, false);
    co_return;
  }
  const Content segment{number, offset, content};
  put_segment(out, segment);
  progress_.bytes_sent += content.size();
  start(number, offset + content.size());
  // What the line has taken may be lost with it: only DONE from the other end settles a message.
  if (!guarded("R35") && found->second.state == State::complete) sent(number);
}

// ---- content that nobody has asked for yet

Sender::Transfers::iterator Sender::unanswered_untried() {
  auto best = transfers_.end();
  for (auto it = transfers_.begin(); it != transfers_.end(); ++it) {
    if (it->second.state != State::asking || it->second.message->tried()) continue;
    if (best == transfers_.end() || lane_of(it->second).priority < lane_of(best->second).priority) best = it;
  }
  return best;
}

bool Sender::may_start_unasked() {
  const bool idle = std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.idle; });
  return idle && accepts_.empty() && unanswered_untried() != transfers_.end();
}

Task<> Sender::impatience_loop() {
  for (;;) {
    quiet_.clear();
    if (!may_start_unasked()) {
      co_await quiet_.wait();
      continue;
    }
    const auto until = busy_until_;
    co_await clock_.wait_until(until + patience);
    if (until == busy_until_ && may_start_unasked()) start(unanswered_untried()->first, 0);
  }
}

// ---- what the other end asks for

bool Sender::take(const AcceptRecord& record) {
  const auto found = transfers_.find(record.transfer);
  if (found == transfers_.end()) return false;
  auto& transfer = found->second;
  if (transfer.state == State::withdrawn) return true;
  if (record.offset > transfer.message->offer().size) return false;
  if (record.offset == 0) {
    if (transfer.state == State::asking) start(record.transfer, 0);
    return true;
  }
  accepts_.push_back(record);
  accept_wake_.set();
  return true;
}

Task<> Sender::accept_loop() {
  for (;;) {
    if (accepts_.empty()) {
      accept_wake_.clear();
      co_await accept_wake_.wait();
      continue;
    }
    const auto record = accepts_.front();
    const auto found = transfers_.find(record.transfer);
    if (found != transfers_.end() && found->second.state != State::withdrawn) {
      const auto message = found->second.message;
      std::string trouble;
      Digest digest{};
      try {
        digest = co_await message->prefix_digest(record.offset);
      } catch (const std::runtime_error& error) {
        trouble = error.what();
      }
      const auto still = transfers_.find(record.transfer);
      if (still == transfers_.end() || still->second.state == State::withdrawn) {
        // settled meanwhile
      } else if (!trouble.empty()) {
        co_await withdraw(record.transfer, trouble, false);
      } else if (digest != record.prefix) {
        co_await withdraw(record.transfer, other_start, true);
      } else if (still->second.state == State::asking || still->second.offset < record.offset) {
        start(record.transfer, record.offset);
      }
    }
    accepts_.pop_front();
    quiet_.set();
  }
}

// ---- messages that are no longer to go

Task<> Sender::wanted_loop() {
  for (;;) {
    OutgoingMessages messages;
    Numbers numbers;
    for (const auto& [number, transfer] : transfers_) {
      if (transfer.state != State::asking && transfer.state != State::sending) continue;
      messages.push_back(transfer.message);
      numbers.push_back(number);
    }
    if (messages.empty()) {
      opened_.clear();
      co_await opened_.wait();
    } else {
      const auto wanted = co_await outbox_.wanted(messages);
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (!wanted[i]) co_await withdraw(numbers[i], not_wanted, false);
      }
    }
    co_await clock_.wait_for(look_interval);
  }
}

Task<> Sender::withdraw(std::uint64_t number, std::string_view why, bool again) {
  const auto found = transfers_.find(number);
  if (found == transfers_.end() || found->second.state == State::complete ||
      found->second.state == State::withdrawn)
    co_return;
  auto& transfer = found->second;
  auto& lane = lane_of(transfer);
  lane.turns.remove(number);
  lane.wake.set();
  transfer.state = State::withdrawn;
  transfer.why = why;
  transfer.again = again;
  if (again) ++restarting_;
  // The other end takes FINISHED for taken back as well: a message that starts again is offered once more.
  finished_ = false;
  offer_wake_.set();
  const WithdrawRecord record{number};
  const auto error = co_await link_.send(link::Stream::control, encode(record, unused_));
  if (error) co_await park();
}

// ---- answers

Sender::Lane& Sender::lane_of(const Transfer& transfer) {
  return lanes_[index_of(transfer.message->offer().envelope.priority)];
}

std::optional<Sender::Transfer> Sender::close_transfer(std::uint64_t number) {
  const auto found = transfers_.find(number);
  if (found == transfers_.end()) return std::nullopt;
  auto& lane = lane_of(found->second);
  lane.turns.remove(number);
  --lane.open;
  if (found->second.again) --restarting_;
  Transfer transfer = std::move(found->second);
  transfers_.erase(found);
  offer_wake_.set();
  settle_wake_.set();
  return transfer;
}

bool Sender::sent(std::uint64_t number) {
  auto transfer = close_transfer(number);
  if (!transfer) return false;
  done_.push_back(std::move(transfer->message));
  return true;
}

bool Sender::take(const HaveRecord& record) {
  return std::all_of(record.transfers.begin(), record.transfers.end(),
                     [this](auto number) { return sent(number); });
}

bool Sender::take(const DoneRecord& record) {
  for (const auto number : record.transfers) {
    const auto found = transfers_.find(number);
    if (found == transfers_.end()) return false;
    const auto& transfer = found->second;
    const bool all_sent = transfer.offset >= transfer.message->offer().size;
    if (!all_sent && transfer.state != State::withdrawn) return false;
    sent(number);
  }
  return true;
}

bool Sender::take(const RefuseRecord& record) {
  auto transfer = close_transfer(record.transfer);
  if (!transfer) return false;
  unsent_.push_back({std::move(transfer->message), record.refusal, {}});
  return true;
}

bool Sender::take(const FailedRecord& record) {
  auto transfer = close_transfer(record.transfer);
  if (!transfer) return false;
  if (transfer->state == State::withdrawn && transfer->again) {
    ++lane_of(*transfer).open;
    again_.push_back(std::move(transfer->message));
    return true;
  }
  unsent_.push_back({std::move(transfer->message), std::nullopt,
                     transfer->state == State::withdrawn ? transfer->why : record.text});
  return true;
}

// ---- telling the outbox

void Sender::stop() {
  stopping_ = true;
  settle_wake_.set();
}

Task<> Sender::settle() {
  for (;;) {
    settle_wake_.clear();
    if (!done_.empty()) {
      const auto batch = std::exchange(done_, {});
      co_await outbox_.sent(batch);
      for (const auto& message : batch) {
        ++progress_.messages_sent;
        events_.message_sent(message->offer());
      }
    } else if (!unsent_.empty()) {
      const auto unsent = std::move(unsent_.front());
      unsent_.pop_front();
      if (unsent.refusal) {
        co_await unsent.message->refused(*unsent.refusal);
        events_.message_refused(unsent.message->offer(), *unsent.refusal);
      } else {
        co_await unsent.message->put_back(unsent.why);
        events_.message_not_stored(unsent.message->offer(), unsent.why);
      }
    } else if (stopping_) {
      co_return;
    } else {
      co_await settle_wake_.wait();
    }
  }
}

}  // namespace external::session
