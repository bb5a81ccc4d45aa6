#pragma once
// Settings of a test, which may change them later, for those who want a share of them.

#include <external/config/settings.h>

#include <memory>

namespace external::test {

/// `settings` must outlive whoever gets it.
inline std::shared_ptr<const config::Settings> lent(const config::Settings& settings) {
  return {std::shared_ptr<const void>(), &settings};
}

}  // namespace external::test
