#pragma once
// What every instance of one engine shares.

#include "back_off.h"
#include "event_desk.h"
#include "key_ring.h"
#include "mail_store.h"
#include "planner.h"
#include "rooms.h"
#include "scripts.h"
#include "standing_calls.h"
#include "standing_leases.h"

#include <external/engine/engine.h>
#include <external/log/call_ids.h>
#include <external/log/log.h>

namespace external::engine {

struct Context {
  asio::any_io_executor executor;
  Clock& clock;
  std::shared_ptr<const config::Settings> settings;  ///< those that hold now; keep it while you use it
  log::Log& log;
  log::MailLogs& mail_logs;
  MailStore& store;
  KeyRing& keys;
  Planner& planner;
  link::Dictionaries dictionaries;  ///< for compression
  bool answer_calls = true;
  std::function<void()> look_again;  ///< the queue has changed
  ScriptSet scripts;                 ///< compiled, by name in capitals
  OpenLine open_line{};              ///< where ports come from; empty: from this computer
  Random random = system_random();   ///< for pauses that must not be the same at both ends
  StandingCalls calls{};             ///< that can be hung up
  StandingLeases leases{};
  std::function<void()> mail_arrived{};  ///< the queue has changed, and more may come; empty: look_again
  std::map<std::string, WallTime> good_calls{};  ///< when one with this post office last ended well
  CollectionWish collect{};                      ///< on the machine of a person: what its calls ask for
  log::CallIds call_ids{};                       ///< of what calls are named in the logs
  Lender* lender = nullptr;                      ///< who has borrowers waiting; null: nobody
  RunCommand run_command{};                      ///< for PowerCommand
};

}  // namespace external::engine
