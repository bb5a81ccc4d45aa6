#pragma once
// Telling senders that their mail waits. docs/notices.md, "Delay warnings".

#include <external/postoffice/delivery.h>

#include <chrono>
#include <string>
#include <vector>

namespace external::postoffice {

/// How long mail waits here before its sender is told; rising. Empty: it is never told.
struct WarningSteps {
  std::vector<std::chrono::seconds> normal;  ///< and of low priority
  std::vector<std::chrono::seconds> urgent;
};

struct Warnings {
  std::vector<DeliveryEvent> events;
  std::string trouble;  ///< of a message whose sender could not be told; the others were
};

/// Tells the senders of at most `limit` messages that have waited for a step they were not told of. Each step
/// is told once, whatever happens between. Throws mailqueue::Error when the queue itself fails.
Warnings warn_of_delays(mailqueue::Queue& queue, const AddressBook& book, const WarningSteps& steps,
                        WallTime now, std::size_t limit);

}  // namespace external::postoffice
