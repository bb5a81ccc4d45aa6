#include "status_members.h"

namespace external::control {

namespace json = boost::json;

json::object to_json(const Status& status) {
  return object_of(status);
}

Status status_from_json(const json::object& object) {
  Status status;
  take_members(object, status);
  return status;
}

json::array to_json(const std::vector<ShareStatus>& shares) {
  return value_of(shares).as_array();
}

std::vector<ShareStatus> shares_from_json(const json::object& status) {
  std::vector<ShareStatus> shares;
  take(status, "shares", shares);
  return shares;
}

json::object to_json(const MessagePage& page) {
  return object_of(page);
}

MessagePage page_from_json(const json::object& object) {
  MessagePage page;
  take_members(object, page);
  return page;
}

}  // namespace external::control
