#pragma once
// What a layer needs to know of a log: that lines can be written to it.

#include <string_view>

namespace external::log {

/// Takes lines for the administrator. Used on the thread of the lines; never blocks and never throws for a
/// full or stopped disk. The caller keeps secrets (passwords, card numbers, message text) out of `text`.
class Log {
 public:
  virtual ~Log() = default;

  /// One entry. `instance` is the name of the line it belongs to, empty for the program as a whole.
  virtual void write(std::string_view instance, std::string_view text) = 0;
};

}  // namespace external::log
