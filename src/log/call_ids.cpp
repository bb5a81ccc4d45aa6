#include <external/log/call_ids.h>

#include <algorithm>

namespace external::log {

std::string CallIds::next(WallTime now) {
  constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  last_ = std::max<std::int64_t>(last_ + 1, seconds);
  std::string id(6, '0');
  auto rest = static_cast<std::uint64_t>(last_);
  for (auto place = id.rbegin(); place != id.rend(); ++place, rest /= letters.size())
    *place = letters[rest % letters.size()];
  return id;
}

}  // namespace external::log
