#pragma once
// The link: control records and three streams of bytes, with priority, delivered once and in order over a
// line that loses, damages and delays bytes. docs/protocol.md describes what goes over the line.

#include <external/line/line.h>

#include <memory>
#include <optional>

namespace external::link {

enum class Error {
  silent = 1,         ///< no valid frame from the other end for too long
  protocol,           ///< the other end broke the protocol
  closed,             ///< this end closed the link
  wrong_credentials,  ///< the password does not match, or the caller is unknown
  wrong_address,      ///< the answerer is not the post office that was called
  wrong_version,      ///< no protocol version in common
  busy,               ///< the other end cannot take the call now
  unreliable_line,    ///< bytes were lost or damaged on a line that was said to be reliable
  broken_seal,        ///< what arrived is not what the other end sealed
  encryption,         ///< one end wants encryption, the other not
};

const boost::system::error_category& error_category();
error_code make_error_code(Error error);

/// Streams in falling priority. Control carries records, the others carry bytes whose borders are the user's
/// own business, as with TCP. What is on one stream is never held up by what is on a lower one for longer
/// than a frame.
enum class Stream : std::uint8_t { control = 0, urgent = 1, normal = 2, low = 3 };
inline constexpr std::size_t stream_count = 4;

/// Largest control record, bytes.
inline constexpr std::size_t largest_record = 1 << 20;

/// What has arrived: one whole control record, or the next bytes of another stream as soon as they are there.
struct Piece {
  Stream stream = Stream::control;
  Bytes bytes;  ///< never empty
};

class MailDictionary;

using Key = std::array<std::uint8_t, 32>;

/// What both ends agreed upon while signing on, as this end needs it.
struct Security {
  Key send{};
  Key receive{};
  bool encrypted = true;  ///< false: everything is authenticated, but anybody can read it
  std::shared_ptr<const MailDictionary> dictionary;  ///< that both ends have; may be null
};

struct Options {
  unsigned bits_per_second = 0;  ///< of the line, for pacing; 0: unknown, not paced
  bool carries_all = false;  ///< TCP: the line loses nothing, so there are no frames and no acknowledgements
  bool answerer = false;
  bool half_duplex = false;                           ///< from the first byte on
  Duration probe_after = std::chrono::seconds(20);    ///< silence before the other end is probed
  Duration silence_limit = std::chrono::seconds(60);  ///< silence before the link fails with Error::silent
};

/// Counted since the link was made.
struct Statistics {
  std::uint64_t bytes_sent = 0;  ///< on the line, everything included
  std::uint64_t bytes_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;  ///< valid ones
  std::uint64_t frames_repeated = 0;  ///< sent again
  std::uint64_t frames_mended = 0;    ///< received with one wrong bit, which was put right
  std::uint64_t bad_starts = 0;       ///< behind a frame came something that starts none
  std::uint64_t bad_heads = 0;        ///< behind a frame came a head with a wrong check
  std::uint64_t bad_frames = 0;       ///< received, checks right, content makes no sense
  std::uint64_t bad_checks = 0;       ///< received, CRC wrong
  std::uint64_t out_of_order = 0;     ///< received ahead of a missing one
  std::uint64_t duplicates = 0;
  std::uint64_t timeouts = 0;  ///< retransmission timer ran out
  std::uint64_t rejects = 0;   ///< acknowledgements by which the other end said that something is missing
  Duration round_trip{};       ///< smoothed; zero before the first measurement
};

/// One link over one line. Used on the thread of its io_context. run() must be running, beside whoever sends
/// and receives (see first_of), for anything to move.
class Link {
 public:
  virtual ~Link() = default;

  /// Moves frames until the line or the link fails, or close() is called; returns why. Call once.
  virtual Task<error_code> run() = 0;

  /// Queues a control record (1 to largest_record bytes) or bytes of another stream (1 or more). Waits while
  /// more of its stream waits to be sent than the line carries in a moment; the control stream never waits.
  /// Returns why the link ended, if it has.
  virtual Task<error_code> send(Stream stream, Bytes bytes) = 0;

  /// How many bytes of a stream should be sent together at most: about what goes at a time. What the link has
  /// taken goes, even if it is of no use any more.
  virtual std::size_t portion() const = 0;

  /// The next piece, in the order in which the pieces were sent on the line. Errors: timed_out; what ended
  /// the link, once everything that had arrived before was received.
  virtual Task<Result<Piece>> receive(TimePoint deadline) = 0;

  /// Waits until everything sent is acknowledged, until `deadline`.
  virtual Task<error_code> flush(TimePoint deadline) = 0;

  // Signing on (sign_on.h), before anything else:

  /// Queues a record of the signing on, in clear.
  virtual Task<error_code> send_clear(Bytes record) = 0;

  /// The next one, of at most 1,024 bytes. Errors as with receive().
  virtual Task<Result<Bytes>> receive_clear(TimePoint deadline) = 0;

  /// From here on everything is sealed; send() and receive() work. A refusal of the other end that comes
  /// afterwards, instead of anything sealed, ends the link with its reason.
  virtual void secure(const Security& security) = 0;

  /// Waits until something sealed by the other end has come, which proves who it is. Errors as with
  /// receive().
  virtual Task<error_code> meet(TimePoint deadline) = 0;

  /// What the line eats on its way here, as found by the other end's probe; nothing before that has come. For
  /// the other end to be told.
  virtual std::optional<std::uint32_t> losses() const = 0;

  /// What the line eats on its way to the other end, as that has told.
  virtual void avoid(std::uint32_t losses) = 0;

  /// Both ends say that the line loses nothing: no more acknowledgements.
  virtual void trust_line() = 0;

  /// One end says that only one can send at a time; `mine`: now it is this one's turn.
  virtual void take_turns(bool mine) = 0;

  /// Ends the link at once; the line stays open.
  virtual void close() = 0;

  virtual Statistics statistics() const = 0;
};

/// What Link::losses found, for people: "XON/XOFF, the eighth bit".
std::string describe_losses(std::uint32_t losses);

/// A link over `line`, which must outlive it. `clock` is the io_context's.
std::unique_ptr<Link> make_link(line::Line& line, Clock& clock, const asio::any_io_executor& executor,
                                Options options);

}  // namespace external::link

template <>
struct boost::system::is_error_code_enum<external::link::Error> : std::true_type {};
