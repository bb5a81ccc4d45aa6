#pragma once
// One client that asks for the page.

#include <external/base/clock.h>

#include <string>

namespace external::metrics {

/// Answers the requests of one client, one after the other, until it goes, breaks HTTP or takes too long.
/// Never throws but operation_aborted, when it is cancelled.
Task<> serve_client(asio::ip::tcp::socket socket, std::function<std::string()> page);

}  // namespace external::metrics
