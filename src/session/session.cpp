#include "receiver.h"
#include "sender.h"

#include <external/base/guard.h>

namespace external::session {

namespace {

using namespace std::chrono_literals;

/// How long an end that has nothing more to do waits for the other to confirm that, or to hang up.
constexpr Duration patience_at_end = 10s;

constexpr int looks_per_standstill = 20;

class MailSession final : public Session {
 public:
  MailSession(link::Link& link, Outbox& outbox, Inbox& inbox, Events& events, Clock& clock,
              const asio::any_io_executor& executor, Role role, Duration longest_standstill)
      : link_(link),
        clock_(clock),
        role_(role),
        longest_standstill_(longest_standstill),
        sender_(link, outbox, events, progress_, executor),
        receiver_(link, inbox, events, progress_),
        both_finished_(executor) {}

  Task<error_code> run() override {
    const auto first = co_await first_of(exchange(), receive_loop(), watch());
    if (first == 1) co_return broken_;
    if (first == 2) co_return asio::error::timed_out;
    co_return outcome_;
  }

  void news() override { sender_.news(); }
  Progress progress() const override { return progress_; }

 private:
  /// Sends everything, waits for the other end's FINISHED, and sees the end of the call.
  Task<> exchange() {
    outcome_ = co_await sender_.run();
    if (outcome_) co_return;
    sent_all_ = true;
    co_await both_finished_.wait();
    const auto deadline = clock_.now() + patience_at_end;
    co_await link_.flush(deadline);
    if (role_ == Role::caller) co_return;
    // The answerer lets the caller hang up: receive_loop ends this session when the line goes.
    co_await clock_.wait_until(deadline);
  }

  /// Ends when nothing has moved for long: a line costs money also while both ends only say that they are
  /// there.
  Task<> watch() {
    std::uint64_t before = movement();
    for (auto since = clock_.now(); clock_.now() - since < longest_standstill_;) {
      co_await clock_.wait_for(longest_standstill_ / looks_per_standstill);
      const auto now = movement();
      if (now != before) since = clock_.now();
      before = now;
    }
  }

  std::uint64_t movement() const {
    const auto mail = records_received_ + progress_.bytes_sent + progress_.messages_sent;
    return guarded("R36") ? mail : mail + link_.statistics().frames_received;
  }

  Task<> receive_loop() {
    for (;;) {
      auto record = co_await link_.receive(never);
      if (!record) {
        // Once both ends have said FINISHED a line that goes away is the proper end.
        broken_ = sent_all_ && receiver_.finished() ? error_code() : record.error();
        co_return;
      }
      ++records_received_;
      const bool taken = co_await take(record->bytes);
      if (!taken) {
        broken_ = link::Error::protocol;
        co_return;
      }
      if (receiver_.finished()) both_finished_.set();
    }
  }

  Task<bool> take(const Bytes& bytes) {
    auto record = decode_record(bytes);
    if (!record) co_return false;
    co_return co_await std::visit([this](auto& one) { return dispatch(one); }, *record);
  }

  template <class R>
  Task<bool> dispatch(R& record) {
    if constexpr (requires { receiver_.take(record); }) {
      return receiver_.take(record);
    } else {
      return sender_.take(record);
    }
  }

  link::Link& link_;
  Clock& clock_;
  Role role_;
  Duration longest_standstill_;
  Progress progress_;
  Sender sender_;
  Receiver receiver_;
  Event both_finished_;
  bool sent_all_ = false;
  std::uint64_t records_received_ = 0;
  error_code outcome_;
  error_code broken_;
};

}  // namespace

std::unique_ptr<Session> make_session(link::Link& link, Outbox& outbox, Inbox& inbox, Events& events,
                                      Clock& clock, const asio::any_io_executor& executor, Role role,
                                      Duration longest_standstill) {
  return std::make_unique<MailSession>(link, outbox, inbox, events, clock, executor, role,
                                       longest_standstill);
}

}  // namespace external::session
