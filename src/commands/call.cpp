#include "home.h"
#include "one_call.h"

#include <external/base/text.h>

#include <iostream>

namespace external::commands {

namespace {

const config::PostOffice& find_office(const config::Settings& settings, const std::string& name) {
  const auto* office = settings.find_post_office(name);
  if (office == nullptr) {
    throw Failure(Exit::no_host, "unknown post office " + visible(name) + "; add [PostOffice " +
                                     visible(name) + "] to " + settings.file.string());
  }
  if (office->route == config::Route::indirect)
    throw Failure(Exit::no_host, office->name + " is reached through " + office->hub + "; call that instead");
  if (!office->can_be_called())
    throw Failure(Exit::no_host, office->name + " has neither Phone nor Address in " +
                                     settings.file.string() + "; it calls us");
  return *office;
}

Exit run_call(Invocation& invocation) {
  if (invocation.operands().size() != 1)
    throw Failure(Exit::usage, "write: external call NETWORK/POSTOFFICE");
  const auto settings = load_settings(invocation);
  const auto& office = find_office(settings, invocation.operands().front());
  auto report = ask_running_for_call(settings, office.name, invocation.world.err);
  if (!report) report = make_one_call(settings, office, invocation.world.clock);
  if (!report->ok) throw Failure(Exit::try_later, "call to " + office.name + ": " + report->text);
  invocation.world.out << report->text << "\n";
  return Exit::ok;
}

}  // namespace

Command call_command() {
  return {"call",
          {"NETWORK/POSTOFFICE"},
          "Call a post office now and wait for the end of the call",
          {},
          "A running External makes the call as soon as a line is free, and this command says who holds the "
          "lines\n"
          "until then; without a running External this command makes the call. Ends with 0 if the session\n"
          "ended well, with 75 otherwise.\n",
          run_call};
}

}  // namespace external::commands
