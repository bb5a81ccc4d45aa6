#pragma once
// Connecting, for the lines that run over TCP.

#include <external/base/async.h>
#include <external/base/clock.h>

namespace external::line {

/// A connection to `host`:`port`. The name is looked up off this thread.
Task<Result<asio::ip::tcp::socket>> connect_socket(const std::string& host, const std::string& port,
                                                   Clock& clock, TimePoint deadline);

}  // namespace external::line
