#pragma once
// What happened to messages, in words.

#include "database.h"

#include <string>
#include <vector>

namespace mailqueue {

void note(Database& database, MessageId message, Time now, std::string_view text);

/// How a message came: the first line of its history. It is kept as a row only once the message has gone.
struct Origin {
  Time received{};
  std::string text;
};

Origin origin_of(Time received, const std::string& sender, std::uint64_t size, const std::string& key,
                 const std::vector<std::string>& addresses);

/// The last thing that happens to a message, and how it came.
void note_end(Database& database, MessageId message, Time now, std::string_view text, const Origin& origin);

/// The first addresses and how many more there are, so that a line stays a line.
std::string some_of(const std::vector<std::string>& addresses);

}  // namespace mailqueue
