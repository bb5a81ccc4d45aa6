#pragma once
// The text format in which Prometheus reads metrics, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace external::metrics {

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

enum class Kind { counter, gauge };

struct Label {
  std::string_view name;   ///< [a-zA-Z_][a-zA-Z0-9_]*, not beginning with "__"
  std::string_view value;  ///< any text; what is no UTF-8 in it becomes U+FFFD
};

/// Puts families of samples one behind the other.
class Text {
 public:
  /// Begins a family; its samples follow. `name` as for labels, and each name once.
  void family(std::string_view name, Kind kind, std::string_view help);

  /// One sample of the family begun last.
  void sample(const std::vector<Label>& labels, double value);
  void sample(const std::vector<Label>& labels, std::uint64_t value);

  const std::string& text() const { return text_; }

 private:
  void put(const std::vector<Label>& labels, std::string_view number);

  std::string text_;
  std::string name_;
};

}  // namespace external::metrics
