#include "receiver.h"

#include "sender.h"

namespace external::session {

namespace {

using namespace std::chrono_literals;

/// Content that has come is durable after so long, so that not even kill -9 costs more.
constexpr Duration durable_within = 50ms;

/// Content of one message that is worth a trip to the disk by itself, bytes.
constexpr std::size_t worth_a_trip = 256 * 1024;

/// Content in memory above which nothing is received until the disk has caught up, bytes.
constexpr std::size_t most_pending = 2 << 20;

std::size_t index_of(const Offer& offer) {
  return static_cast<std::size_t>(offer.envelope.priority);
}

}  // namespace

// ---- what the other end said

bool Receiver::take(OfferRecord record) {
  auto& open = open_[index_of(record.offer)];
  if (open >= most_open_offers) return false;
  ++open;
  ++progress_.messages_offered_to_us;
  progress_.bytes_offered_to_us += record.offer.size;
  finished_ = false;
  Transfer transfer;
  transfer.offer = std::move(record.offer);
  transfer.coming = record.coming;
  undecided_.push_back(next_number_);
  transfers_.emplace(next_number_++, std::move(transfer));
  wake_.set();
  return true;
}

bool Receiver::take(const Content& content) {
  const auto found = transfers_.find(content.transfer);
  if (found == transfers_.end()) return content.transfer < next_number_;  // settled already
  Transfer& transfer = found->second;
  if (transfer.withdrawn) return true;
  const auto size = transfer.offer.size;
  if (content.offset > transfer.have || content.offset > size) return false;
  if (content.bytes.size() > size - content.offset) return false;
  // What went before the other end knew how much is here comes twice.
  const auto here_already = transfer.have - content.offset;
  if (here_already >= content.bytes.size()) return true;
  const auto fresh = content.bytes.subspan(here_already);
  transfer.pending.insert(transfer.pending.end(), fresh.begin(), fresh.end());
  pending_ += fresh.size();
  transfer.have += fresh.size();
  progress_.bytes_received += fresh.size();
  const bool first = !transfer.not_durable_since;
  if (first) transfer.not_durable_since = clock_.now();
  if (!transfer.decided) return true;
  if (first) growing_.insert(content.transfer);
  if (first || ripe(transfer)) wake_.set();
  return true;
}

bool Receiver::take(const WithdrawRecord& record) {
  finished_ = false;
  const auto found = transfers_.find(record.transfer);
  if (found == transfers_.end()) return record.transfer < next_number_;  // the answer is under way
  if (found->second.withdrawn) return false;
  found->second.withdrawn = true;
  withdrawn_.push_back(record.transfer);
  wake_.set();
  return true;
}

bool Receiver::take(const FinishedRecord&) {
  return !std::exchange(finished_, true);
}

// ---- batches for the inbox

void Receiver::stop() {
  stopping_ = true;
  wake_.set();
}

Task<> Receiver::wait_for_room() {
  while (pending_ > most_pending) {
    room_.clear();
    co_await room_.wait();
  }
}

Task<> Receiver::work(Answered answered) {
  answered_ = std::move(answered);
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    wake_.clear();
    // Whoever receives takes first what is there already, so that it shares the trip.
    co_await asio::post(executor, asio::use_awaitable);
    if (!withdrawn_.empty()) {
      settle_withdrawn();
      co_await say_answers();
    }
    if (!undecided_.empty()) co_await decide();
    auto numbers = ripe_ones();
    if (!numbers.empty()) {
      const bool durable = due() <= clock_.now();
      co_await hand_over(std::move(numbers), durable);
    }
    if (wake_.is_set()) continue;
    if (stopping_) break;
    const auto deadline = due();
    if (deadline == never) {
      co_await wake_.wait();
    } else {
      co_await first_of(wake_.wait(), clock_.wait_until(deadline));
    }
  }
  Numbers rest(growing_.begin(), growing_.end());
  if (!rest.empty()) co_await hand_over(std::move(rest), true);
}

Bytes Receiver::take_pending(Transfer& transfer) {
  pending_ -= transfer.pending.size();
  room_.set();
  return std::exchange(transfer.pending, {});
}

Task<> Receiver::decide() {
  Numbers numbers(undecided_.begin(), undecided_.end());
  undecided_.clear();
  std::vector<Arrival> arrivals;
  for (const auto number : numbers) {
    auto& transfer = transfers_.at(number);
    Arrival arrival;
    arrival.offer = &transfer.offer;
    arrival.from_start = transfer.coming != Coming::asked;
    if (complete(transfer)) arrival.content = take_pending(transfer);
    arrivals.push_back(std::move(arrival));
  }
  auto decisions = co_await inbox_.offered(std::move(arrivals));
  for (std::size_t i = 0; i < numbers.size(); ++i) decided(numbers[i], decisions[i]);
  co_await say_answers();
}

void Receiver::decided(std::uint64_t number, Inbox::Decision& decision) {
  Transfer& transfer = transfers_.at(number);
  if (auto* message = std::get_if<std::unique_ptr<Incoming>>(&decision)) {
    accept(number, transfer, std::move(*message));
    return;
  }
  if (std::holds_alternative<Stored>(decision)) {
    received(number, transfer);
  } else if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    answers_.push_back(RefuseRecord{number, *refusal});
  } else if (const auto* trouble = std::get_if<NotStored>(&decision)) {
    not_stored(number, transfer.offer, trouble->why);
  } else {
    have_.push_back(number);
  }
  drop(number);
}

void Receiver::accept(std::uint64_t number, Transfer& transfer, std::unique_ptr<Incoming> message) {
  const auto here = message->offset();
  const auto size = transfer.offer.size;
  const auto overlap = std::min<std::uint64_t>(here, transfer.pending.size());
  transfer.pending.erase(transfer.pending.begin(),
                         transfer.pending.begin() + static_cast<std::ptrdiff_t>(overlap));
  pending_ -= overlap;
  transfer.have = std::max(transfer.have, here);
  transfer.was_whole = here >= size;
  transfer.decided = true;
  if (transfer.coming != Coming::unasked && !transfer.was_whole)
    answers_.push_back(AcceptRecord{number, here, message->prefix_digest()});
  transfer.message = std::move(message);
  if (transfer.not_durable_since || complete(transfer)) growing_.insert(number);
}

bool Receiver::ripe(const Transfer& transfer) const {
  if (complete(transfer) || transfer.pending.size() >= worth_a_trip || pending_ > most_pending) return true;
  return transfer.not_durable_since && *transfer.not_durable_since + durable_within <= clock_.now();
}

Numbers Receiver::ripe_ones() const {
  Numbers numbers;
  for (const auto number : growing_) {
    if (ripe(transfers_.at(number))) numbers.push_back(number);
  }
  return numbers;
}

TimePoint Receiver::due() const {
  auto earliest = never;
  for (const auto number : growing_) {
    const auto since = transfers_.at(number).not_durable_since;
    if (since) earliest = std::min(earliest, *since + durable_within);
  }
  return earliest;
}

Task<> Receiver::hand_over(Numbers numbers, bool durable) {
  std::vector<Portion> portions;
  std::vector<bool> last;
  for (const auto number : numbers) {
    auto& transfer = transfers_.at(number);
    Portion portion;
    portion.message = transfer.message.get();
    portion.bytes = take_pending(transfer);
    portion.offset = transfer.have - portion.bytes.size();
    portion.last = complete(transfer);
    last.push_back(portion.last);
    portions.push_back(std::move(portion));
    if (!durable && !last.back()) continue;
    transfer.not_durable_since.reset();
    growing_.erase(number);
  }
  const auto failures = co_await inbox_.append(std::move(portions), durable);
  for (std::size_t i = 0; i < numbers.size(); ++i) handed_over(numbers[i], last[i], failures[i]);
  co_await say_answers();
}

void Receiver::handed_over(std::uint64_t number, bool last, const std::string& failure) {
  auto& transfer = transfers_.at(number);
  if (!failure.empty()) {
    not_stored(number, transfer.offer, failure);
    drop(number);
  } else if (last) {
    received(number, transfer);
    drop(number);
  }
}

// ---- answers

void Receiver::settle_withdrawn() {
  for (const auto number : std::exchange(withdrawn_, {})) {
    const auto found = transfers_.find(number);
    if (found == transfers_.end()) continue;  // answered before that was known
    std::erase(undecided_, number);
    answers_.push_back(FailedRecord{number, {}});
    drop(number);
  }
}

void Receiver::received(std::uint64_t number, const Transfer& transfer) {
  (transfer.was_whole ? have_ : done_).push_back(number);
  ++progress_.messages_received;
  events_.message_received(transfer.offer);
}

void Receiver::not_stored(std::uint64_t number, const Offer& offer, const std::string& why) {
  events_.message_not_stored(offer, why);
  answers_.push_back(FailedRecord{number, why});
}

/// What came so far of a message that is not stored stays for another call, and content that still comes
/// finds no transfer.
void Receiver::drop(std::uint64_t number) {
  const auto found = transfers_.find(number);
  pending_ -= found->second.pending.size();
  room_.set();
  --open_[index_of(found->second.offer)];
  growing_.erase(number);
  transfers_.erase(found);
}

Task<> Receiver::say_answers() {
  auto answers = std::exchange(answers_, {});
  std::sort(have_.begin(), have_.end());
  std::sort(done_.begin(), done_.end());
  if (!have_.empty()) answers.push_back(HaveRecord{std::exchange(have_, {})});
  if (!done_.empty()) answers.push_back(DoneRecord{std::exchange(done_, {})});
  // When the link has ended, who receives from it says so.
  for (const auto& answer : answers) co_await link_.send(link::Stream::control, encode(answer, unused_));
  if (!answers.empty()) co_await answered_();
}

}  // namespace external::session
