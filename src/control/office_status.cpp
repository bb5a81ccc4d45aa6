#include "json_members.h"

#include <external/control/office_status.h>

namespace external::control {

namespace json = boost::json;

namespace {

OfficeStatus office_from(const json::object& object) {
  OfficeStatus office;
  take(object, "post_office", office.post_office);
  take(object, "serial", office.serial);
  take(object, "modem", office.modem);
  take(object, "hub", office.hub);
  take(object, "instances", office.instances);
  take(object, "state", office.state);
  take(object, "errors", office.errors);
  take(object, "detail", office.detail);
  return office;
}

}  // namespace

json::array to_json(const std::vector<OfficeStatus>& offices) {
  json::array array;
  for (const auto& office : offices) {
    array.push_back(json::object{{"post_office", office.post_office},
                                 {"serial", office.serial},
                                 {"modem", office.modem},
                                 {"hub", office.hub},
                                 {"instances", json::value_from(office.instances)},
                                 {"state", office.state},
                                 {"errors", office.errors},
                                 {"detail", office.detail}});
  }
  return array;
}

std::vector<OfficeStatus> offices_from_json(const json::object& status) {
  std::vector<OfficeStatus> offices;
  for (const auto& value : items(status, "post_offices"))
    offices.push_back(office_from(json::value_to<json::object>(value)));
  return offices;
}

}  // namespace external::control
