#include "json_members.h"

#include <external/control/message_status.h>

namespace external::control {

namespace json = boost::json;

namespace {

json::object message_object(const MessageStatus& message) {
  return {{"id", message.id},
          {"bytes", message.bytes},
          {"accepted", time_value(message.accepted)},
          {"priority", message.priority},
          {"state", message.state},
          {"from", message.from},
          {"to", message.to},
          {"others", message.others},
          {"destination", message.destination},
          {"tries", message.tries},
          {"next_attempt", time_value(message.next_attempt)},
          {"last_error", message.last_error}};
}

MessageStatus message_from(const json::object& object) {
  MessageStatus message;
  take(object, "id", message.id);
  take(object, "bytes", message.bytes);
  take(object, "accepted", message.accepted);
  take(object, "priority", message.priority);
  take(object, "state", message.state);
  take(object, "from", message.from);
  take(object, "to", message.to);
  take(object, "others", message.others);
  take(object, "destination", message.destination);
  take(object, "tries", message.tries);
  take(object, "next_attempt", message.next_attempt);
  take(object, "last_error", message.last_error);
  return message;
}

}  // namespace

json::object to_json(const MessagePage& page) {
  json::array messages;
  for (const auto& message : page.messages) messages.push_back(message_object(message));
  return {{"messages", std::move(messages)}, {"more", page.more}};
}

MessagePage page_from_json(const json::object& object) {
  MessagePage page;
  for (const auto& value : items(object, "messages"))
    page.messages.push_back(message_from(json::value_to<json::object>(value)));
  take(object, "more", page.more);
  return page;
}

}  // namespace external::control
