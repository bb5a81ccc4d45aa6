#include "receiver.h"
#include "sender.h"

#include <external/base/guard.h>

namespace external::session {

namespace {

using namespace std::chrono_literals;

/// How long a caller that has nothing more to do waits for BYE, and an answerer that has said it for the
/// caller to hang up.
constexpr Duration patience_at_end = 10s;

constexpr int looks_per_standstill = 20;

class MailSession final : public Session {
 public:
  MailSession(link::Link& link, Outbox& outbox, Inbox& inbox, Events& events, Clock& clock,
              const asio::any_io_executor& executor, Role role, Options options)
      : link_(link),
        clock_(clock),
        role_(role),
        options_(std::move(options)),
        outbox_(outbox),
        inbox_(inbox),
        sender_(link, outbox, events, progress_, clock, executor, portions_for(options_.bits_per_second)),
        receiver_(link, inbox, events, progress_, clock, executor),
        end_in_sight_(executor) {}

  Task<error_code> run() override {
    using asio::experimental::awaitable_operators::operator&&;
    co_await say_wish();
    co_await (talk() && receiver_.work(end_check_) && sender_.settle());
    co_return outcome_;
  }

  void news() override { sender_.news(); }
  Progress progress() const override { return progress_; }

 private:
  /// Before FINISHED, which would else stand for a wish for nothing.
  Task<> say_wish() {
    if (!options_.wish) co_return;
    LastOffer unused;
    const WishRecord record{*options_.wish};
    co_await link_.send(link::Stream::control, encode(record, unused));
  }

  /// Ends with the session; what had arrived then is still written down by those beside it.
  Task<> talk() {
    const auto first = co_await first_of(receive_loop(), wait_at_end(), watch(), sender_.run(end_check_));
    if (first == 0) outcome_ = broken_;
    if (first == 2) outcome_ = asio::error::timed_out;
    receiver_.stop();
    sender_.stop();
  }

  /// Nothing is left to do, as far as this end knows.
  bool all_done() const {
    return sender_.finished() && sender_.answered() && receiver_.finished() && receiver_.answered();
  }

  /// The answerer says BYE behind its last answer; then nothing is offered or taken any more.
  Task<> look_for_the_end() {
    if (said_bye_ || !all_done()) co_return;
    end_in_sight_.set();
    if (role_ == Role::caller) co_return;
    said_bye_ = true;
    sender_.close();
    LastOffer unused;
    co_await link_.send(link::Stream::control, encode(ByeRecord(), unused));
  }

  /// Ends when the other end should have ended the call long ago.
  Task<> wait_at_end() {
    for (;;) {
      co_await end_in_sight_.wait();
      co_await clock_.wait_for(patience_at_end);
      if (said_bye_ || all_done()) co_return;
      end_in_sight_.clear();
    }
  }

  /// Ends when nothing has moved for long: a line costs money also while both ends only say that they are
  /// there.
  Task<> watch() {
    std::uint64_t before = movement();
    for (auto since = clock_.now(); clock_.now() - since < options_.longest_standstill;) {
      co_await clock_.wait_for(options_.longest_standstill / looks_per_standstill);
      const auto now = movement();
      if (now != before) since = clock_.now();
      before = now;
    }
  }

  std::uint64_t movement() const {
    const auto mail = pieces_received_ + progress_.bytes_sent + progress_.messages_sent;
    return guarded("R36") ? mail : mail + link_.statistics().frames_received;
  }

  Task<> receive_loop() {
    while (!heard_bye_) {
      const auto piece = co_await link_.receive(never);
      if (!piece) {
        // Once nothing is left to do a line that goes away is the proper end.
        broken_ = said_bye_ || all_done() ? error_code() : piece.error();
        co_return;
      }
      ++pieces_received_;
      if (said_bye_) continue;  // it goes with the next call
      if (!take(*piece)) {
        broken_ = link::Error::protocol;
        co_return;
      }
      co_await look_for_the_end();
      co_await receiver_.wait_for_room();
    }
  }

  bool take(const link::Piece& piece) {
    if (piece.stream != link::Stream::control) return take_content(piece);
    auto record = decode_record(piece.bytes, last_offer_);
    return record && std::visit([this](auto& one) { return take(one); }, *record);
  }

  bool take_content(const link::Piece& piece) {
    std::vector<Content> content;
    if (!segments_[static_cast<std::size_t>(piece.stream)].feed(piece.bytes, content)) return false;
    return std::all_of(content.begin(), content.end(),
                       [this](const auto& one) { return receiver_.take(one); });
  }

  bool take(OfferRecord& record) { return receiver_.take(std::move(record)); }
  bool take(const WithdrawRecord& record) { return receiver_.take(record); }
  bool take(const FinishedRecord& record) {
    WishRecord nothing;
    nothing.wish.what = Wish::What::nothing;
    if (!heard_wish_) take(nothing);
    return receiver_.take(record);
  }
  bool take(WishRecord& record) {
    if (heard_wish_) return false;
    heard_wish_ = true;
    outbox_.wished(std::move(record.wish));
    return true;
  }
  bool take(StockRecord& record) {
    inbox_.told(std::move(record.stock));
    return true;
  }
  bool take(const UnknownRecord&) { return true; }
  bool take(const ByeRecord&) {
    heard_bye_ = true;
    return role_ == Role::caller;
  }
  template <class R>
  bool take(const R& answer) {
    return sender_.take(answer);
  }

  link::Link& link_;
  Clock& clock_;
  Role role_;
  Options options_;
  Outbox& outbox_;
  Inbox& inbox_;
  Progress progress_;
  Sender sender_;
  Receiver receiver_;
  std::array<SegmentReader, link::stream_count> segments_;
  LastOffer last_offer_;  ///< of the other end
  Event end_in_sight_;
  std::function<Task<>()> end_check_ = [this] { return look_for_the_end(); };
  bool said_bye_ = false;
  bool heard_bye_ = false;
  bool heard_wish_ = false;
  std::uint64_t pieces_received_ = 0;
  error_code outcome_;
  error_code broken_;
};

}  // namespace

std::unique_ptr<Session> make_session(link::Link& link, Outbox& outbox, Inbox& inbox, Events& events,
                                      Clock& clock, const asio::any_io_executor& executor, Role role,
                                      Options options) {
  return std::make_unique<MailSession>(link, outbox, inbox, events, clock, executor, role,
                                       std::move(options));
}

}  // namespace external::session
