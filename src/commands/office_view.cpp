#include "office_view.h"

#include "table.h"

#include <external/base/text.h>

#include <fmt/format.h>

#include <algorithm>

namespace external::commands {

namespace {

using config::PostOffice;
using config::Settings;
using control::LineStatus;
using control::OfficeStatus;
using control::Status;

constexpr int most_errors = 255;  // as R# always was (Q118448)
constexpr int most_hubs = 20;

/// The hub that mail for `office` goes to first, or itself; null if a hub is missing.
const PostOffice* first_hop(const Settings& settings, const PostOffice& office) {
  const PostOffice* hop = &office;
  for (int hubs = 0; hop != nullptr && hop->route == config::Route::indirect && hubs < most_hubs; ++hubs)
    hop = settings.find_post_office(hop->hub);
  return hop;
}

bool answers_by_modem(const Settings& settings) {
  return std::ranges::any_of(settings.instances, [](const config::Instance& instance) {
    return instance.comm_type == config::CommType::async && !instance.comm_out_only;
  });
}

bool is_over_modem(const Settings& settings, const PostOffice& hop) {
  if (!hop.deliver.empty() || hop.address) return false;
  if (hop.can_be_called()) return true;
  return answers_by_modem(settings);  // it calls us
}

template <class All, class Match>
auto find(const All& all, Match match) -> decltype(&*all.begin()) {
  const auto found = std::ranges::find_if(all, match);
  return found == all.end() ? nullptr : &*found;
}

/// Without the day if that is today.
std::string hour(WallTime time, WallTime now) {
  constexpr std::size_t day = 10;
  const auto text = local_time(time);
  return text.substr(0, day) == local_time(now).substr(0, day) ? text.substr(day + 1) : text;
}

/// What is known of one post office while its state is made out.
struct View {
  const Status& status;
  const PostOffice& office;
  const PostOffice* hop;
  const control::CallsStatus* calls;
  const control::QueueStatus* queue;
  std::vector<const LineStatus*> lines;  ///< that call it
};

bool is_working(const LineStatus& line) {
  static constexpr std::string_view out_of_order[] = {"DISABLED", "ABSENT",       "LOCKWAIT", "MODEMWAIT",
                                                      "WEDGED",   "INITIALISING", "STOPPED"};
  return std::ranges::find(out_of_order, line.state) == std::end(out_of_order);
}

bool has_call(const View& view) {
  return std::ranges::any_of(view.status.lines,
                             [&](const LineStatus& line) { return line.peer == view.hop->name; });
}

/// The last one since External started.
std::optional<WallTime> good_call(const View& view) {
  const auto* call =
      find(view.status.good_calls, [&](const auto& one) { return one.post_office == view.hop->name; });
  return call ? std::optional(call->time) : std::nullopt;
}

std::string waiting_text(const View& view) {
  if (!view.queue || view.queue->count == 0) return "nothing waits for it";
  std::string text = fmt::format("{} {}", with_commas(view.queue->count),
                                 view.queue->count == 1 ? "message waits" : "messages wait");
  if (!view.queue->next_attempt) return text;
  const bool now = *view.queue->next_attempt <= view.status.now;
  return text + (now ? ", due now" : ", due " + hour(*view.queue->next_attempt, view.status.now));
}

std::string failure_text(const control::CallsStatus& calls, WallTime now) {
  std::string why = calls.last_error.empty() ? calls.cause : calls.last_error;
  if (why.ends_with('.')) why.pop_back();
  std::string text = calls.failures > 1 ? fmt::format("failed {} times: {}", calls.failures, why) : why;
  if (calls.until)
    text += (calls.undialable ? "; left alone until " : "; not before ") + hour(*calls.until, now);
  return text;
}

void make_out(const View& view, OfficeStatus& office) {
  const auto is = [&](const char* state, std::string detail) {
    office.state = state;
    office.detail = std::move(detail);
  };
  if (view.hop == nullptr) return is("NO-REF", view.office.hub + ", its hub, is not in external.ini");
  if (view.queue && view.queue->held) return is("HELD", "held by an administrator; r releases it");
  if (view.status.disk == "FULL") return is("FULL", "the disk is full; no mail is taken");
  const bool is_called = view.hop->can_be_called() && view.hop->deliver.empty();
  if (is_called &&
      std::ranges::all_of(view.lines, [](const auto* line) { return line->state == "DISABLED"; }))
    return is("NO-REF", "no line that runs calls it; see Instance and CommDisable");
  if (view.calls && view.calls->undialable) return is("FAILED", failure_text(*view.calls, view.status.now));
  if (is_called && std::ranges::none_of(view.lines, [](const auto* line) { return is_working(*line); })) {
    const LineStatus& line = *view.lines.front();
    return is("UNINIT",
              line.instance + " is " + line.state + (line.detail.empty() ? "" : ": " + line.detail));
  }
  if (view.calls) return is("ERROR", failure_text(*view.calls, view.status.now));
  const auto good = good_call(view);
  const std::string last = good ? "; last good call " + hour(*good, view.status.now) : std::string();
  is(good || has_call(view) ? "OK" : "START", waiting_text(view) + last);
}

std::vector<const LineStatus*> lines_that_call(const Status& status, const PostOffice& hop) {
  std::vector<const LineStatus*> lines;
  for (const auto& line : status.lines) {
    if (hop.called_by(line.instance)) lines.push_back(&line);
  }
  return lines;
}

}  // namespace

std::vector<OfficeStatus> office_statuses(const Settings& settings, const Status& status) {
  std::vector<OfficeStatus> all;
  for (const auto& one : settings.post_offices) {
    const PostOffice* hop = first_hop(settings, one);
    OfficeStatus office;
    office.post_office = one.name;
    office.serial = static_cast<unsigned>(all.size() + 1);
    if (hop != nullptr) office.modem = is_over_modem(settings, *hop);
    if (hop != nullptr && hop != &one) office.hub = hop->name;
    if (hop != nullptr) office.instances = hop->instances;
    View view{status, one, hop, nullptr, nullptr, {}};
    view.queue = find(status.queue, [&](const auto& queue) { return queue.destination == one.name; });
    if (hop != nullptr) {
      view.calls = find(status.calls, [&](const auto& calls) { return calls.post_office == hop->name; });
      view.lines = lines_that_call(status, *hop);
    }
    if (view.calls) office.errors = static_cast<unsigned>(std::clamp(view.calls->failures, 0, most_errors));
    make_out(view, office);
    all.push_back(std::move(office));
  }
  return all;
}

const PostOffice& office_to_call(const Settings& settings, const std::string& name) {
  const auto* office = settings.find_post_office(name);
  if (office == nullptr) throw std::runtime_error("unknown post office " + visible(name));
  const auto* hop = first_hop(settings, *office);
  if (hop == nullptr)
    throw std::runtime_error(name + " is reached through a hub that is not in external.ini");
  if (!hop->deliver.empty())
    throw std::runtime_error("mail for " + hop->name + " is handed over, not called for");
  if (!hop->can_be_called())
    throw std::runtime_error(hop->name + " has neither Phone nor Address in external.ini; it calls us");
  return *hop;
}

}  // namespace external::commands
