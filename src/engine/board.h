#pragma once
// What one line shows of itself: its state, and the call that stands.

#include "tally.h"

#include <external/engine/report.h>
#include <external/session/session.h>

namespace external::engine {

/// Written by the instance, read by Engine::report(). One thread.
class Board {
 public:
  Board(Clock& clock, std::string instance, std::function<void()> changed)
      : clock_(clock), changed_(std::move(changed)) {
    report_.instance = std::move(instance);
    report_.since = clock.wall();
  }

  /// The line enters this state, or is still in it.
  void show(LineState state, std::string detail = {}) {
    entered_ = clock_.now();
    if (report_.state != state) report_.since = clock_.wall();
    report_.state = state;
    if (!detail.empty()) report_.detail = std::move(detail);
    changed_();
  }

  LineState state() const { return report_.state; }

  /// How long nothing was shown: the sign of life of who serves the line.
  Duration silent_for() const { return clock_.now() - entered_; }

  void port(std::string name) { report_.port = std::move(name); }

  /// A call begins; `to_send` is what is queued for the peer.
  void call_begins(std::string peer, unsigned speed, unsigned messages_to_send, std::uint64_t bytes_to_send) {
    report_.peer = std::move(peer);
    report_.speed = speed;
    messages_to_send_ = messages_to_send;
    bytes_to_send_ = bytes_to_send;
    connected_at_ = clock_.now();
    last_ = {};
  }

  /// The session of the call; it must be taken away before it goes.
  void session(session::Session* session) {
    if (session_ && !session) last_ = session_->progress();
    session_ = session;
  }

  void call_ends() { report_.peer.clear(); }

  /// New mail may wait for the peer.
  void news() {
    if (session_) session_->news();
  }

  Tally& tally() { return tally_; }

  LineReport report() const {
    LineReport now = report_;
    now.totals = tally_.totals();
    now.line_errors = tally_.line_errors();
    const auto progress = session_ ? session_->progress() : last_;
    now.bytes_sent = progress.bytes_sent;
    now.bytes_received = progress.bytes_received;
    now.messages_done = static_cast<unsigned>(progress.messages_sent + progress.messages_received);
    now.messages_total = static_cast<unsigned>(
        std::max<std::uint64_t>(messages_to_send_, progress.messages_sent) + progress.messages_offered_to_us);
    now.bytes_total = std::max(bytes_to_send_, progress.bytes_sent) + progress.bytes_offered_to_us;
    const double seconds = std::chrono::duration<double>(clock_.now() - connected_at_).count();
    if (session_ && report_.speed > 0 && seconds > 0) {
      now.efficiency =
          static_cast<double>(progress.bytes_sent + progress.bytes_received) * 10 / report_.speed / seconds;
    }
    return now;
  }

 private:
  Clock& clock_;
  std::function<void()> changed_;
  LineReport report_;
  Tally tally_;
  session::Session* session_ = nullptr;
  session::Progress last_;
  TimePoint entered_{};
  TimePoint connected_at_{};
  unsigned messages_to_send_ = 0;
  std::uint64_t bytes_to_send_ = 0;
};

}  // namespace external::engine
