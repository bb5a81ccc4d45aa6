#include <external/sharing/pools.h>
#include <external/stream/socket.h>

#include <stdexcept>

namespace external::sharing {

std::vector<PoolSettings> read_pools(const std::vector<config::Share>& shares) {
  std::vector<PoolSettings> pools;
  std::string troubles;
  for (const auto& share : shares) {
    PoolSettings pool{std::make_shared<const config::Share>(share), nullptr};
    try {
      if (!share.certificate.empty()) pool.tls = stream::make_tls_context({share.certificate, share.key});
    } catch (const std::runtime_error& error) {
      troubles += (troubles.empty() ? "[Share " : "\n[Share ") + share.name + "]: " + error.what();
    }
    pools.push_back(std::move(pool));
  }
  if (!troubles.empty()) throw std::runtime_error(troubles);
  return pools;
}

}  // namespace external::sharing
