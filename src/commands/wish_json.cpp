#include "wish_json.h"

namespace external::commands {

namespace json = boost::json;

namespace {

bool flag(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && *value == true;
}

std::uint64_t number(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr ? json::value_to<std::uint64_t>(*value) : 0;
}

}  // namespace

json::object to_json(const CallWish& call) {
  const auto& wish = call.wish;
  json::object object;
  object["what"] = static_cast<unsigned>(wish.what);
  object["headers"] = wish.headers;
  object["unread"] = wish.unread;
  object["newest"] = wish.newest_first;
  object["max_size"] = wish.largest_item;
  object["limit"] = wish.most_bytes;
  object["delete"] = call.tell_deleted;
  auto& chosen = object["chosen"].emplace_array();
  for (const auto& [first, last] : wish.chosen.runs()) chosen.push_back(json::array{first, last});
  return object;
}

CallWish wish_from_json(const json::object& object) {
  CallWish call;
  auto& wish = call.wish;
  const auto what = number(object, "what");
  if (what == static_cast<std::uint64_t>(session::Wish::What::nothing))
    wish.what = session::Wish::What::nothing;
  if (what == static_cast<std::uint64_t>(session::Wish::What::chosen))
    wish.what = session::Wish::What::chosen;
  wish.headers = flag(object, "headers");
  wish.unread = flag(object, "unread");
  wish.newest_first = flag(object, "newest");
  wish.largest_item = number(object, "max_size");
  wish.most_bytes = number(object, "limit");
  call.tell_deleted = flag(object, "delete");
  const auto* chosen = object.if_contains("chosen");
  if (chosen == nullptr) return call;
  for (const auto& run : chosen->as_array()) {
    const auto& ends = run.as_array();
    wish.chosen.add(json::value_to<std::uint64_t>(ends.at(0)), json::value_to<std::uint64_t>(ends.at(1)));
  }
  return call;
}

}  // namespace external::commands
