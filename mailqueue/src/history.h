#pragma once
// What happened to messages, in words.

#include "database.h"

namespace mailqueue {

void note(Database& database, MessageId message, Time now, std::string_view text);

/// The first addresses and how many more there are, so that a line stays a line.
std::string some_of(const std::vector<std::string>& addresses);
std::string some_of(const std::vector<Recipient>& recipients);

}  // namespace mailqueue
