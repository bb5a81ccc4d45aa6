#include "route_view.h"

#include "table.h"

#include <external/base/text.h>
#include <external/base/time_zone.h>
#include <external/config/way.h>
#include <external/engine/windows.h>

#include <fmt/format.h>

namespace external::commands {

namespace json = boost::json;

namespace {

using config::PostOffice;
using End = postoffice::Way::End;

std::string place(const config::Settings& settings, int line) {
  return fmt::format("{}:{}", settings.file.filename().string(), line);
}

RouteView::Step step_of(const config::Settings& settings, const std::string& name) {
  const auto* office = settings.find_post_office(name);
  const bool of_person = !settings.remote_user.empty();
  if (name == settings.home_po && !of_person) return {name, "this post office", "HomePO"};
  if (!office && of_person) return {name, "reached through " + settings.home_po, "RemoteUser"};
  if (!office) return {name, "unknown", ""};
  const auto where = place(settings, office->line_of("Route"));
  if (office->route == config::Route::indirect) return {name, "reached through " + office->hub, where};
  if (!office->deliver.empty()) {
    return {name, "handed over by " + config::describe(config::parse_way(office->deliver)),
            place(settings, office->line_of("Deliver"))};
  }
  return {name, "reached directly", where};
}

std::string trouble_of(const postoffice::Way& way) {
  const auto& last = way.steps.back();
  if (way.end == End::circle) return "the route goes round in a circle; give one of them Route = Direct";
  if (way.end != End::unknown) return {};
  if (way.steps.size() == 1) return "no route: there is no [PostOffice " + last + "] in external.ini; add it";
  return "no route: the hub " + last + " is unknown; add [PostOffice " + last + "] to external.ini";
}

std::vector<RouteView::Caller> callers_of(const config::Settings& settings, const PostOffice& office) {
  std::vector<RouteView::Caller> callers;
  for (const auto& name : office.instances) {
    const auto* instance = settings.find_instance(name);
    std::string obstacle;
    if (!instance) obstacle = "unknown";
    if (instance && instance->comm_disable) obstacle = "does not run (CommDisable)";
    if (instance && instance->comm_in_only) obstacle = "does not dial (CommInOnly)";
    callers.push_back({name, obstacle});
  }
  return callers;
}

/// When, from `from` on, `office` may be called.
std::optional<WallTime> first_open(const PostOffice& office, WallTime from) {
  const auto zone = system_zone();
  if (office.intervals.empty() || engine::opening_at(office.intervals, from, *zone)) return from;
  return engine::next_opening(office.intervals, from, *zone);
}

class Explainer {
 public:
  Explainer(const config::Settings& settings, const engine::Directory& directory,
            const mailqueue::Queue& queue)
      : settings_(settings), directory_(directory), queue_(queue) {}

  RouteView explain(const std::string& destination, const std::optional<control::Status>& status,
                    WallTime now) {
    const auto way = directory_.routes().way_to(destination);
    route_.destination = destination;
    route_.end = way.end;
    for (const auto& step : way.steps) route_.steps.push_back(step_of(settings_, step));
    route_.trouble = trouble_of(way);
    route_.largest_message = directory_.largest_message(destination);
    if (way.end == End::direct) add_next_hop(*settings_.find_post_office(way.steps.back()), status, now);
    return std::move(route_);
  }

 private:
  void add_next_hop(const PostOffice& office, const std::optional<control::Status>& status, WallTime now) {
    route_.next_hop = office.name;
    route_.is_called = office.can_be_called();
    route_.is_handed_over = !office.deliver.empty();
    route_.callers = callers_of(settings_, office);
    if (status) {
      for (const auto& line : status->lines) {
        if (line.peer == office.name) route_.in_call_on = line.instance;
      }
    }
    std::optional<WallTime> attempt;
    for (const auto& waiting : queue_.waiting()) {
      const auto next = directory_.routes().next_hop(waiting.destination);
      const auto* via = std::get_if<postoffice::Via>(&next);
      if (!via || via->post_office != office.name) continue;
      route_.waiting += waiting.messages;
      route_.waiting_bytes += waiting.bytes;
      attempt = std::min(attempt.value_or(WallTime::max()), waiting.next_attempt);
    }
    if (route_.is_handed_over) {
      route_.next_try = failed_until(queue_, office.name, attempt, now);
      return;
    }
    add_time(office, attempt, now);
  }

  static std::optional<WallTime> failed_until(const mailqueue::Queue& queue, const std::string& destination,
                                              std::optional<WallTime> attempt, WallTime now) {
    const auto failed = queue.call_record(destination);
    if (failed && failed->until > now) attempt = std::max(attempt.value_or(failed->until), failed->until);
    return attempt;
  }

  void add_time(const PostOffice& office, std::optional<WallTime> attempt, WallTime now) {
    const bool dials = std::any_of(route_.callers.begin(), route_.callers.end(),
                                   [](const auto& caller) { return caller.obstacle.empty(); });
    if (!office.can_be_called() || !dials) return;
    const bool pauses = attempt && *attempt > now;
    if (pauses) route_.may_call_why = "the pause after the last attempt";
    const auto earliest = pauses ? *attempt : now;
    route_.may_call_at = first_open(office, earliest);
    route_.may_call_now = route_.may_call_at && *route_.may_call_at <= now;
    if (route_.may_call_at != earliest)
      route_.may_call_why = "Intervals, " + place(settings_, office.line_of("Intervals"));
    if (office.regular) {
      route_.may_call_why += fmt::format(
          "{}at least {} after the last call, Regular, {}", route_.may_call_why.empty() ? "" : "; ",
          config::to_text(*office.regular), place(settings_, office.line_of("Regular")));
    }
  }

  const config::Settings& settings_;
  const engine::Directory& directory_;
  const mailqueue::Queue& queue_;
  RouteView route_;
};

std::string callers_text(const RouteView& route) {
  std::string text;
  for (const auto& caller : route.callers) {
    text += (text.empty() ? "" : ", ") + visible(caller.instance);
    if (!caller.obstacle.empty()) text += " " + caller.obstacle;
  }
  return text.empty() ? "none" : text;
}

std::string next_call_text(const RouteView& route) {
  if (!route.in_call_on.empty()) return "now: a call stands on " + visible(route.in_call_on);
  if (!route.is_called) return "never: it has no Phone or Address; mail waits until it calls";
  if (!route.may_call_at) return "never: no instance dials it; mail waits until it calls";
  const auto when = route.may_call_now ? "now" : "from " + local_time(route.may_call_at);
  return when + (route.may_call_why.empty() ? "" : " (" + route.may_call_why + ")");
}

}  // namespace

RouteView explain_route(const config::Settings& settings, const engine::Directory& directory,
                        const mailqueue::Queue& queue, const std::optional<control::Status>& status,
                        const std::string& destination, WallTime now) {
  return Explainer(settings, directory, queue).explain(destination, status, now);
}

std::string route_text(const RouteView& route) {
  Table table({"STEP", "HOW", "BECAUSE OF"});
  for (const auto& step : route.steps)
    table.add({visible(step.post_office), visible(step.text), step.where.empty() ? "-" : step.where});
  auto text = table.text();
  if (!route.exists()) return text + "No way: " + route.trouble + ".\n";
  if (route.next_hop.empty()) return text;
  if (route.is_handed_over) {
    text += fmt::format("{:<14} {}\n", "Next try",
                        route.next_try ? local_time(route.next_try) : "when mail comes");
  } else {
    text += fmt::format("{:<14} {}\n", "Called by", callers_text(route));
    text += fmt::format("{:<14} {}\n", "Next call", next_call_text(route));
  }
  text += fmt::format("{:<14} {} {}, {} bytes for {}\n", "Waiting", with_commas(route.waiting),
                      route.waiting == 1 ? "message" : "messages", with_commas(route.waiting_bytes),
                      route.next_hop);
  if (route.largest_message)
    text += fmt::format("{:<14} {}\n", "At most", config::size_text(*route.largest_message) + " a message");
  return text;
}

json::object to_json(const RouteView& route) {
  json::array steps;
  for (const auto& step : route.steps) {
    steps.push_back(
        json::object{{"post_office", step.post_office}, {"how", step.text}, {"because_of", step.where}});
  }
  json::array callers;
  for (const auto& caller : route.callers)
    callers.push_back(json::object{{"instance", caller.instance}, {"obstacle", caller.obstacle}});
  const auto optional_text = [](const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
  };
  return {
      {"destination", route.destination},
      {"exists", route.exists()},
      {"trouble", optional_text(route.trouble)},
      {"steps", std::move(steps)},
      {"next_hop", optional_text(route.next_hop)},
      {"called_by", std::move(callers)},
      {"in_call_on", optional_text(route.in_call_on)},
      {"handed_over", route.is_handed_over},
      {"next_try", route.next_try ? json::value(iso_time(*route.next_try)) : json::value(nullptr)},
      {"may_call_at", route.may_call_at ? json::value(iso_time(*route.may_call_at)) : json::value(nullptr)},
      {"may_call_why", optional_text(route.may_call_why)},
      {"waiting", route.waiting},
      {"waiting_bytes", route.waiting_bytes},
      {"largest_message",
       route.largest_message ? json::value(*route.largest_message) : json::value(nullptr)}};
}

}  // namespace external::commands
