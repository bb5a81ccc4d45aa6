#include "hand_overs.h"

#include <algorithm>

namespace external::engine {

HandOvers::HandOvers(Context& context, MakeOutlet make, HandOver::Tell tell)
    : context_(context),
      make_(make ? std::move(make) : real_outlets()),
      tell_(std::move(tell)),
      working_(context.executor) {}

MakeOutlet HandOvers::real_outlets() const {
  return [this](const WayOut& way) {
    const auto& settings = *context_.settings;
    const auto host =
        settings.domains.empty() ? postoffice::mail_domain(settings.home_po) : settings.domains.front();
    return outlet::make_outlet(way.way, host, context_.clock);
  };
}

bool HandOvers::One::goes(const WayOut& way) const {
  return hand_over.way().destination == way.destination && hand_over.way().way == way.way;
}

void HandOvers::use(const std::vector<WayOut>& all) {
  for (const auto& one : all_) {
    if (std::ranges::none_of(all, [&](const auto& way) { return one->goes(way); })) one->stop.set();
  }
  for (const auto& way : all) {
    const bool known =
        std::ranges::any_of(all_, [&](const auto& one) { return one->goes(way) && !one->stop.is_set(); });
    if (known) continue;
    all_.push_back(std::make_shared<One>(context_, way, make_, tell_));
    if (started_) working_.spawn(serve(all_.back()));
  }
}

void HandOvers::start() {
  started_ = true;
  for (const auto& one : all_) working_.spawn(serve(one));
}

void HandOvers::end() {
  ending_ = true;
  for (const auto& one : all_) one->stop.set();
}

Task<> HandOvers::serve(std::shared_ptr<One> one) {
  co_await one->hand_over.run(one->stop);
  if (!ending_) std::erase(all_, one);
}

void HandOvers::wake(const std::set<std::string>& destinations) {
  for (const auto& one : all_) {
    if (destinations.contains(one->hand_over.way().destination)) one->hand_over.wake();
  }
}

bool HandOvers::are_idle() const {
  return std::ranges::all_of(all_, [](const auto& one) { return one->hand_over.is_idle(); });
}

bool HandOvers::is_one_out_of_order() const {
  return std::ranges::any_of(all_, [](const auto& one) { return one->hand_over.is_out_of_order(); });
}

}  // namespace external::engine
