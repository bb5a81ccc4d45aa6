#pragma once
// What the engine says about itself, as plain values.

#include <external/base/clock.h>

namespace external::engine {

/// Where a line stands.
enum class LineState {
  disabled,    ///< by CommDisable, or by an administrator
  absent,      ///< there is no such port, or it fails; taken up when it comes back
  lock_wait,   ///< another program has the port, or the address
  modem_wait,  ///< the port is there, its modem is off or silent; tried again soon
  wedged,      ///< the same, again and again: somebody has to see to it
  initialising,
  listening,  ///< ready to dial and to answer
  dialling,
  ringing,    ///< someone calls; ANSWER plays
  connected,  ///< signing on
  transferring,
  lent,  ///< to a client of a pool
  hanging_up,
  stopped,  ///< the run is over
  resting,  ///< ready to dial, without a port: that is opened when a call is due
};

/// "LISTENING", "DIALLING", ...; both `connected` and `transferring` are "CONNECTED".
std::string_view name_of(LineState state);

/// Whether the line can do nothing until something comes back.
bool is_waiting(LineState state);
bool is_waiting(std::string_view name);  ///< by its name

/// All names of states, and all results by which LineTotals counts calls.
std::vector<std::string> all_states();
std::vector<std::string> all_results();

/// What a line has done since this External started, the call that stands included. Calls count when they are
/// over.
struct LineTotals {
  using Results = std::map<std::string, std::uint64_t, std::less<>>;

  std::uint64_t calls_made = 0;
  std::uint64_t calls_answered = 0;
  std::uint64_t calls_failed = 0;     ///< of both
  Results made;                       ///< how many by their result: "ok", "busy", ...; docs/metrics.md
  Results answered;                   ///< the same
  double seconds = 0;                 ///< connected
  double capacity = 0;                ///< bytes the line could have moved meanwhile; 0 where it has no speed
  std::uint64_t bytes_sent = 0;       ///< of messages
  std::uint64_t bytes_received = 0;   ///< the same
  std::uint64_t wire_bytes_sent = 0;  ///< everything that went over the line in calls
  std::uint64_t wire_bytes_received = 0;
  std::uint64_t retransmissions = 0;  ///< frames sent again
  std::uint64_t damaged_frames = 0;   ///< received, and of no use
};

struct LineReport {
  std::string instance;
  LineState state = LineState::stopped;
  WallTime since{};
  std::string port;
  std::string peer;              ///< of the call that stands
  unsigned speed = 0;            ///< bits per second between this end and the line; 0 if there is none
  std::uint64_t bytes_sent = 0;  ///< of messages, in this call (or the last one)
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_total = 0;  ///< to be moved in this call in both directions, as far as known
  unsigned messages_done = 0;
  unsigned messages_total = 0;
  double efficiency = 0;          ///< payload bytes x 10 / (bit rate x seconds since CONNECT)
  std::string detail;             ///< one sentence: why it waits, how the last call ended
  bool held = false;              ///< by an administrator: it does not dial for mail
  std::uint64_t line_errors = 0;  ///< frames damaged or sent again, in this call (or the last one)
  LineTotals totals;
};

/// Mail that waits for one destination.
struct QueueReport {
  std::string destination;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  WallTime oldest{};
  WallTime next_attempt{};
  std::string last_error{};  ///< of the last call that failed; empty if none did
  bool held = false;         ///< the destination is held by an administrator
};

/// The cause of a CallsReport that is about a way out: nobody was there, or it refused us.
inline constexpr std::string_view way_out_cause = "way out";

/// A post office whose last call failed, or a way out that is out of order.
struct CallsReport {
  std::string post_office;  ///< or the destination of mail that leaves by the way out
  bool undialable = false;  ///< left alone until then; false: a pause like any other, which may be over
  std::string cause;        ///< "busy", "refused", ...; docs/retries.md
  int failures = 0;         ///< in a row
  std::string error;
  WallTime failed{};
  WallTime until{};  ///< no call for mail before
};

/// Messages and bytes of their content.
struct MailCount {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;

  bool operator==(const MailCount&) const = default;
};

/// Mail exchanged with one post office.
struct TrafficReport {
  struct Span {
    MailCount sent;      ///< it answers for it now
    MailCount received;  ///< we do

    bool operator==(const Span&) const = default;
  };

  std::string post_office;
  Span session;  ///< since this External started
  Span month;    ///< of local time, to date
  Span year;
};

/// When a call to a post office, or from it, last ended well.
struct GoodCallReport {
  std::string post_office;
  WallTime time{};
};

/// What became of recipients here since this External started.
struct OutcomeTotals {
  std::uint64_t delivered = 0;
  std::uint64_t returned = 0;     ///< to their senders
  std::uint64_t dropped = 0;      ///< of notices, and where the sender wants no notice
  std::uint64_t quarantined = 0;  ///< cannot be read
};

/// The disk of the post office.
struct DiskReport {
  bool full = false;                    ///< no mail is taken
  std::optional<std::uint64_t> free{};  ///< bytes; absent: unknown
};

struct Report {
  std::vector<LineReport> lines;
  std::vector<QueueReport> queue;
  std::vector<TrafficReport> traffic;
  std::vector<CallsReport> calls;          ///< that failed
  std::vector<GoodCallReport> good_calls;  ///< none for a post office without one since the start
  DiskReport disk;
  OutcomeTotals outcomes;
};

/// How a call that somebody asked for went.
struct CallReport {
  bool ok = false;
  std::string text;  ///< one line: what was moved, or why it failed
};

}  // namespace external::engine
