#include "line_meter.h"

namespace external::engine {

using namespace std::chrono_literals;

namespace {

/// What a kill -9 may keep from being counted.
constexpr Duration charge_interval = 30s;

}  // namespace

LineMeter::LineMeter(Context& context, const std::string& post_office,
                     std::optional<std::chrono::milliseconds> limit)
    : context_(context), charged_(context.clock.now()) {
  const auto* office = context.settings->find_post_office(post_office);
  if (!office || !office->minutes_per_day) return;
  post_office_ = office->name;
  if (limit) limit_ = charged_ + *limit;
}

LineMeter::~LineMeter() {
  charge();
}

Task<> LineMeter::run() {
  while (!used_up_) {
    co_await context_.clock.wait_until(post_office_.empty() ? never
                                                            : std::min(limit_, charged_ + charge_interval));
    charge();
    used_up_ = context_.clock.now() >= limit_;
  }
}

void LineMeter::charge() {
  const auto used = std::chrono::floor<std::chrono::milliseconds>(context_.clock.now() - charged_);
  charged_ += used;
  if (post_office_.empty() || used <= 0ms) return;
  const mailqueue::Day today = context_.planner.zone().day(context_.clock.wall()).time_since_epoch().count();
  context_.store.post([name = post_office_, today, used](mailqueue::Queue& queue) {
    queue.add_line_time(name, today, used);
  });
}

}  // namespace external::engine
