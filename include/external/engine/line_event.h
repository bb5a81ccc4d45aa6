#pragma once
// Something has happened to a line that somebody should know. docs/instances.md

#include <external/engine/report.h>

namespace external::engine {

struct LineEvent {
  std::string name;  ///< "absent", "locked", "waiting", "wedged", "disabled", "returned", "recovered"
  std::string instance;
  std::string port;
  LineState state{};
  std::string text;  ///< the sentence of that state
};

/// Lives as long as somebody wants to be told of events. May outlive the engine.
using EventSubscription = std::shared_ptr<void>;

}  // namespace external::engine
