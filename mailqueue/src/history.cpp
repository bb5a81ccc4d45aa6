#include "history.h"

#include <algorithm>
#include <iterator>

namespace mailqueue {

void note(Database& database, MessageId message, Time now, std::string_view text) {
  database.run("INSERT INTO history (message, time, text) VALUES (?, ?, ?)", message, now, text);
}

std::string some_of(const std::vector<std::string>& addresses) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, addresses.size()); ++i)
    text += (i == 0 ? "" : ", ") + addresses[i];
  if (addresses.size() > shown) text += " and " + std::to_string(addresses.size() - shown) + " more";
  return text;
}

std::string some_of(const std::vector<Recipient>& recipients) {
  std::vector<std::string> addresses;
  std::transform(recipients.begin(), recipients.end(), std::back_inserter(addresses),
                 [](const Recipient& recipient) { return recipient.address; });
  return some_of(addresses);
}

}  // namespace mailqueue
