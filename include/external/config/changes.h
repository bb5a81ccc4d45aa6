#pragma once
// What differs between the settings that External runs with and those it is to run with.
// docs/configuration.md

#include <external/config/settings.h>

#include <string>
#include <string_view>
#include <vector>

namespace external::config {

/// When a change takes effect in an External that runs. None of them ends a call of ours.
enum class Effect {
  at_once,
  next_call,   ///< calls that stand go on as they began
  next_lease,  ///< so do leases
  line,        ///< the line starts anew, or ends, as soon as its call is over
  restart,     ///< when External is started again
};

/// One setting, or a section as a whole, that is not what it was.
struct Change {
  enum class Kind { added, removed, changed };

  std::string section;  ///< as config::Given has it
  std::string setting;  ///< as options.cpp declares it; empty: the section as a whole came or went
  Kind kind = Kind::changed;
  Effect effect = Effect::at_once;

  bool operator==(const Change&) const = default;
};

/// By section, then by setting. Where a value stands in the file makes no difference, nor whether it is in a
/// section of its own or comes from [External]; another spelling of the same value does. The content of a
/// PasswordFile counts. If HomePO or RemoteUser is another one, all of it needs a restart.
std::vector<Change> compare(const Settings& running, const Settings& wanted);

/// One line for people, without any value: "PostOffice SOUTH/HUB: Phone changed; holds from the next call
/// on."
std::string to_string(const Change& change);

/// `wanted` as far as it takes effect without a restart; the rest as it is in `running`.
Settings applicable(const Settings& running, Settings wanted);

/// `running` with the instance `name` as `wanted` has it, which may be new or gone; all else stays. The name
/// is that of `wanted`, or of `running` if it is gone.
Settings with_instance(Settings running, const Settings& wanted, std::string_view name);

}  // namespace external::config
