#include "lease.h"

#include <external/base/async.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration mail_look = 1s;  ///< between looks for mail that is due while the modem is lent

}  // namespace

Planner::Due Turns::due() {
  const auto due = context_.planner.due_call(settings_);
  if (due == Planner::Due::nothing) {
    due_since_.reset();
  } else if (!due_since_) {
    due_since_ = context_.clock.now();
  }
  return due;
}

bool Turns::is_client_next() {
  const auto due_now = due();
  const Borrower* client = context_.lender ? context_.lender->next(settings_.name) : nullptr;
  if (!client || due_now == Planner::Due::urgent_mail) return false;
  return !due_since_ || client->waits_since() <= *due_since_;
}

Lease::Lease(Context& context, const config::Instance& settings, Borrower& client, Turns& turns)
    : context_(context),
      settings_(settings),
      client_(client),
      turns_(turns),
      began_(context.clock.now()),
      standing_(context.leases, began_, [this] { return may_give_way(); }) {
  context_.planner.lent(settings_.name, client_.name());
  context_.log.write(settings_.name, fmt::format("Lent to {}.", client_.name()));
}

Lease::~Lease() {
  context_.planner.given_back(settings_.name);
  const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(context_.clock.now() - began_);
  context_.log.write(
      settings_.name,
      fmt::format("Lease of {} ended after {} s: {}; {} bytes to the modem, {} from it.", client_.name(),
                  lasted.count(), words_for(end_), client_.to_modem(), client_.from_modem()));
}

Task<LeaseEnd> Lease::run(line::Line& port, bool rings) {
  auto use = [&]() -> Task<> { end_ = co_await client_.use(port, rings); };
  co_await first_of(use(), watch_for_mail());
  co_return end_;
}

/// Never ends.
Task<> Lease::watch_for_mail() {
  for (;;) {
    co_await context_.clock.wait_for(mail_look);
    turns_.due();  // so that it is known since when mail has waited
    if (!standing_.is_to_give_way()) continue;
    turns_.is_taken_back();
    client_.recall(LeaseEnd::urgent_mail);
  }
}

bool Lease::may_give_way() const {
  return client_.yields_to_urgent_mail() && context_.planner.due_call(settings_) == Planner::Due::urgent_mail;
}

}  // namespace external::engine
