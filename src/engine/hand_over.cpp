#include "hand_over.h"

#include <external/base/text.h>
#include <external/postoffice/handed_over.h>
#include <external/postoffice/trace.h>

#include <fmt/format.h>

#include <algorithm>

namespace external::engine {

namespace {

using namespace std::chrono_literals;
using mailqueue::Queue;
using mailqueue::RecipientId;
using mailqueue::Work;
using postoffice::Fate;

constexpr std::size_t most_at_once = 4;         ///< messages, and so connections or programs
constexpr std::size_t recipients_a_time = 100;  ///< what every server takes (RFC 5321 4.5.3.1.8)
constexpr auto idle_time = 30s;                 ///< after which a connection is closed
constexpr auto patience_at_stop = 5s;           ///< for what is on its way
constexpr auto patience_for_farewell = 5s;
constexpr auto queue_pause = 5s;  ///< after trouble with the queue

/// Pauses of a way out of order: they grow as those of a mailbox that cannot be written do.
constexpr config::BackOff back_off{1min, 2, 1h, 0};

smtp::Notify to_smtp(const mailqueue::Notify& notify) {
  if (notify == mailqueue::Notify()) return {};
  if (notify == mailqueue::never) return {.never = true};
  return {.success = notify.success, .failure = notify.failure, .delay = notify.delay};
}

Fate fate_of(const outlet::Outcome& outcome, const std::string& host) {
  using Kind = outlet::Outcome::Kind;
  Fate fate;
  fate.kind = outcome.kind == Kind::delivered ? Fate::Kind::delivered
              : outcome.kind == Kind::relayed ? Fate::Kind::relayed
              : outcome.kind == Kind::failed  ? Fate::Kind::failed
                                              : Fate::Kind::later;
  fate.tells_sender = outcome.tells_sender;
  fate.reply = {host, outcome.status, outcome.text};
  return fate;
}

/// As mail writes it (RFC 5321 4.1.3); empty for what has no name.
std::string host_of(const config::Way& way) {
  const auto* host = std::get_if<config::MailHost>(&way);
  if (!host) return {};
  error_code no_number;
  const auto number = asio::ip::make_address(host->host, no_number);
  if (no_number) return host->host;
  return number.is_v6() ? "[IPv6:" + host->host + "]" : "[" + host->host + "]";
}

/// Trouble of this computer, the same for all recipients.
outlet::Result all_later(const Work& part, std::string text) {
  const outlet::Outcome outcome{outlet::Outcome::Kind::later, "4.3.0", std::move(text)};
  return {std::vector(part.targets.size(), outcome), true};
}

Work part_from(const Work& work, std::size_t first, std::size_t count) {
  std::vector<std::size_t> places;
  for (auto at = first; at < work.targets.size() && at - first < count; ++at) places.push_back(at);
  return postoffice::part_of(work, places);
}

std::string words_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return visible(error.what());
  } catch (...) {
    return "unknown trouble";
  }
}

bool is_cancellation(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

/// What is in transfer of a message; what is left when it goes is queued again.
class HandOver::Unsettled {
 public:
  Unsettled(MailStore& store, Work work) : store_(store), work_(std::move(work)) {}
  ~Unsettled() {
    if (work_.targets.empty()) return;
    store_.post(
        [work = std::move(work_), begun = begun_, pause = pause_, now = store_.clock().wall()](Queue& queue) {
          if (!begun) return queue.put_back(work);
          queue.fail(work.ids(), "handing it over was cut short", now + pause, false, now);
        });
  }
  Unsettled(const Unsettled&) = delete;
  Unsettled& operator=(const Unsettled&) = delete;

  /// The first of what is left.
  Work next(std::size_t count) const { return part_from(work_, 0, count); }
  bool empty() const { return work_.targets.empty(); }

  /// next() may be at the other side, or was settled.
  void begun() { begun_ = true; }
  void settled(std::size_t count) { work_ = part_from(work_, count, work_.targets.size()); }

  /// What is wrong will be so for a moment.
  void pause(std::chrono::seconds pause) { pause_ = pause; }

 private:
  MailStore& store_;
  Work work_;
  bool begun_ = false;
  std::chrono::seconds pause_{};
};

/// Counts one that carries a message; when it ends there is room for more.
class HandOver::Carrier {
 public:
  explicit Carrier(HandOver& whose) : whose_(whose) {}
  ~Carrier() {
    --whose_.on_their_way_;
    whose_.changed_.set();
  }
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

 private:
  HandOver& whose_;
};

HandOver::HandOver(Context& context, WayOut way, const MakeOutlet& make, Tell tell)
    : context_(context),
      way_(std::move(way)),
      make_(make),
      tell_(std::move(tell)),
      changed_(context.executor) {}

Task<> HandOver::run(Event& stop) {
  stop_ = &stop;
  TaskGroup carriers(context_.executor);
  while (!stop.is_set()) {
    co_await look(carriers);
    close_idle(carriers);
    co_await first_of(changed_.wait(), stop.wait(), context_.clock.wait_until(next_to_close()));
  }
  co_await first_of(carriers.wait(), context_.clock.wait_for(patience_at_stop));
  co_await carriers.end();
  co_await first_of(close_all(), context_.clock.wait_for(patience_for_farewell));
}

/// Starts what is due, as far as there is room.
Task<> HandOver::look(TaskGroup& carriers) {
  if (!changed_.is_set()) co_return;
  changed_.clear();
  if (on_their_way_ == 0) most_now_ = most_at_once;
  if (on_their_way_ >= most_now_) co_return;  // the next one that ends sets it again
  looking_ = true;
  const auto room = most_now_ - on_their_way_;
  std::vector<Work> works;
  std::string trouble;
  try {
    const auto job = [this, room](Queue& queue) { return take(queue, room); };
    works = co_await context_.store.with_queue(job);
  } catch (const mailqueue::Error& error) {
    trouble = error.what();
  }
  looking_ = false;
  if (!trouble.empty() && trouble != trouble_) say("Mail queue: " + trouble);
  trouble_ = trouble;
  if (!trouble.empty()) co_await first_of(stop_->wait(), context_.clock.wait_for(queue_pause));
  if (!trouble.empty()) changed_.set();
  for (auto& work : works) {
    ++on_their_way_;
    carriers.spawn(carry(std::move(work)));
  }
}

std::vector<std::string> HandOver::destinations(Queue& queue) const {
  if (way_.post_office.empty()) return {way_.destination};
  return context_.store.destinations_via(queue, way_.post_office);
}

/// Claims at most `most` messages that are due, unless there is a reason to wait.
std::vector<Work> HandOver::take(Queue& queue, std::size_t most) {
  const auto now = context_.clock.wall();
  const auto office = std::string(postoffice::office_in(way_.destination));
  const auto held = queue.held(mailqueue::Held::destination);
  if (std::ranges::find(held, office, &mailqueue::HeldName::name) != held.end()) return {};
  const auto failed = queue.call_record(way_.destination);
  if (failed && rest_of(*failed, now) > Duration::zero()) return {};
  auto works = pick(queue, most);
  queue.batch([&] { std::erase_if(works, [&](Work& work) { return !queue.start_transfer(work); }); });
  return works;
}

/// Nobody checks later what is handed over, so it is checked here.
std::vector<Work> HandOver::pick(Queue& queue, std::size_t most) {
  const auto now = context_.clock.wall();
  const auto look = [&] {
    auto works = queue.pick(destinations(queue), now, most);
    for (const auto& work : works) queue.verify(work.message);
    return works;
  };
  auto works = context_.store.sick().past(look);
  std::erase_if(works, [&](Work& work) { return !keep_own(queue, work); });
  return works;
}

/// Other settings may hold now than when the mail got its destination. False if nothing is left of it.
bool HandOver::keep_own(Queue& queue, Work& work) const {
  if (!way_.post_office.empty()) return true;
  const auto directory = context_.store.directory();
  std::vector<std::size_t> own;
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const auto* right = directory->ways_out().for_recipient(work.envelope.recipients[which].address);
    if (right && right->destination == way_.destination) {
      own.push_back(which);
    } else {
      queue.redirect(std::array{work.targets[which].id},
                     right ? right->destination : directory->book().here());
    }
  }
  if (own.size() < work.targets.size()) work = postoffice::part_of(work, own);
  return !work.targets.empty();
}

Task<> HandOver::carry(Work work) {
  const Carrier carrier(*this);
  const auto key = work.envelope.key;
  Unsettled unsettled(context_.store, std::move(work));
  auto outlet = take_outlet();
  bool goes_on = true;
  while (goes_on && !unsettled.empty()) {
    const auto part = unsettled.next(recipients_at_once());
    std::exception_ptr thrown;
    try {
      goes_on = co_await carry_part(part, *outlet, unsettled);
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown && !is_cancellation(thrown)) {
      unsettled.pause(back_off.first);
      say(way_.destination + ": " + key + ": " + words_of(thrown) + "; next try in 1 min");
    }
    goes_on = goes_on && !thrown && !stop_->is_set();
  }
  idle_.push_back({std::move(outlet), context_.clock.now()});
}

/// False if it makes no sense to go on with the rest now. Throws if `part` is not settled.
Task<bool> HandOver::carry_part(const Work& part, outlet::Outlet& outlet, Unsettled& unsettled) {
  const auto parcel = parcel_of(part);
  outlet::Result result;
  std::exception_ptr thrown;
  try {
    result = co_await outlet.hand_over(parcel);
  } catch (...) {
    thrown = std::current_exception();
  }
  // Others are being taken at this moment: the server only wants fewer at once.
  if (!thrown && result.out_of_order && on_their_way_ > 1) {
    most_now_ = on_their_way_ - 1;
    co_return false;
  }
  unsettled.begun();
  // What was taken must be noted, also if we are told to stop just now.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  bool is_there = true;
  if (thrown) is_there = co_await take_trouble(thrown, part, result);
  if (is_there) co_await settle(part, result);
  unsettled.settled(part.targets.size());
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_return is_there && !result.out_of_order;
}

/// An exception as a result. False if the message is of no use any more, which is seen to; throws if it was
/// cancelled.
Task<bool> HandOver::take_trouble(std::exception_ptr thrown, const Work& part, outlet::Result& result) {
  std::optional<mailqueue::DamagedMessage> damage;
  try {
    std::rethrow_exception(thrown);
  } catch (const mailqueue::DamagedMessage& damaged) {
    damage = damaged;
  } catch (const mailqueue::Error& error) {
    if (error.kind() == mailqueue::ErrorKind::gone) co_return false;
    throw;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    result = all_later(part, error.code().message());
  }
  if (!damage) co_return true;
  const auto set_aside = [this, &damage](Queue&) { context_.store.sick().set_aside(*damage); };
  co_await context_.store.with_queue(set_aside);
  co_return false;
}

Task<> HandOver::settle(const Work& part, const outlet::Result& result) {
  const auto host = host_of(way_.way);
  std::vector<Fate> fates;
  for (const auto& outcome : result.outcomes) fates.push_back(fate_of(outcome, host));
  postoffice::HandOver handed{part, std::move(fates), way_.name, false, way_.post_office, {}};
  handed.by_smtp = !std::holds_alternative<config::Program>(way_.way);
  const auto cause = result.outcomes.empty() ? std::string() : result.outcomes.back().text;
  Trouble trouble;
  bool works_again = false;
  const auto now = context_.clock.wall();
  const auto job = [&](Queue& queue) {
    if (result.out_of_order) {
      trouble = note_trouble(queue, cause, now);
      handed.rests_until = trouble.record.until;
    } else {
      works_again = note_success(queue, now);
    }
    const auto directory = context_.store.directory();
    return postoffice::settle(queue, directory->book(), handed, now);
  };
  const auto events = co_await context_.store.with_queue(job);
  // `external retry` may have made the queue forget that.
  works_again = (works_again || out_of_order_) && !result.out_of_order;
  out_of_order_ = result.out_of_order;
  if (trouble.is_news) {
    const auto pause = std::chrono::ceil<std::chrono::minutes>(trouble.record.until - now);
    say(fmt::format("{}: {}; its mail waits, next try in {} min.", way_.destination, visible(cause),
                    pause.count()));
  }
  if (works_again) say(way_.destination + ": works again.");
  for (const auto& event : events) tell_(event);
  tell_sent(part, result);
  if (!events.empty()) context_.look_again();
}

void HandOver::tell_sent(const Work& part, const outlet::Result& result) {
  if (way_.post_office.empty()) return;
  log::MailEntry entry{part.size, part.envelope.sender, {}, way_.post_office, part.envelope.key};
  for (std::size_t which = 0; which < part.targets.size(); ++which) {
    const auto kind = result.outcomes[which].kind;
    if (kind == outlet::Outcome::Kind::delivered || kind == outlet::Outcome::Kind::relayed)
      entry.recipients.push_back(part.envelope.recipients[which].address);
  }
  if (!entry.recipients.empty()) context_.mail_logs.sent(entry);
}

/// Several messages meet the same trouble: it counts once.
HandOver::Trouble HandOver::note_trouble(Queue& queue, const std::string& text, WallTime now) const {
  const auto before = queue.call_record(way_.destination);
  if (before && rest_of(*before, now) > Duration::zero()) return {*before, false};
  CallRecord record = before.value_or(CallRecord());
  record.post_office = way_.destination;
  record.cause = way_out_cause;
  record.repeats = ++record.failures;
  record.error = visible(text);
  record.failed = now;
  record.until = now + pause_after(back_off, record.repeats, 0);
  record.undialable = false;
  queue.batch([&] {
    queue.keep_call(record);
    queue.fail_due(destinations(queue), record.error, record.until, false, now);
  });
  return {record, true};
}

/// Whether it was out of order until now.
bool HandOver::note_success(Queue& queue, WallTime now) const {
  if (!queue.call_record(way_.destination)) return false;
  return queue.batch([&] {
    if (!queue.forget_call(way_.destination)) return false;
    queue.retry_all(destinations(queue), now);
    return true;
  });
}

outlet::Parcel HandOver::parcel_of(const Work& part) const {
  const auto directory = context_.store.directory();
  const auto& book = directory->book();
  const auto& envelope = part.envelope;
  outlet::Parcel parcel;
  parcel.key = envelope.key;
  parcel.sender = postoffice::internet_address(envelope.sender, book);
  for (const auto& recipient : envelope.recipients) {
    parcel.recipients.push_back({postoffice::internet_address(recipient.address, book),
                                 to_smtp(recipient.notify), recipient.original});
  }
  parcel.return_wish = envelope.headers_only ? smtp::Return::headers : smtp::Return::unsaid;
  parcel.envelope_id = envelope.envelope_id;
  parcel.head = head_of(part);
  parcel.size = part.size;
  parcel.content = [this, message = part.message](std::uint64_t offset, std::size_t size) {
    return read(message, offset, size);
  };
  return parcel;
}

Task<std::string> HandOver::read(mailqueue::MessageId message, std::uint64_t offset, std::size_t size) const {
  const auto job = [message, offset, size](Queue& queue) { return queue.read(message, offset, size); };
  co_return co_await context_.store.with_queue(job);
}

/// A server that delivers adds Return-Path and Delivered-To by itself (RFC 5321 4.4), a program does not.
std::string HandOver::head_of(const Work& part) const {
  const auto directory = context_.store.directory();
  const auto& book = directory->book();
  const auto& envelope = part.envelope;
  const bool alone = envelope.recipients.size() == 1;
  const auto whom =
      alone ? postoffice::internet_address(envelope.recipients.front().address, book) : std::string();
  const auto received =
      postoffice::received_header(book.home, envelope.key, envelope.hops, whom, context_.clock.wall());
  if (!std::holds_alternative<config::Program>(way_.way)) return received;
  return "Return-Path: <" + postoffice::internet_address(envelope.sender, book) + ">\nDelivered-To: " + whom +
         "\n" + received;
}

/// Programs get one recipient at a time, and their head names it.
std::size_t HandOver::recipients_at_once() const {
  return std::holds_alternative<config::Program>(way_.way) ? 1 : recipients_a_time;
}

std::unique_ptr<outlet::Outlet> HandOver::take_outlet() {
  if (idle_.empty()) return make_(way_);
  auto outlet = std::move(idle_.back().outlet);
  idle_.pop_back();
  return outlet;
}

void HandOver::close_idle(TaskGroup& carriers) {
  const auto long_ago = context_.clock.now() - idle_time;
  const auto begin = std::stable_partition(idle_.begin(), idle_.end(),
                                           [&](const Idle& idle) { return idle.since > long_ago; });
  for (auto idle = begin; idle != idle_.end(); ++idle) carriers.spawn(close(std::move(idle->outlet)));
  idle_.erase(begin, idle_.end());
}

TimePoint HandOver::next_to_close() const {
  TimePoint next = never;
  for (const auto& idle : idle_) next = std::min(next, idle.since + idle_time);
  return next;
}

Task<> HandOver::close(std::unique_ptr<outlet::Outlet> outlet) {
  co_await first_of(outlet->rest(), context_.clock.wait_for(patience_for_farewell));
}

Task<> HandOver::close_all() {
  while (!idle_.empty()) {
    const auto outlet = take_outlet();
    co_await outlet->rest();
  }
}

void HandOver::say(const std::string& text) {
  context_.log.write({}, text);
}

}  // namespace external::engine
