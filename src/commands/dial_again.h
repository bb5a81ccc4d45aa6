#pragma once
// Ending the pause of a post office whose calls failed. A running External has to be told (tell_news).

#include <external/base/clock.h>
#include <external/config/settings.h>
#include <mailqueue/queue.h>

namespace external::commands {

struct DialledAgain {
  std::optional<mailqueue::CallRecord> failed;  ///< what is forgotten now
  std::size_t recipients = 0;                   ///< whose mail is due now and was not before
};

/// All mail whose next post office is `hop` is due now, and nothing keeps it from being called.
DialledAgain dial_again(const config::Settings& settings, mailqueue::Queue& queue, const std::string& hop,
                        WallTime now);

/// The same for the next post offices of one message, but for mail of others: their pauses end.
void dial_again_for(const config::Settings& settings, mailqueue::Queue& queue, mailqueue::MessageId message);

}  // namespace external::commands
