#include "history.h"

#include <algorithm>

namespace mailqueue {

void note(Database& database, MessageId message, Time now, std::string_view text) {
  database.run("INSERT INTO history (message, time, text) VALUES (?, ?, ?)", message, now, text);
}

Origin origin_of(Time received, const std::string& sender, std::uint64_t size, const std::string& key,
                 const std::vector<std::string>& addresses) {
  return {received, "accepted from " + (sender.empty() ? std::string("nobody (a notice)") : sender) + ", " +
                        std::to_string(size) + " bytes, key " + key + ", for " + some_of(addresses)};
}

void note_end(Database& database, MessageId message, Time now, std::string_view text, const Origin& origin) {
  database.run("INSERT INTO history (message, time, text, received, origin) VALUES (?, ?, ?, ?, ?)", message,
               now, text, origin.received, origin.text);
}

std::string some_of(const std::vector<std::string>& addresses) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, addresses.size()); ++i)
    text += (i == 0 ? "" : ", ") + addresses[i];
  if (addresses.size() > shown) text += " and " + std::to_string(addresses.size() - shown) + " more";
  return text;
}

}  // namespace mailqueue
