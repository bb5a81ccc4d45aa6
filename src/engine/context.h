#pragma once
// What every instance of one engine shares.

#include "key_ring.h"
#include "mail_store.h"
#include "planner.h"

#include <external/engine/engine.h>
#include <external/log/log.h>
#include <external/modem/script.h>

namespace external::engine {

struct Context {
  asio::any_io_executor executor;
  Clock& clock;
  const config::Settings& settings;
  log::Log& log;
  MailStore& store;
  KeyRing& keys;
  Planner& planner;
  bool answer_calls = true;
  std::function<void()> look_again;              ///< the queue has changed
  std::map<std::string, modem::Script> scripts;  ///< compiled, by name in capitals
  OpenLine open_line;                            ///< where ports come from; empty: from this computer
};

}  // namespace external::engine
