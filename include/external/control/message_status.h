#pragma once
// Messages of the queue, as a screen lists them.

#include <external/base/clock.h>

#include <boost/json/fwd.hpp>

namespace external::control {

struct MessageStatus {
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;  ///< of content
  std::optional<WallTime> accepted{};
  std::string priority{};     ///< urgent, normal, low
  std::string state{};        ///< queued, held, in transfer, quarantined; several with commas
  std::string from{};         ///< empty for a notice
  std::string to{};           ///< its first recipient here
  std::uint64_t others = 0;   ///< more of them
  std::string destination{};  ///< of the first one
  std::uint64_t tries = 0;    ///< of the first one
  std::optional<WallTime> next_attempt{};
  std::string last_error{};  ///< empty: none; for a damaged message what is wrong with it

  bool operator==(const MessageStatus&) const = default;
};

/// Messages in the order in which they were accepted here.
struct MessagePage {
  std::vector<MessageStatus> messages;
  bool more = false;  ///< others come behind them

  bool operator==(const MessagePage&) const = default;
};

/// {"messages":[...],"more":false}
boost::json::object to_json(const MessagePage& page);

/// The reverse; what is missing keeps its default. Throws boost::system::system_error if a value has the
/// wrong type.
MessagePage page_from_json(const boost::json::object& object);

}  // namespace external::control
