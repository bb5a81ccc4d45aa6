#include "remote_call.h"
#include "remote_home.h"

#include <external/base/text.h>
#include <external/engine/held_items.h>
#include <external/engine/mailbox_items.h>

#include <charconv>
#include <ostream>
#include <set>

namespace external::commands {

namespace {

std::uint64_t number_from(std::string_view text) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size() || number == 0 ||
      number >= session::NumberSet::limit)
    throw Failure(Exit::usage,
                  "'" + visible(text) + "' is no number of an item; external remote list shows them");
  return number;
}

/// 12, or 12-15.
session::NumberSet numbers_from(const std::vector<std::string>& words) {
  session::NumberSet numbers;
  for (const auto& word : words) {
    const auto dash = word.find('-');
    const auto first = number_from(std::string_view(word).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : number_from(std::string_view(word).substr(dash + 1));
    if (last < first)
      throw Failure(Exit::usage, "'" + visible(word) + "' goes backwards; write the lower number first");
    numbers.add(first, last);
  }
  return numbers;
}

/// Of `chosen`, those that are known to be at the post office.
session::NumberSet known_there(const engine::HeldItems& held, const session::NumberSet& chosen) {
  session::NumberSet known;
  for (const auto& [name, item] : held.items) {
    if (item.number != 0 && chosen.contains(item.number)) known.add(item.number);
  }
  return known;
}

/// Of `chosen`, those that did not come.
std::string missing(const config::Settings& settings, const session::NumberSet& chosen) {
  const auto maildir = maildir_of_person(settings);
  std::set<std::string> here;
  for (const auto& item : engine::items_in(maildir)) here.insert(item.name);
  session::NumberSet came;
  for (const auto& [name, item] : engine::HeldItems(maildir).items) {
    if (item.number != 0 && here.contains(name)) came.add(item.number);
  }
  std::string list;
  for (const auto& [first, last] : chosen.runs()) {
    for (auto number = first; number <= last; ++number) {
      if (!came.contains(number)) list += (list.empty() ? "" : ", ") + std::to_string(number);
    }
  }
  return list;
}

Exit run_remote_fetch(Invocation& invocation) {
  if (invocation.operands().empty())
    throw Failure(Exit::usage, "name items: external remote fetch NUMBER...");
  const auto settings = load_person(invocation);
  const auto asked = numbers_from(invocation.operands());
  CallWish call;
  auto& wish = call.wish;
  wish.what = session::Wish::What::chosen;
  wish.chosen = known_there(engine::HeldItems(maildir_of_person(settings)), asked);
  if (wish.chosen.empty())
    throw Failure(Exit::data, "there is no such item at " + settings.home_po +
                                  "; external remote list shows those there are");
  const auto chosen = wish.chosen;
  if (missing(settings, chosen).empty()) {
    invocation.world.out << "here already\n";
    return Exit::ok;
  }
  call_for_mail(invocation, settings, call);
  const auto list = missing(settings, chosen);
  if (!list.empty()) throw Failure(Exit::unavailable, "not at " + settings.home_po + " any more: " + list);
  return Exit::ok;
}

}  // namespace

Command remote_fetch_command() {
  return {
      "remote fetch",
      {"NUMBER..."},
      "Call the post office for chosen items",
      {},
      "NUMBER is that of external remote list, or several as 12-15. An item of which only the header is "
      "here\n"
      "takes its place; one that was deleted here comes again. Ends with 0 if all have come, with 75 if the\n"
      "call failed, with 69 if the post office has an item no more.\n",
      run_remote_fetch};
}

}  // namespace external::commands
