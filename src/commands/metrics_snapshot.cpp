#include "metrics_snapshot.h"

#include <external/engine/lender.h>
#include <external/sharing/pools.h>

#include <fstream>

#include <unistd.h>

namespace external::commands {

namespace {

/// The second number of /proc/self/statm, in pages; proc(5).
std::optional<std::uint64_t> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(file >> size >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> open_files() {
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  const auto count = static_cast<std::uint64_t>(std::distance(files, std::filesystem::directory_iterator()));
  return count - 1;  // the one that counts
}

/// Calls go to these, or come from them: all but those behind a hub or a way out.
std::vector<std::string> neighbours(const config::Settings& settings) {
  std::vector<std::string> names;
  for (const auto& office : settings.post_offices) {
    if (office.route == config::Route::direct && office.deliver.empty()) names.push_back(office.name);
  }
  return names;
}

}  // namespace

metrics::Snapshot metrics_snapshot(control::Status status, const engine::Engine& engine,
                                   const log::SessionLog& log, const config::Settings& settings) {
  const auto outcomes = engine.report().outcomes;
  metrics::Snapshot snapshot;
  snapshot.status = std::move(status);
  snapshot.destinations = engine.destinations();
  snapshot.post_offices = neighbours(settings);
  snapshot.states = engine::all_states();
  snapshot.results = engine::all_results();
  for (const auto end : engine::lease_ends) snapshot.lease_ends.emplace_back(name_of(end));
  for (const auto refusal : sharing::refusals) snapshot.refusals.emplace_back(name_of(refusal));
  snapshot.delivered = outcomes.delivered;
  snapshot.returned = outcomes.returned;
  snapshot.dropped = outcomes.dropped;
  snapshot.quarantined = outcomes.quarantined;
  snapshot.log_lines_dropped = log.dropped();
  snapshot.resident_bytes = resident_bytes();
  snapshot.open_files = open_files();
  return snapshot;
}

}  // namespace external::commands
