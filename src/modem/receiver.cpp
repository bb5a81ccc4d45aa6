#include "receiver.h"

#include "results.h"

#include <external/base/guard.h>

namespace external::modem {

namespace {

/// A device that never stops talking is cut here.
constexpr std::size_t longest_response = 16'384;
constexpr std::size_t largest_input = 65'536;

/// Telephones ring every 5 or 6 seconds.
constexpr Duration ring_cycle = std::chrono::seconds(7);

Duration four_characters(unsigned bits_per_second) {
  if (bits_per_second == 0) return Duration::zero();
  return Duration(std::chrono::seconds(40)) / bits_per_second;
}

}  // namespace

Task<error_code> Receiver::fill(TimePoint deadline) {
  std::array<std::uint8_t, 512> buffer;
  const auto count = co_await device_.read(buffer, deadline);
  if (!count) co_return count.error();
  input_.append(as_text(ByteView(buffer).first(*count)));
  last_byte_ = clock_.now();
  co_return error_code();
}

Task<error_code> Receiver::collect(TimePoint deadline) {
  while (input_.size() < largest_input) {
    const auto error = co_await fill(deadline);
    if (error == asio::error::timed_out) co_return error_code();
    if (error) co_return error;
    if (clock_.now() >= deadline) co_return error_code();
  }
  co_await clock_.wait_until(deadline);
  co_return error_code();
}

std::optional<std::size_t> Receiver::complete(const ResponseRule& rule, Duration quiet) const {
  const bool is_quiet = clock_.now() - last_byte_ >= quiet || !guarded("R23");
  if (rule.ends_at_connect && guarded("R38")) {
    if (const auto end = end_of_connect(input_); end && (end->certain || is_quiet)) return end->length;
  }
  if (input_.size() >= longest_response) return input_.size();
  if (is_quiet && holds_line(input_, rule.echo)) return input_.size();
  return std::nullopt;
}

Task<Result<std::string>> Receiver::response(ResponseRule rule, TimePoint deadline) {
  const Duration quiet = std::max(rule.quiet, four_characters(device_.speed()));
  TimePoint until = clock_.now();  // first what is there already
  for (;;) {
    const auto error = co_await fill(until);
    if (error && error != asio::error::timed_out) co_return error;
    if (rule.hides_rings) hide_rings();
    auto length = complete(rule, quiet);
    if (!length && clock_.now() >= deadline) length = input_.size();
    if (length) {
      std::string response = input_.substr(0, *length);
      input_.erase(0, *length);
      numeric_ = are_results_numeric(response).value_or(numeric_);
      co_return response;
    }
    until = holds_line(input_, rule.echo) ? std::min(deadline, last_byte_ + quiet) : deadline;
  }
}

void Receiver::put_whole(std::string_view bytes) {
  put_first(bytes);
  last_byte_ = clock_.now() - std::chrono::seconds(1);
}

void Receiver::drop_first(std::string_view bytes) {
  if (std::string_view(input_).starts_with(bytes)) input_.erase(0, bytes.size());
}

TimePoint Receiver::whole_at(Duration quiet) const {
  return last_byte_ + std::max(quiet, four_characters(device_.speed()));
}

void Receiver::clear() {
  if (thrown_away_ && !input_.empty()) thrown_away_(input_);
  hide_rings();
  input_.clear();
  device_.discard_input();
}

void Receiver::hide_rings() {
  if (!guarded("R24")) return;
  auto ring = take_rings(input_);
  if (ring.empty()) return;
  hidden_ring_ = std::move(ring);
  hidden_at_ = last_byte_;
}

bool Receiver::ring_hidden() const {
  return !hidden_ring_.empty() && clock_.now() - hidden_at_ < ring_cycle;
}

void Receiver::unhide_ring() {
  if (!ring_hidden()) return;
  put_first(numeric_ ? "2\r" : "\r\nRING\r\n");
  hidden_ring_.clear();
}

}  // namespace external::modem
