#pragma once
// A call that a command makes itself, or has a running External make.

#include <external/config/settings.h>
#include <external/engine/engine.h>

#include <boost/json/object.hpp>

#include <iosfwd>
#include <optional>

namespace external::commands {

/// Serves the post office for the time of one call to `office`, with `options` besides. Throws Failure
/// (unavailable) if an External runs for it already.
engine::CallReport make_one_call(const config::Settings& settings, const config::PostOffice& office,
                                 Clock& clock, engine::EngineOptions options = {});

/// Has the External that runs for this post office make the call, and waits for its end; who has to be waited
/// for is said on `err`. `request` are more members for the request. Nothing if none runs.
std::optional<engine::CallReport> ask_running_for_call(const config::Settings& settings,
                                                       const std::string& office, std::ostream& err,
                                                       boost::json::object request = {});

}  // namespace external::commands
