#pragma once
// What a running External says about itself: plain values for the screen and for `external status`.

#include <external/base/clock.h>
#include <external/control/office_status.h>
#include <external/control/share_status.h>

#include <boost/json/fwd.hpp>

namespace external::control {

/// What a line has done since the running External started, the call that stands included.
struct LineTotals {
  using Results = std::map<std::string, std::uint64_t>;

  std::uint64_t calls_made = 0;
  std::uint64_t calls_answered = 0;
  std::uint64_t calls_failed = 0;  ///< of both
  Results made;                    ///< how many by their result: "ok", "busy", ...; docs/metrics.md
  Results answered;
  double seconds = 0;            ///< connected
  double capacity = 0;           ///< bytes the line could have moved meanwhile; 0 where it has no speed
  std::uint64_t bytes_sent = 0;  ///< of messages
  std::uint64_t bytes_received = 0;
  std::uint64_t wire_bytes_sent = 0;  ///< everything that went over the line in calls
  std::uint64_t wire_bytes_received = 0;
  std::uint64_t retransmissions = 0;  ///< frames sent again
  std::uint64_t damaged_frames = 0;   ///< received, and of no use

  bool operator==(const LineTotals&) const = default;
};

struct LineStatus {
  std::string instance;
  std::string state;             ///< for people: Idle, Dialling, Connected, ...
  WallTime since{};              ///< when this state began
  std::string port;              ///< the line's name
  std::string peer;              ///< the post office at the other end, empty without a call
  unsigned speed = 0;            ///< bits per second, 0 if there is none
  std::uint64_t bytes_sent = 0;  ///< of this call
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_total = 0;  ///< of the messages of this call in both directions, 0 if unknown
  unsigned messages_done = 0;     ///< in both directions
  unsigned messages_total = 0;    ///< in both directions, 0 if unknown
  double efficiency = 0;  ///< share of the line's capacity that carried mail so far, 0 to 1; 0 if unknown
  std::string detail;     ///< one sentence, for example the last error and its cure
  bool held = false;      ///< by an administrator: it does not dial for mail
  std::uint64_t line_errors = 0;  ///< frames damaged or sent again, in this call or the last one
  LineTotals totals{};

  bool operator==(const LineStatus&) const = default;
};

/// The mail that waits for one destination.
struct QueueStatus {
  std::string destination;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;
  std::optional<WallTime> next_attempt;  ///< absent: not planned
  std::string last_error;
  bool held = false;                ///< the post office is held as a whole
  std::uint64_t held_messages = 0;  ///< held one by one, besides `count`
  std::uint64_t quarantined = 0;    ///< messages that cannot be read, besides `count`

  bool operator==(const QueueStatus&) const = default;
};

/// Messages and bytes of their content.
struct MailCount {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;

  bool operator==(const MailCount&) const = default;
};

struct TrafficSpan {
  MailCount sent;
  MailCount received;

  bool operator==(const TrafficSpan&) const = default;
};

/// Mail exchanged with one post office.
struct TrafficStatus {
  std::string post_office;
  TrafficSpan session;  ///< since the running External started
  TrafficSpan month;    ///< to date
  TrafficSpan year;

  bool operator==(const TrafficStatus&) const = default;
};

/// A post office whose last call failed; docs/retries.md.
struct CallsStatus {
  std::string post_office;
  bool undialable = false;         ///< left alone until `until` because too many calls in a row failed
  std::string cause;               ///< "busy", "no answer", "refused", ...
  int failures = 0;                ///< in a row
  std::optional<WallTime> failed;  ///< when the last one did
  std::optional<WallTime> until;   ///< no call for mail before
  std::string last_error;

  bool operator==(const CallsStatus&) const = default;
};

/// When a call to a post office, or from it, last ended well.
struct GoodCallStatus {
  std::string post_office;
  WallTime time{};

  bool operator==(const GoodCallStatus&) const = default;
};

struct Status {
  std::string version;
  std::string home;  ///< NETWORK/POSTOFFICE
  int pid = 0;
  WallTime started{};
  WallTime now{};  ///< when this was true
  std::vector<LineStatus> lines;
  std::vector<QueueStatus> queue;
  std::vector<std::string> recent;  ///< newest lines of Session.log, oldest first
  std::vector<TrafficStatus> traffic{};
  std::vector<OfficeStatus> post_offices{};  ///< those of external.ini, in its order
  std::vector<CallsStatus> calls{};          ///< that failed
  std::string disk{};                        ///< OK, or FULL: no mail is taken; empty: unknown
  std::optional<std::uint64_t> disk_free{};  ///< bytes
  std::vector<GoodCallStatus> good_calls{};  ///< none for a post office without one since the start

  std::vector<ShareStatus> shares{};  ///< pools of modems that are lent, in the order of external.ini

  bool operator==(const Status&) const = default;
};

/// Times as ISO 8601 in UTC with whole seconds, absent values as null. May throw std::bad_alloc only.
boost::json::object to_json(const Status& status);

/// The reverse, tolerant of an older or newer program: what is missing keeps its default, what is unknown is
/// skipped. Throws boost::system::system_error if a value has the wrong type.
Status status_from_json(const boost::json::object& object);

}  // namespace external::control
