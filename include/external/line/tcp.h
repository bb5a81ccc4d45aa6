#pragma once
// TCP connections as lines.

#include <external/line/line.h>

namespace external::line {

/// Takes over a connected socket. TCP_NODELAY is set; the system may buffer what it likes.
std::unique_ptr<Line> make_tcp_line(asio::ip::tcp::socket socket, Clock& clock);

/// Connects to `host`:`port` (name or address). The name is looked up off this thread.
Task<Result<std::unique_ptr<Line>>> connect_tcp(const std::string& host, const std::string& port,
                                                Clock& clock, TimePoint deadline);

}  // namespace external::line
