#pragma once
// The queue as tables and as JSON.

#include <external/control/status.h>
#include <mailqueue/queue.h>

#include <boost/json.hpp>

namespace external::commands {

/// What waits for each destination, with the last error there was.
std::vector<control::QueueStatus> queue_by_destination(const mailqueue::Queue& queue);

/// Post offices whose last call failed.
std::vector<control::CallsStatus> failed_calls(const mailqueue::Queue& queue, WallTime now);

/// Empty if there are none.
std::string calls_table(const std::vector<control::CallsStatus>& calls);

std::string destinations_table(const std::vector<control::QueueStatus>& destinations);

/// One line about all of the queue: messages, bytes, held, in transfer.
std::string totals_line(const mailqueue::Totals& totals);

/// One line per message.
std::string messages_table(const std::vector<mailqueue::MessageView>& messages);

/// Everything about one message, for people.
std::string message_text(const mailqueue::MessageView& message);

/// What happened to a message, a line an event.
std::string history_text(const std::vector<mailqueue::Event>& history);

boost::json::array to_json(const std::vector<control::QueueStatus>& destinations);
boost::json::object to_json(const mailqueue::Totals& totals);
boost::json::object to_json(const mailqueue::MessageView& message);

}  // namespace external::commands
