#pragma once
// What the device has sent and no one has taken yet, and the rule by which it becomes a response.

#include <external/line/line.h>

namespace external::modem {

/// How a procedure reads.
struct ResponseRule {
  Duration quiet =
      std::chrono::milliseconds(100);  ///< pause that ends a response; at least 4 character times
  bool ends_at_connect = false;        ///< keep what follows a CONNECT for the session
  bool hides_rings = false;            ///< a RING must not spoil the answer to a command
  std::string echo;  ///< the command last sent: its repetition by the modem is not the answer yet
};

class Receiver {
 public:
  /// `thrown_away` is told of bytes that nobody will read.
  Receiver(line::Line& device, Clock& clock, std::function<void(std::string_view)> thrown_away = {})
      : device_(device), clock_(clock), thrown_away_(std::move(thrown_away)) {}

  /// Collects bytes until `deadline`. Errors of the line only, never timed_out.
  Task<error_code> collect(TimePoint deadline);

  /// Collects until something is there; timed_out at `deadline`.
  Task<error_code> fill(TimePoint deadline);

  /// The next response: everything received, once that holds a line and the device has been quiet for a
  /// while, or the time is up; it may then be empty.
  Task<Result<std::string>> response(ResponseRule rule, TimePoint deadline);

  /// Forgets everything received so far, RINGs excepted: a call that comes meanwhile is still remembered.
  void clear();

  std::string take() { return std::exchange(input_, {}); }
  void put_first(std::string_view bytes) { input_.insert(0, bytes); }

  /// The same for something that is whole: nobody needs to wait for more of it.
  void put_whole(std::string_view bytes);

  /// Takes `bytes` away again if they still come first.
  void drop_first(std::string_view bytes);

  /// When what came last is whole, if nothing follows it.
  TimePoint whole_at(Duration quiet) const;
  bool empty() const { return input_.empty(); }

  /// Whether the device gives its results as numbers, as far as was seen.
  bool numeric() const { return numeric_; }

  /// Takes the RINGs out and remembers the last.
  void hide_rings();

  /// A RING was hidden within the last ring cycle: the telephone may well be ringing still.
  bool ring_hidden() const;

  /// Gives back a hidden RING that is recent enough, as if it had just come, in the form that results have by
  /// now.
  void unhide_ring();

 private:
  std::optional<std::size_t> complete(const ResponseRule& rule, Duration quiet) const;

  line::Line& device_;
  Clock& clock_;
  std::function<void(std::string_view)> thrown_away_;
  std::string input_;
  TimePoint last_byte_{};
  std::string hidden_ring_;
  bool numeric_ = false;  ///< results come as numbers, as far as was seen
  TimePoint hidden_at_{};
};

}  // namespace external::modem
