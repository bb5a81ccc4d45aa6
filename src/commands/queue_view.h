#pragma once
// The queue as tables and as JSON.

#include <external/control/status.h>
#include <mailqueue/queue.h>

#include <boost/json.hpp>

namespace external::commands {

/// What waits for each destination, with the last error there was, and what is set aside.
std::vector<control::QueueStatus> queue_by_destination(const mailqueue::Queue& queue);

/// Post offices whose last call failed.
std::vector<control::CallsStatus> failed_calls(const mailqueue::Queue& queue, WallTime now);

/// Empty if there are none.
std::string calls_table(const std::vector<control::CallsStatus>& calls);

std::string destinations_table(const std::vector<control::QueueStatus>& destinations);

/// One line about all of the queue. `empty`: there is no message at all, not even on its way.
std::string summary_line(const std::vector<control::QueueStatus>& destinations, bool empty);

/// Of the recipients of a message, each once: "queued, held".
std::string states_of(const mailqueue::MessageView& message);

/// One line per message; a head above them only for the first part of a long list.
std::string messages_table(const std::vector<mailqueue::MessageView>& messages, bool head);

/// Everything about one message, for people. `held`: destinations that are held as a whole.
std::string message_text(const mailqueue::MessageView& message, const std::vector<mailqueue::HeldName>& held);

/// What happened to a message, a line an event.
std::string history_text(const std::vector<mailqueue::Event>& history);

boost::json::object to_json(const control::QueueStatus& destination);
boost::json::object to_json(const mailqueue::MessageView& message);

}  // namespace external::commands
