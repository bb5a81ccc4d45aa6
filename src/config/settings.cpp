#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/config/settings.h>

#include <algorithm>

namespace external::config {

namespace {

template <class Item>
const Item* find_named(const std::vector<Item>& items, std::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Item& item) { return equal_no_case(item.name, name); });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

int line_of(const Given& given, std::string_view section, std::string_view setting) {
  const auto found = given.find(section);
  if (found == given.end()) return 0;
  const auto value = found->second.find(setting);
  return value == found->second.end() ? 0 : value->second.line;
}

std::string Instance::origin_of(std::string_view setting) const {
  const auto found = origins.find(setting);
  return found == origins.end() ? "default" : found->second;
}

int PostOffice::line_of(std::string_view setting) const {
  const auto found = lines.find(setting);
  return found == lines.end() ? line : found->second;
}

bool PostOffice::called_by(std::string_view instance) const {
  return std::any_of(instances.begin(), instances.end(),
                     [&](const std::string& one) { return equal_no_case(one, instance); });
}

bool Share::fits(const Instance& instance) const {
  if (!guarded("R20")) return instance.comm_type == CommType::async;
  return instance.comm_type == CommType::async && !instance.holds_port_for_calls_only() &&
         instance.async_speed >= lowest_speed &&
         (modem_class.empty() || equal_no_case(modem_class, instance.modem_class)) &&
         (script.empty() || equal_no_case(script, instance.comm_script));
}

int Settings::line_of(std::string_view setting) const {
  const auto found = lines.find(setting);
  return found == lines.end() ? 0 : found->second;
}

std::string Settings::gateway_office() const {
  try {
    return parse_post_office_name(gateway);
  } catch (const BadValue&) {
    return {};
  }
}

const Instance* Settings::find_instance(std::string_view name) const {
  return find_named(instances, name);
}

const PostOffice* Settings::find_post_office(std::string_view name) const {
  return find_named(post_offices, name);
}

}  // namespace external::config
