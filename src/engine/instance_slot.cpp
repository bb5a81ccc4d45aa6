#include "instance_slot.h"

#include <external/base/guard.h>
#include <external/base/wait.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration first_restart_pause = 5s;  ///< before a line that has failed is served again
constexpr Duration longest_restart_pause = 5min;

bool has_call(LineState state) {
  using enum LineState;
  return state == dialling || state == ringing || state == connected || state == transferring ||
         state == lent || state == hanging_up;
}

/// What people call it.
std::string port_of(const config::Instance& settings) {
  if (settings.comm_type == config::CommType::async) return settings.async_comm_port;
  return settings.listen ? settings.listen->host + ":" + settings.listen->port : std::string();
}

}  // namespace

InstanceSlot::InstanceSlot(SlotServices services, config::Instance settings, std::function<void()> changed)
    : services_(std::move(services)),
      settings_(std::make_shared<const config::Instance>(std::move(settings))),
      changed_(std::move(changed)),
      board_(services_.clock, settings_->name, [this] { board_changed(); }),
      stop_(services_.executor),
      news_(services_.executor),
      rests_(services_.executor),
      pauses_(first_restart_pause, longest_restart_pause) {
  rests_.set();
  board_.port(port_of(*settings_));
  if (const auto why = reason_to_rest(); !why.empty()) rest(why);
  is_new_ = false;
}

void InstanceSlot::board_changed() {
  if (board_.state() == LineState::listening) has_been_ready_ = true;
  if (next_ && !in_call()) stop_.set();
  if (retiring_ && !in_call()) end();
  tell_event();
  changed_();
}

bool InstanceSlot::in_call() const {
  return has_call(board_.state()) || (instance_ && instance_->has_calls());
}

void InstanceSlot::tell_event() {
  const auto event = watch_.enter(board_.state());
  // What the settings want from the start is no news.
  if (!event || is_new_ || !services_.tell) return;
  const auto report = board_.report();
  services_.tell({std::string(*event), report.instance, report.port, report.state, report.detail});
}

Task<> InstanceSlot::run() {
  while (!ending_) {
    news_.clear();
    stop_.clear();
    if (next_) {
      settings_ = std::exchange(next_, nullptr);
      board_.port(port_of(*settings_));
    }
    if (const auto why = reason_to_rest(); !why.empty()) {
      rest(why);
      co_await news_.wait();
    } else {
      co_await serve();
    }
  }
  board_.show(LineState::stopped, "Stopped.");
}

std::string InstanceSlot::reason_to_rest() const {
  if (settings_->comm_disable)
    return fmt::format("Disabled: CommDisable is set ({}).", settings_->origin_of("CommDisable"));
  if (stopped_)
    return fmt::format("Stopped by an administrator; external start --instance {} starts it.",
                       settings_->name);
  return {};
}

void InstanceSlot::rest(const std::string& why) {
  board_.show(LineState::disabled, why);
  services_.planner.instance_rests(*settings_, why);
}

Task<> InstanceSlot::serve() {
  const TimePoint began = services_.clock.now();
  std::string trouble;
  bool misconfigured = false;
  rests_.clear();
  try {
    instance_ = services_.make(*settings_, board_);
    services_.planner.instance_works(*settings_);
    co_await instance_->run(stop_);
    if (!stop_.is_set()) trouble = "Unexpected trouble: the line ended by itself; it is tried again.";
  } catch (const Misconfigured& error) {
    trouble = error.what();
    misconfigured = true;
  } catch (const LineTrouble& error) {
    trouble = error.what();
  } catch (const std::exception& error) {
    trouble = fmt::format("Unexpected trouble: {}; the line is reset and tried again.", error.what());
  }
  instance_.reset();
  rests_.set();
  co_await cancellation_point();
  if (trouble.empty() || stop_.is_set()) co_return;
  if (services_.clock.now() - began >= longest_restart_pause) pauses_.reset();
  co_await pause_after(trouble, misconfigured);
}

Task<> InstanceSlot::pause_after(const std::string& trouble, bool misconfigured) {
  if (!misconfigured || trouble != told_) write(trouble);
  told_ = misconfigured ? trouble : std::string();
  const auto state = misconfigured ? LineState::disabled : LineState::modem_wait;
  if (guarded("R04")) board_.show(state, trouble);
  if (misconfigured) {
    services_.planner.instance_rests(*settings_, trouble);
  } else {
    services_.planner.refuse(settings_.get(), trouble);
  }
  const TimePoint end = services_.clock.now() + pauses_.next();
  co_await wait_until(news_, services_.clock, end);
  if (!misconfigured) co_return;
  try {
    co_await services_.look_again();
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    write(std::string("Unexpected trouble: ") + error.what() + "; it is tried again.");
  } catch (const std::exception& error) {
    write(std::string("Unexpected trouble: ") + error.what() + "; it is tried again.");
  }
}

void InstanceSlot::end() {
  ending_ = true;
  stop_.set();
  news_.set();
}

bool InstanceSlot::stop() {
  if (stopped_) return false;
  stopped_ = true;
  write(fmt::format("An administrator stops this line; external start --instance {} starts it again.",
                    settings_->name));
  services_.planner.instance_rests(*settings_, reason_to_rest());
  stop_.set();
  news_.set();
  return true;
}

bool InstanceSlot::start() {
  if (!std::exchange(stopped_, false)) return false;
  write("An administrator starts this line again.");
  pauses_.reset();
  news_.set();
  return true;
}

Task<> InstanceSlot::at_rest() {
  co_await rests_.wait();
}

void InstanceSlot::use(config::Instance settings) {
  retiring_ = false;
  next_ = std::make_shared<const config::Instance>(std::move(settings));
  news_.set();
  board_changed();
}

void InstanceSlot::retire() {
  retiring_ = true;
  board_changed();
}

void InstanceSlot::wake() {
  if (instance_) instance_->wake();
}

}  // namespace external::engine
