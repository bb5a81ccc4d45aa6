#include "dial_again.h"
#include "home.h"

#include <external/base/text.h>
#include <external/engine/report.h>

#include <fmt/format.h>

#include <iostream>

namespace external::commands {

namespace {

std::vector<std::string> ways_out_of_home(const config::Settings& settings) {
  std::vector<std::string> destinations;
  const auto known = directory(settings);
  for (const auto& way : known.ways_out().all()) {
    if (way.post_office.empty()) destinations.push_back(way.destination);
  }
  if (destinations.empty()) {
    throw Failure(Exit::usage, settings.home_po +
                                   " is this post office itself, and none of its mail leaves by a way out "
                                   "(Deliver, Gateway); name another one");
  }
  return destinations;
}

/// What is tried again for `name`: the post office that is dialled, or the ways out of the home post office.
std::vector<std::string> hops_for(const config::Settings& settings, const std::string& name) {
  if (equal_no_case(name, settings.home_po)) return ways_out_of_home(settings);
  const auto* office = settings.find_post_office(name);
  if (office == nullptr) {
    std::vector<std::string> known;
    for (const auto& other : settings.post_offices) known.push_back(other.name);
    const auto near = nearest(to_upper(name), known);
    throw Failure(Exit::no_host,
                  "unknown post office " + visible(name) +
                      (near.empty() ? "; external.ini has no section [PostOffice " + visible(name) + "]"
                                    : "; did you mean " + near + "?"));
  }
  const auto next = directory(settings).routes().next_hop(office->name);
  const auto* via = std::get_if<postoffice::Via>(&next);
  return {via ? via->post_office : office->name};
}

std::string said(const std::string& hop, const DialledAgain& again) {
  const auto due = again.recipients == 0
                       ? std::string("nothing waited for a later attempt")
                       : fmt::format("mail for {} {} is due now", with_commas(again.recipients),
                                     again.recipients == 1 ? "recipient" : "recipients");
  if (!again.failed || again.failed->failures == 0) return hop + ": " + due + ".";
  const bool one = again.failed->failures == 1;
  if (again.failed->cause == engine::way_out_cause) {
    return fmt::format("{}: {}; {} failed {} forgotten.", hop, due, again.failed->failures,
                       one ? "try is" : "tries are");
  }
  return fmt::format("{}: {}; {} failed {} forgotten, the last by {}.", hop, due, again.failed->failures,
                     one ? "call is" : "calls are", again.failed->cause);
}

Exit run_retry(Invocation& invocation) {
  if (invocation.operands().empty()) throw Failure(Exit::usage, "write: external retry NETWORK/POSTOFFICE");
  const auto settings = load_settings(invocation);
  std::vector<std::string> hops;
  for (const auto& name : invocation.operands()) {
    for (auto& hop : hops_for(settings, name)) hops.push_back(std::move(hop));
  }
  auto queue = open_queue(settings);
  for (const auto& hop : hops)
    invocation.world.out << said(hop, dial_again(settings, queue, hop, invocation.now())) << "\n";
  tell_news(settings);
  return Exit::ok;
}

}  // namespace

Command retry_command() {
  return {
      "retry",
      {"NETWORK/POSTOFFICE..."},
      "Dial a post office again whose calls failed",
      {},
      "Ends the pause after failed calls, also of a post office that is undialable, and makes its mail\n"
      "due now. Within its Intervals a running External then calls it; see external call for a call at\n"
      "any time. For a post office behind a hub it is the hub that is dialled again. Mail that is handed\n"
      "over (Deliver) is handed over again; that of mailboxes here is meant by the name of this post "
      "office.\n",
      run_retry};
}

}  // namespace external::commands
