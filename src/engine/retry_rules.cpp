#include "retry_rules.h"

#include <external/base/guard.h>

#include <algorithm>

namespace external::engine {

using config::BackOff;
using config::RetryRules;
using modem::ReturnCode;

namespace {

constexpr bool yes = true;
constexpr bool no = false;

// clang-format off
constexpr RetryRule rules[] = {
    //                                                 3.2  2.1  time blames
    {Ending::no_carrier,     Cause::no_carrier,        yes, yes, yes, yes},
    {Ending::error,          Cause::local,             yes, yes, yes, no},
    {Ending::no_dialtone,    Cause::no_dialtone,       yes, yes, yes, no},
    {Ending::busy,           Cause::busy,              yes, yes, no,  yes},
    {Ending::no_answer,      Cause::no_answer,         yes, no,  no,  yes},
    {Ending::dial_reject,    Cause::rejected,          no,  no,  no,  no},
    {Ending::line_failed,    Cause::local,             no,  no,  no,  no},
    {Ending::nobody_there,   Cause::no_answer,         yes, no,  no,  yes},
    {Ending::no_network,     Cause::no_dialtone,       no,  no,  no,  no},
    {Ending::turned_away,    Cause::busy,              yes, yes, no,  yes},
    {Ending::refused,        Cause::refused,           yes, yes, yes, yes},
    {Ending::broke_protocol, Cause::protocol,          yes, yes, yes, yes},
    {Ending::silent,         Cause::protocol,          yes, yes, yes, yes},
    {Ending::carrier_lost,   Cause::no_carrier,        yes, yes, yes, yes},
    {Ending::broken,         Cause::no_carrier,        no,  no,  no,  no},
    {Ending::trouble_here,   Cause::local,             no,  no,  no,  no},
    {Ending::hung_up,        std::nullopt,             no,  no,  no,  no},
    {Ending::call_waiting,   std::nullopt,             no,  no,  no,  no},
    {Ending::put_back,       std::nullopt,             no,  no,  no,  no},
};
// clang-format on

/// A back-off in multiples of RetryInterval.
struct Default {
  int first;
  double factor;
  int longest;
  unsigned jitter;
};

/// The reasons are in docs/retries.md.
constexpr Default default_after(Cause cause) {
  switch (cause) {
    case Cause::busy:
      return {1, 1.5, 10, 100};
    case Cause::no_dialtone:
      return {1, 1.5, 10, 50};
    case Cause::refused:
      return {5, 2, 120, 20};
    case Cause::protocol:
      return {2, 2, 30, 100};
    case Cause::local:
      return {1, 2, 5, 20};
    case Cause::no_answer:
    case Cause::no_carrier:
    case Cause::rejected:
      break;
  }
  return {1, 2, 15, 100};
}

std::optional<BackOff> setting_for(Cause cause, const config::RetryPauses& pauses) {
  switch (cause) {
    case Cause::busy:
      return pauses.busy;
    case Cause::no_answer:
      return pauses.no_answer;
    case Cause::no_carrier:
      return pauses.no_carrier;
    case Cause::no_dialtone:
      return pauses.no_dialtone;
    case Cause::refused:
      return pauses.refused;
    case Cause::protocol:
      return pauses.protocol;
    case Cause::local:
      return pauses.local;
    case Cause::rejected:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::busy:
      return "busy";
    case Cause::no_answer:
      return "no answer";
    case Cause::no_carrier:
      return "no carrier";
    case Cause::no_dialtone:
      return "no dial tone";
    case Cause::refused:
      return "refused";
    case Cause::protocol:
      return "protocol";
    case Cause::local:
      return "local";
    case Cause::rejected:
      return "rejected";
  }
  return "unknown";
}

const RetryRule& rule_of(Ending ending) {
  return *std::find_if(std::begin(rules), std::end(rules),
                       [ending](const RetryRule& rule) { return rule.ending == ending; });
}

bool uses_up_a_try(Ending ending, RetryRules which) {
  const auto& rule = rule_of(ending);
  if (!guarded("R42")) return true;
  if (which == RetryRules::v2_1) return rule.counts_2_1;
  return which == RetryRules::time ? rule.counts_time : rule.counts_3_2;
}

bool is_fault_of_this_end(Ending ending) {
  const auto cause = rule_of(ending).cause;
  return cause == Cause::no_dialtone || cause == Cause::local || cause == Cause::rejected;
}

Ending ending_of(ReturnCode code) {
  switch (code) {
    case ReturnCode::no_carrier:
      return Ending::no_carrier;
    case ReturnCode::no_dialtone:
      return Ending::no_dialtone;
    case ReturnCode::busy:
      return Ending::busy;
    case ReturnCode::no_answer:
      return Ending::no_answer;
    case ReturnCode::dial_reject:
      return Ending::dial_reject;
    default:
      return Ending::error;
  }
}

BackOff back_off_after(Cause cause, const config::Instance& instance) {
  const auto interval = instance.retry_interval;
  // A modem that has blacklisted a number only adds to the ban when it is asked again (Q258838).
  if (guarded("R43") && cause == Cause::rejected) {
    const auto pause = std::max(instance.reject_pause, interval);
    return {pause, 1, pause, 100};
  }
  if (const auto set = setting_for(cause, instance.retry_pauses)) return *set;
  const auto made = default_after(cause);
  return {made.first * interval, made.factor, made.longest * interval, made.jitter};
}

}  // namespace external::engine
