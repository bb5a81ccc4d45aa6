#include "remote_call.h"

#include "one_call.h"
#include "remote_home.h"

#include <external/config/values.h>
#include <external/engine/held_items.h>

#include <fmt/ostream.h>

#include <iostream>

namespace external::commands {

namespace {

std::string items(std::uint64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "item" : "items");
}

std::string without_end(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

void call_for_mail(Invocation& invocation, const config::Settings& settings, const CallWish& wish) {
  const auto& office = *settings.find_post_office(settings.home_po);
  auto answer = ask_running_for_call(settings, office.name, invocation.world.err, {{"wish", to_json(wish)}});
  if (!answer) {
    engine::EngineOptions options;
    options.wish = wish.wish;
    options.tell_deleted = wish.tell_deleted;
    answer = make_one_call(settings, office, invocation.world.clock, std::move(options));
  }
  const auto& report = *answer;
  if (!report.ok)
    throw Failure(Exit::try_later, "call to " + office.name + ": " + without_end(report.text) +
                                       "; what has come stays, the next call goes on from there");
  auto& out = invocation.world.out;
  out << report.text << "\n";
  const engine::HeldItems held(maildir_of_person(settings));
  if (held.left > 0)
    fmt::print(out, "{}, {} bytes, are left at {} for another call\n", items(held.left), held.left_bytes,
               office.name);
}

}  // namespace external::commands
