#pragma once
// Connections to other computers.

#include <external/base/clock.h>

namespace external {

/// Connects to `host`:`port`, names or numbers, the first of its addresses that answers. Names are looked up
/// off this thread. timed_out at the deadline. Cancelled like any Asio operation.
Task<Result<asio::ip::tcp::socket>> connect_socket(const std::string& host, const std::string& port,
                                                   Clock& clock, TimePoint deadline);

}  // namespace external
