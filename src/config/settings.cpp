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

const Instance* Settings::find_instance(std::string_view name) const {
  return find_named(instances, name);
}

const PostOffice* Settings::find_post_office(std::string_view name) const {
  return find_named(post_offices, name);
}

}  // namespace external::config
