#pragma once
// What a running External tells Prometheus. docs/metrics.md

#include <external/control/status.h>

namespace external::metrics {

/// All that is told, at one moment.
struct Snapshot {
  control::Status status;
  std::vector<std::string> destinations;  ///< told also when nothing waits for them
  std::vector<std::string> post_offices;  ///< that are called, or call us: told also without any call
  std::vector<std::string> states;        ///< those a line can have, as LineStatus names them
  std::vector<std::string> results;       ///< those a call can have, as LineTotals names them
  std::vector<std::string> lease_ends;    ///< what can end a lease, as ShareTotals names it
  std::vector<std::string> refusals;      ///< why a client can be refused, the same
  std::uint64_t delivered = 0;            ///< recipients, since the start like those that follow
  std::uint64_t returned = 0;
  std::uint64_t dropped = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t log_lines_dropped = 0;
  std::optional<std::uint64_t> resident_bytes;  ///< memory of the process
  std::optional<std::uint64_t> open_files;      ///< its descriptors
};

/// In the text format. A few hundred bytes for each line, destination and post office.
std::string exposition(const Snapshot& snapshot);

}  // namespace external::metrics
